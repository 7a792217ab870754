"""Word2Vec: corpus, model, optimizer, schedule and trainer, assembled into one training.

Everything here is public parts put together; the command line calls it, and so can you.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import hashlib
import os
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.backend import get_backend
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import Module, build
from tinygrad_w2v.optim import Optimizer, Schedule
from tinygrad_w2v.runtime.allocator import (
    release_freed_memory,
    release_library_code,
    retain_freed_memory,
)
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training import (
    Progress,
    Trainer,
    TrainingError,
    load_checkpoint,
    save_checkpoint,
)
from tinygrad_w2v.word2vec.corpus import Corpus, WindowBatches
from tinygrad_w2v.word2vec.recipe import Recipe
from tinygrad_w2v.word2vec.settings import Settings
from tinygrad_w2v.word2vec.vectors import KeyedVectors

__all__ = ["Settings", "Word2Vec", "prepare"]


class Word2Vec:
    """A training of word vectors on a corpus.

    Parameters
    ----------
    corpus
        The text.
    settings
        All choices.
    recipe
        Specs of the model, the loss, the optimizer and the schedule; what it leaves out follows
        from `settings`. Its corpus and training sections are not looked at.
    on_step
        Called with the :class:`Progress`, in words, after each batch.

    Examples
    --------
    >>> from tinygrad_w2v.word2vec import Corpus
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
        recipe: Recipe | None = None,
        on_step: Callable[[Progress], None] | None = None,
    ) -> None:
        self.corpus = corpus
        self.settings = chosen = settings or Settings()
        self.asked = recipe or Recipe()
        self.specs = _complete(self.asked, chosen)
        self.model: Any = _build_model(self.specs, corpus, chosen)
        self.optimizer: Optimizer = build(
            self.specs.optimizer,
            Optimizer,
            given={"params": _parameter_groups(self.model, self.specs, chosen.input_rate)},
            name="optimizer",
        )
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
        self.schedule: Schedule = build(
            self.specs.schedule,
            Schedule,
            given={"optimizer": self.optimizer, "total": self.total},
            name="schedule",
        )
        self.trainer = Trainer(
            self.model,
            self.optimizer,
            schedule=self.schedule,
            amount=_words,
            predictions=self.model.predictions,
            on_step=on_step,
        )

    def fit(self, *, processes: bool | None = None) -> Progress:
        """Train, from the start or from where :meth:`resume` put it, to the end or a stop.

        Parameters
        ----------
        processes
            Whether the settings' several workers are processes or threads; None for processes
            wherever they can be, or have to be as it is to be reproducible. See
            :meth:`Trainer.fit`.

        Raises
        ------
        TrainingError
            If the loss is not a finite number, or subsampling left nothing to train on.
        """
        prepare(self.settings)
        if processes is None:
            must_be = self.settings.reproducible and self.settings.threads > 1
            processes = must_be or self.trainer.why_not_processes() is None
        gc.collect()
        release_freed_memory()  # what reading the text has left
        retain_freed_memory()
        with single_threaded_blas():  # its threads would fight with the trainer's
            progress = self.trainer.fit(
                self.sources,
                self.settings.epochs,
                total=self.total,
                processes=processes,
                reproducible=self.settings.reproducible,
            )
        release_freed_memory()  # what the steps have left
        if self.trainer.finished and not progress.steps:
            raise TrainingError(
                f"subsampling with sample {self.settings.sample:g} dropped every word of the "
                f"text: raise it, or keep all words with 0"
            )
        return progress

    def vectors(self, *, copy: bool = True) -> KeyedVectors:
        """Return the word vectors as they are now, whitened as far as the settings say.

        Parameters
        ----------
        copy
            False spares the memory of a copy: for vectors that are done with before training
            goes on. Whitened ones are a table of their own in any case.
        """
        vocabulary, table = self.corpus.vocabulary, self.model.vectors
        share = self.settings.whiten
        if share or not copy:
            table = table.view()
            table.flags.writeable = False  # what KeyedVectors need not copy
        found = KeyedVectors(vocabulary.words, table, vocabulary.counts)
        return found.whitened(share) if share else found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self.trainer, self._identity())

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint of the same corpus and settings."""
        load_checkpoint(path, self.trainer, self._identity())

    def recipe(self) -> Recipe:
        """Return all that this training is made of but its corpus, to be run again."""
        model = {k: v for k, v in self.model.spec().items() if k != "counts"}
        loss = model.pop("loss") if isinstance(model.get("loss"), dict) else {}
        schedule = self.schedule.spec()
        if "total" not in self.specs.schedule:
            schedule.pop("total", None)  # it follows from the corpus and the epochs
        return Recipe(
            model=model,
            loss=_with_zero(_without_counts(loss)),
            optimizer=_with_zero(self.optimizer.spec()),
            schedule=schedule,
            training={name: getattr(self.settings, name) for name in _TRAINING},
        )

    def _identity(self) -> dict[str, Any]:
        asked = {
            name: spec
            for name in ("model", "loss", "optimizer", "schedule")
            if (spec := dict(getattr(self.asked, name)))
        }
        settings = dataclasses.asdict(self.settings)
        for name in ("whiten", "reproducible"):  # a training may go on with others
            del settings[name]
        return {**settings, **self._corpus_identity, **({"recipe": asked} if asked else {})}

    @functools.cached_property
    def _corpus_identity(self) -> dict[str, str]:
        words = self.corpus.vocabulary.words
        digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]
        return {
            "vocabulary": f"{len(words):,} words ({digest})",
            "text": f"{self.corpus.word_count:,} words ({_checksum(self.corpus):08x})",
        }


def prepare(settings: Settings) -> None:
    """Load the compiled forms of the kernels that these settings need, or compile them.

    :meth:`Word2Vec.fit` does so too, so that workers that are processes share them. Before the
    text is read is better: the compiler takes some 70 MB, which are given back. With the NumPy
    forms there is nothing to do.
    """
    if get_backend() == "numpy":
        return
    few = Corpus.from_sentences([["you", "say", "goodbye"]] * 2)
    dim = min(settings.dim, 2048)  # of longer rows all have the same routines
    small = dataclasses.replace(settings, dim=dim, epochs=1, threads=1, sample=0)
    job = Word2Vec(few, small)
    job.trainer.fit(job.sources, 1)  # a single step
    release_library_code("libllvmlite")


def _words(batch: Windows) -> float:
    return batch.words


def _checksum(corpus: Corpus) -> int:
    """Return the CRC-32 of the ids, which may be larger than memory."""
    chunk = 1 << 17
    checksum = 0
    for start in range(0, corpus.size, chunk):
        checksum = zlib.crc32(corpus.read(start, start + chunk).data, checksum)
    return checksum


_TRAINING = (
    "window",
    "sample",
    "epochs",
    "batch_tokens",
    "input_rate",
    "whiten",
    "seed",
    "threads",
    "reproducible",
)


def _complete(recipe: Recipe, settings: Settings) -> Recipe:
    """Return a recipe in which every section says its type; the settings fill the gaps."""
    name = "SkipGram" if settings.model == "skipgram" else "CBOW"
    model: dict[str, Any] = {"type": name, "dim": settings.dim, **recipe.model}
    if model["type"] == "CBOW":
        model = {"straight_through": settings.straight_through, **model}
    loss: dict[str, Any] = {"type": "NegativeSamplingLoss", **recipe.loss}
    if loss["type"] == "NegativeSamplingLoss":
        from_settings = {
            "negative": settings.negative,
            "shared": settings.shared,
            "block": settings.block,
        }
        loss = {**from_settings, **loss}
        loss = _with_none(loss)
    optimizer: dict[str, Any] = {"type": "SGD", "lr": settings.lr, **recipe.optimizer}
    if optimizer["type"] == "SGD":
        optimizer = _with_none({"clip_row": settings.clip_row, **optimizer})
    schedule = {"type": "LinearDecay", **recipe.schedule}
    return Recipe(model=model, loss=loss, optimizer=optimizer, schedule=schedule)


# A file cannot say None, so in a training's specs a 0 stands for "none" of these.
_NONE_AS_ZERO = {"NegativeSamplingLoss": "shared", "SGD": "clip_row"}


def _with_none(spec: dict[str, Any]) -> dict[str, Any]:
    option = _NONE_AS_ZERO[spec["type"]]
    return {**spec, option: spec[option] or None}


def _with_zero(spec: dict[str, Any]) -> dict[str, Any]:
    option = _NONE_AS_ZERO.get(spec.get("type", ""))
    return spec if option is None else {**spec, option: spec.get(option) or 0}


def _build_model(specs: Recipe, corpus: Corpus, settings: Settings) -> Any:
    counts = corpus.vocabulary.counts
    given = {
        "counts": counts,
        "sampler": counts,
        "num_words": len(counts),
        "embedding_dim": specs.model["dim"],
        "rng": np.random.default_rng(settings.seed),
    }
    if "loss" not in specs.model:
        given["loss"] = build(specs.loss, Module, given=given, name="loss")
    return build(specs.model, Module, given=given, name="model")


def _parameter_groups(model: Any, specs: Recipe, input_rate: float) -> Any:
    """Return what the optimizer changes; the table of the words' vectors at a rate of its own.

    A model whose vectors are not one of several parameters has a single rate.
    """
    named, table = list(model.named_parameters()), getattr(model, "vectors", None)
    words = [(name, tensor) for name, tensor in named if tensor.data is table]
    others = [(name, tensor) for name, tensor in named if tensor.data is not table]
    if input_rate == 1 or not words or not others:
        return model
    return [{"params": others}, {"params": words, "lr": specs.optimizer["lr"] * input_rate}]


def _without_counts(spec: Any) -> Any:
    """Leave the number of words out of a spec and those nested in it: the corpus gives it."""
    if not isinstance(spec, dict):
        return spec
    return {name: _without_counts(value) for name, value in spec.items() if name != "counts"}
