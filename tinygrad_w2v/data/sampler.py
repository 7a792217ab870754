"""Samplers: the order in which items of a data set are used, and their batches.

Random ones use the default generator, unless they get one, in the same way as PyTorch: for the same
seed the order is the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.ops import multinomial, randint, randperm
from tinygrad_w2v.random import Generator
from tinygrad_w2v.validation import at_least

T_co = TypeVar("T_co", covariant=True)

_DRAWN_AT_ONCE = 32
"""Indices that RandomSampler draws in one call when it draws with replacement, as in PyTorch."""


def draw_seed(generator: Generator | None = None) -> int:
    """Draw a seed from a generator, the default one if None."""
    seed: Any = Tensor(np.empty((), np.int64))
    return int(seed.random_(generator=generator))


class Sampler(Generic[T_co]):
    """Base class of samplers. Subclasses define ``__iter__``, and ``__len__`` where it is known."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} has no __iter__(): define it")


class SequentialSampler(Sampler[int]):
    """Yields the indices in order."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Yields the indices in random order, or draws them with replacement.

    Parameters
    ----------
    data_source
        Its length is the number of indices.
    replacement
        Whether an index can be drawn again.
    num_samples
        Number of indices to draw; the length by default. Without replacement, all indices are
        drawn before one is drawn again.
    generator
        If None, each iteration seeds a generator of its own from the default generator.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self._num_samples = num_samples
        at_least(1, num_samples=self.num_samples)

    @property
    def num_samples(self) -> int:
        """Number of indices of an iteration."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        count, generator = len(self.data_source), self.generator
        if generator is None:
            generator = Generator().manual_seed(draw_seed())
        whole, rest = divmod(self.num_samples, _DRAWN_AT_ONCE if self.replacement else count)
        if self.replacement:
            for size in itertools.chain(itertools.repeat(_DRAWN_AT_ONCE, whole), [rest]):
                yield from randint(0, count, (size,), generator=generator).tolist()
        else:
            for _ in range(whole):
                yield from randperm(count, generator=generator).tolist()
            yield from randperm(count, generator=generator).tolist()[:rest]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """Yields the given indices in random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for place in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[place]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Draws indices with the given probabilities.

    Parameters
    ----------
    weights : (N,) numbers
        Need not sum to 1.
    num_samples, replacement, generator
        See :class:`RandomSampler`.
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        at_least(1, num_samples=num_samples)
        self.weights = Tensor(np.asarray(weights, np.float64))
        if self.weights.ndim != 1:
            raise InputError(f"weights have shape {self.weights.shape}: they must be (N,) numbers")
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        drawn = multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        )
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Yields lists of `batch_size` indices of another sampler.

    Parameters
    ----------
    sampler, batch_size
        The indices, and their number in a batch.
    drop_last
        Whether to leave out a last batch with fewer indices.
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        at_least(1, batch_size=batch_size)
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                break
            yield batch

    def __len__(self) -> int:
        count: int = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
