"""Word2Vec: corpus, model, optimizer, schedule and trainer, assembled into one training.

Everything here is public parts put together; the command line calls it, and so can you.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from tinygrad_w2v.data import Corpus, WindowBatches, Windows
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.models import CBOW, SkipGram
from tinygrad_w2v.optim import SGD, LinearDecay
from tinygrad_w2v.training import Progress, Trainer, load_checkpoint, save_checkpoint
from tinygrad_w2v.vectors import KeyedVectors

ModelName: TypeAlias = Literal["cbow", "skipgram"]


_LEAST = {
    "dim": 1,
    "window": 1,
    "negative": 1,
    "shared": 0,
    "epochs": 1,
    "batch_tokens": 3,
    "seed": 0,
    "threads": 1,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen about a training; the defaults are the command line's.

    Attributes
    ----------
    model
        ``"cbow"`` or ``"skipgram"``.
    dim
        Size of the vectors.
    window
        Words to each side that are context, at most; each word's is drawn from 1 to this.
    negative
        Words drawn at random that each word is told apart from.
    shared
        How many of them are drawn for 64 predictions together, each then weighing
        ``negative / shared``; 0 draws `negative` for each alone.
    sample
        Threshold of the subsampling of frequent words; 0 keeps all.
    epochs
        Passes through the text.
    lr
        Learning rate at the start; it falls linearly to 1e-4 of it.
    batch_tokens
        Words in a batch, after subsampling.
    clip_row
        The longest step of a word's vector in one batch.
    seed
        With one thread, the same seed gives the same vectors to the bit.
    threads
        Threads that train the same vectors side by side, without locks.
    """

    model: ModelName = "cbow"
    dim: int = 100
    window: int = 5
    negative: int = 5
    shared: int = 40
    sample: float = 1e-4
    epochs: int = 5
    lr: float = 0.1
    batch_tokens: int = 1024
    clip_row: float = 0.5
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        if self.model not in ("cbow", "skipgram"):
            hint = nearest_names(self.model, ("cbow", "skipgram"))
            raise InputError(f"model is {self.model!r}: use 'cbow' or 'skipgram' {hint}".rstrip())
        for name, bound in _LEAST.items():
            if getattr(self, name) < bound:
                raise InputError(f"{name} is {getattr(self, name)}: it must be at least {bound}")
        for name in ("lr", "clip_row"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InputError(f"{name} is {getattr(self, name)}: it must be above 0")
        if not 0 <= self.sample <= 1:
            raise InputError(f"sample is {self.sample}: it must be within 0 to 1 (0 keeps all)")


class Word2Vec:
    """A training of word vectors on a corpus.

    Parameters
    ----------
    corpus
        The text.
    settings
        All choices.
    on_step
        Called with the :class:`Progress`, in words, after each batch.

    Examples
    --------
    >>> from tinygrad_w2v.data import Corpus
    >>> text = ["you say goodbye and i say hello .".split()] * 50
    >>> run = Word2Vec(Corpus.from_sentences(text), Settings(dim=8, sample=0, epochs=2))
    >>> run.fit().done
    800.0
    >>> len(run.vectors())
    7
    """

    def __init__(
        self,
        corpus: Corpus,
        settings: Settings | None = None,
        *,
        on_step: Callable[[Progress], None] | None = None,
    ) -> None:
        self.corpus = corpus
        self.settings = chosen = settings or Settings()
        self.model = _build_model(corpus, chosen)
        self.optimizer = SGD(self.model.parameters(), lr=chosen.lr, clip_row=chosen.clip_row)
        self.sources = [
            WindowBatches(
                corpus,
                window=chosen.window,
                batch_tokens=chosen.batch_tokens,
                sample=chosen.sample,
                seed=chosen.seed,
                shard=(k, chosen.threads),
            )
            for k in range(chosen.threads)
        ]
        self.total = float(chosen.epochs * sum(source.words_per_epoch for source in self.sources))
        self.trainer = Trainer(
            self.model,
            self.optimizer,
            schedule=LinearDecay(self.optimizer, self.total),
            amount=_words,
            predictions=self.model.predictions,
            on_step=on_step,
        )

    def fit(self) -> Progress:
        """Train, from the start or from where :meth:`resume` put it, to the end or a stop."""
        return self.trainer.fit(self.sources, self.settings.epochs, total=self.total)

    def vectors(self) -> KeyedVectors:
        """Return a copy of the word vectors as they are now."""
        vocabulary = self.corpus.vocabulary
        return KeyedVectors(vocabulary.words, self.model.vectors, vocabulary.counts)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self.trainer, self._identity())

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint of the same corpus and settings."""
        load_checkpoint(path, self.trainer, self._identity())

    def _identity(self) -> dict[str, Any]:
        words = "\n".join(self.corpus.vocabulary.words).encode()
        return {
            **dataclasses.asdict(self.settings),
            "corpus words": self.corpus.word_count,
            "vocabulary": hashlib.sha256(words).hexdigest()[:12],
        }


def _words(batch: Windows) -> float:
    return batch.words


def _build_model(corpus: Corpus, settings: Settings) -> CBOW | SkipGram:
    counts = corpus.vocabulary.counts
    shared = settings.shared or None
    if settings.model == "skipgram":
        return SkipGram(
            counts, settings.dim, negative=settings.negative, shared=shared, rng=settings.seed
        )
    return CBOW(
        counts,
        settings.dim,
        negative=settings.negative,
        shared=shared,
        straight_through=True,
        rng=settings.seed,
    )
