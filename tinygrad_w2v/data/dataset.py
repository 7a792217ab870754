"""Data sets: items by index, or an iterable of items; their parts and combinations."""

from __future__ import annotations

import itertools
import math
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.ops import randperm
from tinygrad_w2v.random import Generator

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """Base class of data sets with items by index.

    Subclasses define ``__getitem__``, and usually ``__len__``. A subclass may define
    ``__getitems__``, which returns a list of items for a list of indices.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(): define it")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Base class of data sets that can only be iterated. Subclasses define ``__iter__``.

    With several workers, each iterates the data set; :func:`get_worker_info` tells them apart.
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} has no __iter__(): define it")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Items are tuples of the tensors' rows.

    Parameters
    ----------
    tensors
        Of the same length.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> TensorDataset(tg.tensor([1.0, 2.0]), tg.tensor([0, 1]))[1]
    (tensor(2.), tensor(1))
    """

    def __init__(self, *tensors: Tensor) -> None:
        lengths = [len(tensor) for tensor in tensors]
        if len(set(lengths)) > 1:
            raise InputError(f"the tensors have {lengths} rows: they must have the same number")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple([tensor[index] for tensor in self.tensors])

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Items are tuples of the items of several data sets, or dicts if they have names.

    Parameters
    ----------
    args, kwargs
        Data sets of the same length, either by position or by name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise InputError("StackDataset takes data sets, either all by position or all by name")
        self.datasets: Any = kwargs or args
        lengths = [len(dataset) for dataset in (kwargs.values() if kwargs else args)]
        if len(set(lengths)) > 1:
            raise InputError(f"the data sets have lengths {lengths}: they must be equal")
        self._length = lengths[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, Mapping):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """The items of several data sets, one after another."""

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise InputError("datasets is empty: give at least one")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise InputError("an IterableDataset has no items by index: use ChainDataset")
        self.cumulative_sizes = list(itertools.accumulate(map(_length, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} items")
        place = bisect_right(self.cumulative_sizes, number)
        return self.datasets[place][number - (self.cumulative_sizes[place - 1] if place else 0)]


class ChainDataset(IterableDataset[T_co]):
    """The items of several iterable data sets, one after another."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)

    def __iter__(self) -> Iterator[T_co]:
        return itertools.chain.from_iterable(self.datasets)

    def __len__(self) -> int:
        return sum(map(_length, self.datasets))


class Subset(Dataset[T_co]):
    """The items of a data set at some indices."""

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> T_co:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> list[T_co]:
        return items_of(self.dataset, [self.indices[index] for index in indices])

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Dataset[T_co], lengths: Sequence[float], generator: Generator | None = None
) -> list[Subset[T_co]]:
    """Split a data set into parts at random.

    Parameters
    ----------
    dataset
        With a length.
    lengths
        Number of items of each part, or fractions that sum to 1: then the numbers are rounded down,
        and the items that remain are distributed one by one, from the first part on.
    generator
        The default generator, if None. The parts are those of PyTorch for the same seed.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> parts = random_split(range(10), [0.7, 0.3], generator=tg.Generator().manual_seed(0))
    >>> [len(part) for part in parts]
    [7, 3]
    """
    length = _length(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for place, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise InputError(f"lengths[{place}] is {fraction}: a fraction is from 0 to 1")
        counts = [math.floor(length * fraction) for fraction in lengths]
        for place in range(length - sum(counts)):
            counts[place % len(counts)] += 1
        for place, count in enumerate(counts):
            if not count:
                warnings.warn(f"part {place} of the split has no items", stacklevel=2)
    else:
        counts = [int(count) for count in lengths]
    if sum(counts) != length:
        raise InputError(
            f"lengths sum to {sum(lengths)}, the data set has {length} items: give lengths that "
            f"sum to it, or fractions that sum to 1"
        )
    order = randperm(length, generator=generator).tolist()
    ends = itertools.accumulate(counts)
    return [
        Subset(dataset, order[end - count : end]) for end, count in zip(ends, counts, strict=True)
    ]


def items_of(dataset: Any, indices: Sequence[int]) -> list[Any]:
    """Return the items at some indices."""
    if hasattr(dataset, "__getitems__"):
        return dataset.__getitems__(indices)  # type: ignore[no-any-return]
    return [dataset[index] for index in indices]


def rows_of(dataset: Any, indices: Sequence[int]) -> list[Tensor] | None:
    """Return what ``default_collate`` returns for some items of a TensorDataset, or None.

    Each tensor is indexed once. A subclass may have other items, so that it does not qualify.
    """
    if type(dataset) is Subset:
        return rows_of(dataset.dataset, [dataset.indices[index] for index in indices])
    if type(dataset) is not TensorDataset:
        return None
    return [
        tensor[list(indices)]
        if tensor.requires_grad
        else Tensor(tensor._data.take(indices, axis=0))
        for tensor in dataset.tensors
    ]


def _length(dataset: Any) -> int:
    return len(dataset)
