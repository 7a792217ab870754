"""DataLoader: batches of a data set, in order or shuffled, prepared by threads if desired."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from tinygrad_w2v.data.collate import default_collate, default_convert
from tinygrad_w2v.data.dataset import Dataset, IterableDataset, items_of, rows_of
from tinygrad_w2v.data.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    draw_seed,
)
from tinygrad_w2v.data.workers import END, Worker, WorkerInfo, in_order
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.random import Generator
from tinygrad_w2v.validation import at_least, within

T_co = TypeVar("T_co", covariant=True)

_PREFETCH_FACTOR = 2


class DataLoader(Generic[T_co]):
    """An iterable of the batches of a data set.

    For the same seed of the generator, the batches of one iteration after another are PyTorch's.

    Parameters
    ----------
    dataset
        A :class:`Dataset`, a list or anything else with items by index; or an
        :class:`IterableDataset`.
    batch_size
        Items in a batch; None for single items.
    shuffle
        Whether the order is random, and another one in each iteration.
    sampler, batch_sampler
        Iterables of indices, or of lists of them, that replace `shuffle`; the second also replaces
        `batch_size` and `drop_last`.
    num_workers
        Number of threads that prepare batches ahead of their use, in order; 0 to prepare each when
        it is used. PyTorch's are processes: threads share the data set and the generators, and run
        Python code one at a time; NumPy and file reading run in parallel.
    collate_fn
        Combines a list of items; :func:`default_collate` if None.
    pin_memory, pin_memory_device, multiprocessing_context
        Accepted and without effect: there is one device, and workers are threads.
    drop_last
        Whether to leave out a last batch with fewer items.
    timeout
        Seconds to wait for a worker's batch; 0 for no limit.
    worker_init_fn
        Called in each worker with its number.
    generator
        Used for shuffling; the default generator if None.
    prefetch_factor
        Number of batches that each worker prepares ahead; 2 if None.
    persistent_workers
        As in PyTorch, the generator is then used once less in each further iteration. Threads are
        started again.
    in_order
        Accepted; batches are always in order.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> data = tg.data.TensorDataset(tg.arange(6.0).reshape(3, 2), tg.tensor([0, 1, 0]))
    >>> for x, y in DataLoader(data, batch_size=2):
    ...     print(x.tolist(), y)
    [[0.0, 1.0], [2.0, 3.0]] tensor([0, 1])
    [[4.0, 5.0]] tensor([0])
    """

    def __init__(
        self,
        dataset: Dataset[T_co],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        at_least(0, num_workers=num_workers)
        within(0, float("inf"), timeout=timeout)
        if prefetch_factor is not None:
            at_least(1, prefetch_factor=prefetch_factor)
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        is_iterable = isinstance(dataset, IterableDataset)
        if is_iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise InputError(
                "an IterableDataset determines the order of its items: leave out shuffle, sampler "
                "and batch_sampler"
            )
        if sampler is not None and shuffle:
            raise InputError("sampler and shuffle=True both determine the order: pass only one")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise InputError(
                    "batch_sampler determines the batches: leave out batch_size, shuffle, sampler "
                    "and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise InputError("drop_last=True needs a batch_size")
        if sampler is None and not is_iterable:
            sized: Any = dataset
            if shuffle:
                sampler = RandomSampler(sized, generator=generator)
            else:
                sampler = SequentialSampler(sized)
        if batch_size is not None and not is_iterable:
            assert sampler is not None
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self._makes_batches = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (
            default_collate if self._makes_batches else default_convert
        )
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.multiprocessing_context, self.in_order = multiprocessing_context, in_order
        self.prefetch_factor = prefetch_factor or (_PREFETCH_FACTOR if num_workers else None)
        self.persistent_workers = persistent_workers
        self._has_seed = False

    def __iter__(self) -> Iterator[Any]:
        if not (self.persistent_workers and self._has_seed):
            # PyTorch draws the seed of the workers even if there are none.
            self._seed, self._has_seed = draw_seed(self.generator), True
        if not self.num_workers:
            return self._batches()
        workers = [
            Worker(
                WorkerInfo(number, self.num_workers, self._seed + number, self.dataset),
                functools.partial(self._start_worker, number),
            )
            for number in range(self.num_workers)
        ]
        assert self.prefetch_factor is not None
        ahead = self.prefetch_factor * self.num_workers
        return in_order(workers, self._indices(), ahead, self.timeout)

    def __len__(self) -> int:
        sized: Any = self.dataset
        if not isinstance(self.dataset, IterableDataset):
            sized = self.batch_sampler if self._makes_batches else self.sampler
        elif self.batch_size is not None:
            whole, rest = divmod(len(sized), self.batch_size)
            return whole if self.drop_last or not rest else whole + 1
        return len(sized)

    def _indices(self) -> Iterator[Any]:
        """Return what identifies each batch; for an iterable data set, nothing does."""
        if isinstance(self.dataset, IterableDataset):
            return itertools.repeat(None)
        chosen: Any = self.batch_sampler if self._makes_batches else self.sampler
        return iter(chosen)

    def _batches(self) -> Iterator[Any]:
        fetch = self._fetcher()
        for indices in self._indices():
            batch = fetch(indices)
            if batch is END:
                return
            yield batch

    def _start_worker(self, number: int) -> Callable[[Any], Any]:
        if self.worker_init_fn is not None:
            self.worker_init_fn(number)
        return self._fetcher()

    def _fetcher(self) -> Callable[[Any], Any]:
        """Return a function that computes a batch from its indices, or END after the last one."""
        if isinstance(self.dataset, IterableDataset):
            return functools.partial(self._next_of, iter(self.dataset))
        return self._at

    def _at(self, indices: Any) -> Any:
        if not self._makes_batches:
            return self.collate_fn(self.dataset[indices])  # type: ignore[arg-type]
        if self.collate_fn is default_collate:
            rows = rows_of(self.dataset, indices)
            if rows is not None:
                return rows
        return self.collate_fn(items_of(self.dataset, indices))

    def _next_of(self, items: Iterator[Any], indices: None) -> Any:
        if not self._makes_batches:
            for item in items:
                return self.collate_fn(item)
            return END
        batch = list(itertools.islice(items, self.batch_size))
        if not batch or (self.drop_last and len(batch) < (self.batch_size or 0)):
            return END
        return self.collate_fn(batch)


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if num_workers:
        return
    for name, value in (
        ("timeout", timeout),
        ("prefetch_factor", prefetch_factor),
        ("persistent_workers", persistent_workers),
    ):
        if value:
            raise InputError(f"{name} is {value} and num_workers is 0: it needs workers")
