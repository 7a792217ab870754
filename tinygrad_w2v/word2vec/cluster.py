"""The training of word vectors on a cluster: its options, and how the text is divided."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.embedding_model import EmbeddingModel
from tinygrad_w2v.nn import Module
from tinygrad_w2v.training.cluster.exchange import tables_of
from tinygrad_w2v.training.cluster.packing import Kind
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.training.cluster.session import LOCAL
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.corpus import WindowBatches
from tinygrad_w2v.word2vec.settings import Settings

_LEAST_SHARDS = 64
_SHARDS_PER_THREAD = 8
"""Parts of the text for each thread, so that all threads finish at about the same time."""

_GROWTH, _LEAST_GROWTH = 0.06, 0.015  # of the rounds of two workers, and of many


@dataclasses.dataclass(frozen=True)
class Cluster:
    """How a training is distributed; see :class:`training.cluster.ClusterTrainer`.

    Attributes
    ----------
    address
        ``"local"``, or the address of a running cluster of Ray.
    workers
        Number of workers, usually one for each machine; each has the processes of the setting
        `threads`.
    merge, packing, overlap, timeout
        See :class:`training.cluster.ClusterTrainer`.
    first, growth, levels, early
        See :class:`training.cluster.Rounds`, in words. The default growth is 0.06 / (workers - 1),
        at least 0.015: few workers can merge less often.
    """

    address: str = LOCAL
    workers: int = 2
    merge: str = "spectral"
    packing: Kind = "int8"
    overlap: float = 0.0
    timeout: float = 60.0
    first: float = 100_000.0
    growth: float | None = None
    levels: int = 5
    early: float = 0.08

    def shards(self, threads: int) -> int:
        """Return into how many parts the text is divided."""
        workers = integer("workers", self.workers, least=1)
        return max(_LEAST_SHARDS, _SHARDS_PER_THREAD * workers * threads)

    def rounds(self) -> Rounds:
        """Return when the workers merge."""
        growth = self.growth
        if growth is None:
            growth = max(_GROWTH / max(self.workers - 1, 1), _LEAST_GROWTH)
        return Rounds(self.first, growth, self.levels, self.early)

    def options(self, model: Module, settings: Settings, words: int) -> dict[str, Any]:
        """Return keyword arguments of ClusterTrainer for a model of a number of words."""
        if settings.reproducible:
            raise InputError("a cluster of workers cannot be reproducible: leave the setting out")
        return {
            "workers": self.workers,
            "threads": settings.threads,
            "address": self.address,
            "merge": self.merge,
            "packing": self.packing,
            "overlap": self.overlap,
            "rounds": self.rounds(),
            "partial": [
                name
                for name, table in tables_of(model).items()
                if isinstance(model, EmbeddingModel) and table.shape[:1] == (words,)
            ],
            "timeout": self.timeout,
        }


class Shards(Sequence[Any]):
    """The batches of each part of a text, which are built when they are used.

    Parameters
    ----------
    batches
        Builds them from the keyword argument `shard` of :class:`WindowBatches`.
    count
        Number of parts.
    """

    def __init__(self, batches: Callable[..., WindowBatches], count: int) -> None:
        self.batches, self._count = batches, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self.batches(shard=(number, self._count))

    def divided(self, count: int) -> Shards:
        """Return the same text in another number of parts."""
        return Shards(self.batches, count)
