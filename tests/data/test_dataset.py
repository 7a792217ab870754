"""Data sets, their parts and combinations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import Generator, Tensor, data, tensor
from tinygrad_w2v.errors import InputError


class Squares(data.Dataset[int]):
    def __init__(self, length: int) -> None:
        self.length = length

    def __getitem__(self, index: int) -> int:
        return index**2

    def __len__(self) -> int:
        return self.length


class Count(data.IterableDataset[int]):
    def __init__(self, length: int) -> None:
        self.length = length

    def __iter__(self) -> Any:
        return iter(range(self.length))


def test_tensor_dataset_has_rows() -> None:
    made = data.TensorDataset(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([5, 6]))
    x, y = made[1]
    assert (x.tolist(), y.item(), len(made)) == ([3.0, 4.0], 6, 2)


def test_sum_concatenates() -> None:
    made = Squares(3) + Squares(2)
    assert [made[i] for i in range(5)] == [0, 1, 4, 0, 1]
    assert made[-1] == 1
    assert isinstance(made, data.ConcatDataset)
    assert made.cumulative_sizes == [3, 5]
    with pytest.raises(IndexError, match="index 5 is out of range for 5 items"):
        made[5]


def test_sum_of_iterables_chains() -> None:
    assert list(Count(2) + Count(3)) == [0, 1, 0, 1, 2]  # type: ignore[call-overload]


def test_stack_has_tuples_or_dicts() -> None:
    assert data.StackDataset(Squares(3), [7, 8, 9])[2] == (4, 9)
    named = data.StackDataset(x=Squares(3), y=[7, 8, 9])
    assert named[1] == {"x": 1, "y": 8}
    assert len(named) == 3


def test_subset_of_subset() -> None:
    part = data.Subset(data.Subset(Squares(9), [8, 6, 4, 2]), [1, 3])
    assert [part[i] for i in range(len(part))] == part.__getitems__([0, 1]) == [36, 4]


@pytest.mark.parametrize("lengths", [[3, 4, 3], [0.5, 0.25, 0.25], [0.33, 0.33, 0.34]])
def test_random_split_is_partition(lengths: list[float]) -> None:
    parts = data.random_split(Squares(10), lengths, Generator().manual_seed(1))
    assert sorted(index for part in parts for index in part.indices) == list(range(10))


def test_random_split_matches_pytorch() -> None:
    torch = pytest.importorskip("torch")
    ours = data.random_split(Squares(10), [0.33, 0.67], Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(1)
    theirs = torch.utils.data.random_split(range(10), [0.33, 0.67], generator)
    assert [part.indices for part in ours] == [part.indices for part in theirs]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.TensorDataset(tensor([1]), tensor([1, 2])), r"have \[1, 2\] rows: they must"),
        (lambda: data.StackDataset(), r"either all by position or all by name"),
        (lambda: data.StackDataset([1], [1, 2]), r"have lengths \[1, 2\]: they must be equal"),
        (lambda: data.ConcatDataset([]), r"datasets is empty: give at least one"),
        (lambda: data.ConcatDataset([Count(1)]), r"IterableDataset has no items by index: use Ch"),
        (lambda: data.random_split(Squares(3), [1, 3]), r"sum to 4, the data set has 3 items"),
        (lambda: data.random_split(Squares(3), [1.5, -0.5]), r"lengths\[0\] is 1.5: a fraction"),
    ],
)
def test_arguments_are_checked(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_split_without_items_warns() -> None:
    with pytest.warns(UserWarning, match="part 1 of the split has no items"):
        data.random_split(Squares(1), [0.5, 0.5])


def test_base_classes_name_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match=r"Dataset has no __getitem__\(\): define it"):
        data.Dataset[int]()[0]
    with pytest.raises(NotImplementedError, match=r"has no __iter__\(\): define it"):
        iter(data.IterableDataset[int]())


def test_items_of_array_are_tensors() -> None:
    loader = data.DataLoader(np.arange(4.0, dtype=np.float32), batch_size=3)  # type: ignore[arg-type]
    first, _ = loader
    assert isinstance(first, Tensor)
    assert first.dtype == np.float32
