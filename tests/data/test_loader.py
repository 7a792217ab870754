"""DataLoader: batches, shuffling as PyTorch, workers, checks of arguments."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    get_worker_info,
    random_split,
)
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim import SGD
from tinygrad_w2v.training import Trainer


class Counted(IterableDataset[int]):
    """0 to 9, divided among the workers."""

    def __iter__(self) -> Any:
        info = get_worker_info()
        return iter(range(10)) if info is None else iter(range(info.id, 10, info.num_workers))

    def __len__(self) -> int:
        return 10


class Named(Dataset[Any]):
    def __init__(self, threads: set[str]) -> None:
        self.threads = threads

    def __getitem__(self, index: int) -> int:
        self.threads.add(threading.current_thread().name)
        return index

    def __len__(self) -> int:
        return 23


def listed(loader: Any) -> list[Any]:
    return [
        [x.tolist() for x in batch] if isinstance(batch, list) else batch.tolist()
        for batch in loader
    ]


def test_batches_are_in_order_and_last_one_is_smaller() -> None:
    loader = DataLoader(range(5), batch_size=2)  # type: ignore[arg-type]
    assert listed(loader) == [[0, 1], [2, 3], [4]]
    assert len(loader) == 3
    loader = DataLoader(range(5), 2, drop_last=True)  # type: ignore[arg-type]
    assert listed(loader) == [[0, 1], [2, 3]]
    assert len(loader) == 2


def test_without_batch_size_items_are_single() -> None:
    loader = DataLoader([np.ones(2), "a"], batch_size=None)  # type: ignore[arg-type]
    first, second = loader
    assert (first.tolist(), second, len(loader)) == ([1.0, 1.0], "a", 2)


def test_samplers_replace_the_order() -> None:
    data: Any = [10, 11, 12, 13]
    assert listed(DataLoader(data, 2, sampler=[3, 1, 0])) == [[13, 11], [10]]
    batches = BatchSampler([3, 1, 0], 2, False)
    assert listed(DataLoader(data, batch_sampler=batches)) == [[13, 11], [10]]


def test_iterable_data_set() -> None:
    loader = DataLoader(Counted(), batch_size=4)
    assert listed(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(loader) == 3
    assert listed(DataLoader(Counted(), batch_size=4, drop_last=True))[-1] == [4, 5, 6, 7]
    assert list(DataLoader(Counted(), batch_size=None)) == list(range(10))


@pytest.mark.parametrize(
    "options",
    [
        {"shuffle": True},
        {"shuffle": True, "batch_size": 3, "drop_last": True},
        {"shuffle": True, "num_workers": 2},
        {"shuffle": True, "num_workers": 2, "persistent_workers": True},
        {"shuffle": False},
    ],
    ids=str,
)
def test_batches_match_pytorch(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for package in (tg, torch):
        package.manual_seed(0)
        data: Any = package.utils.data
        made = data.TensorDataset(package.arange(20), package.arange(20) * 2)
        train, _ = data.random_split(made, [0.8, 0.2])
        loader = data.DataLoader(train, **{"batch_size": 6, **options})
        found.append([listed(loader), listed(loader), package.rand(2).tolist()])
    assert found[0] == found[1]


def test_generator_determines_order() -> None:
    def order() -> Any:
        generator = tg.Generator().manual_seed(4)
        return listed(DataLoader(range(9), 4, True, generator=generator))  # type: ignore[arg-type]

    assert order() == order()


def test_rows_of_tensors_match_items() -> None:
    made = TensorDataset(tg.arange(12.0).reshape(6, 2), tg.arange(6))

    class Same(TensorDataset):
        pass

    for data in (made, Subset(made, [5, 3, 1]), random_split(made, [2, 4])[1]):
        items = DataLoader(data, 2, collate_fn=lambda items: [tg.stack(x) for x in zip(*items)])  # noqa: B905
        assert listed(DataLoader(data, 2)) == listed(items)
    assert listed(DataLoader(Same(*made.tensors), 4)) == listed(DataLoader(made, 4))


# --- workers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_workers", [1, 3])
def test_workers_keep_the_order(num_workers: int) -> None:
    threads: set[str] = set()
    loader = DataLoader(Named(threads), batch_size=2, num_workers=num_workers)
    assert [index for batch in listed(loader) for index in batch] == list(range(23))
    assert threads == {f"DataLoader worker {number}_0" for number in range(num_workers)}


def test_workers_divide_iterable_data_set() -> None:
    loader = DataLoader(Counted(), batch_size=2, num_workers=2)
    assert listed(loader) == [[0, 2], [1, 3], [4, 6], [5, 7], [8], [9]]


def test_worker_runs_ahead_no_further_than_allowed() -> None:
    threads: set[str] = set()
    taken: list[int] = []

    class Slow(Named):
        def __getitem__(self, index: int) -> int:
            taken.append(index)
            return index

    batches = iter(DataLoader(Slow(threads), num_workers=2, prefetch_factor=3))
    next(batches)
    deadline = time.monotonic() + 5
    while len(taken) < 7 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert sorted(taken) == list(range(7))
    batches.close()  # type: ignore[attr-defined]


def test_worker_init_and_info() -> None:
    seen: list[Any] = []

    def start(number: int) -> None:
        seen.append((number, get_worker_info()))

    data: Any = list(range(4))
    list(DataLoader(data, num_workers=2, worker_init_fn=start))
    assert sorted(number for number, _ in seen) == [0, 1]
    assert {info.seed - number for number, info in seen} == {seen[0][1].seed - seen[0][0]}
    assert all(info.num_workers == 2 and info.dataset is data for _, info in seen)
    assert get_worker_info() is None


def test_error_of_worker_is_raised() -> None:
    class Broken(Named):
        def __getitem__(self, index: int) -> int:
            raise KeyError(f"item {index}")

    with pytest.raises(KeyError, match="item 0"):
        list(DataLoader(Broken(set()), num_workers=2))


def test_timeout_of_worker() -> None:
    release = threading.Event()

    class Waiting(Named):
        def __getitem__(self, index: int) -> int:
            release.wait(10)
            return index

    batches = iter(DataLoader(Waiting(set()), num_workers=1, timeout=0.01))
    with pytest.raises(RuntimeError, match=r"a batch was not ready within the timeout of 0.01 s"):
        next(batches)
    release.set()


# --- checks and use -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, r"batch_size is 0: it must be an integer of at least 1"),
        ({"num_workers": -1}, r"num_workers is -1: it must be"),
        ({"timeout": 3}, r"timeout is 3 and num_workers is 0: it needs workers"),
        ({"prefetch_factor": 3}, r"prefetch_factor is 3 and num_workers is 0"),
        ({"persistent_workers": True}, r"persistent_workers is True and num_workers is 0"),
        ({"sampler": [0], "shuffle": True}, r"sampler and shuffle=True both determine the order"),
        ({"batch_sampler": [[0]], "batch_size": 2}, r"batch_sampler determines the batches"),
        ({"batch_size": None, "drop_last": True}, r"drop_last=True needs a batch_size"),
    ],
)
def test_arguments_are_checked(options: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DataLoader(range(3), **options)  # type: ignore[arg-type]


def test_iterable_data_set_has_no_order() -> None:
    with pytest.raises(InputError, match="an IterableDataset determines the order of its items"):
        DataLoader(Counted(), shuffle=True)


def test_trainer_takes_loader() -> None:
    class Line(tg.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = tg.nn.Linear(2, 1)

        def forward(self, x: Any, y: Any) -> Any:
            return ((self.layer(x).squeeze(1) - y) ** 2).mean()

    x = tg.randn(16, 2)
    loader = DataLoader(TensorDataset(x, x[:, 0] - x[:, 1]), batch_size=4, shuffle=True)
    model = Line()
    Trainer(model, SGD(model.parameters(), lr=0.1)).fit(loader, epochs=40)
    assert model.layer.weight.tolist() == [pytest.approx([1, -1], abs=0.05)]
