"""Word2Vec: a training assembled from corpus, model, optimizer, schedule and trainer."""

from __future__ import annotations

import dataclasses
import functools
import gc
import hashlib
import operator
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend
from tinygrad_w2v.models import FastText
from tinygrad_w2v.nn import Module, NegativeSamplingLoss, build
from tinygrad_w2v.optim import Optimizer
from tinygrad_w2v.optim.lr_scheduler import LRScheduler
from tinygrad_w2v.runtime import allocator
from tinygrad_w2v.runtime.files import read_text
from tinygrad_w2v.training import Progress, Trainer, load_checkpoint, save_checkpoint
from tinygrad_w2v.training.callbacks import Callback, EarlyStopping, Validation
from tinygrad_w2v.training.cluster.trainer import ClusterTrainer
from tinygrad_w2v.validation import above_zero, integer
from tinygrad_w2v.word2vec.cluster import Cluster, Shards
from tinygrad_w2v.word2vec.corpus import Corpus, WindowBatches
from tinygrad_w2v.word2vec.corpus.batches import line_start
from tinygrad_w2v.word2vec.divided_text import DividedText, Parts
from tinygrad_w2v.word2vec.recipe import SPEC_SECTIONS, Recipe
from tinygrad_w2v.word2vec.running import require_steps, run_training
from tinygrad_w2v.word2vec.settings import SUBWORD_TYPE, Settings
from tinygrad_w2v.word2vec.starting import begin_with, freeze_words
from tinygrad_w2v.word2vec.vectors import KeyedVectors, SubwordVectors, load_vectors

# A checkpoint may be resumed with other values of these.
_NOT_IN_CHECKPOINT = ("average", "whiten", "reproducible")


class Word2Vec:
    """A training of word vectors on a corpus.

    Parameters
    ----------
    corpus
        The text.
    settings
        Hyperparameters and options.
    recipe
        Specs of the model, the loss, the optimizer and the schedule; what they omit comes from
        `settings`. Its sections ``corpus`` and ``training`` are ignored.
    allow
        Import paths that the recipe may use besides short names; see :func:`nn.build`.
    on_step
        Called with the :class:`Progress`, in words, after each batch.
    held_out
        Text for the validation loss, with the vocabulary of `corpus`; by default the part of
        `corpus` that the setting `validation` states.
    init
        Vectors of an earlier training, by default those of the file in the setting `init`. Their
        words are added to the vocabulary, with a count of 0 if they are not in it, and begin with
        these vectors; other words begin with random ones. The output table begins with the rows of
        :class:`SubwordVectors` that have one, and with zeros otherwise.
    frozen
        Words whose vectors do not change, besides those of the file in the setting `freeze`.
    callbacks
        See :class:`training.callbacks.Callback`. They follow :attr:`validation`.
    cluster
        Trains with several workers, on this machine or others, instead of here; needs Ray.

    Attributes
    ----------
    validation : Validation or None
        The callback that computes the loss of the held-out text.

    Examples
    --------
    >>> from tinygrad_w2v.word2vec import Corpus
    >>> text = ["you say goodbye and i say hello .".split()] * 50
    >>> job = Word2Vec(Corpus.from_sentences(text), Settings(dim=8, sample=0, epochs=2))
    >>> job.fit().done
    800.0
    >>> len(job.vectors())
    7
    """

    def __init__(
        self,
        corpus: Corpus,
        settings: Settings | None = None,
        *,
        recipe: Recipe | None = None,
        allow: Iterable[str] = (),
        on_step: Callable[[Progress], None] | None = None,
        held_out: Corpus | None = None,
        init: KeyedVectors | None = None,
        frozen: Iterable[str] = (),
        callbacks: Iterable[Callback] = (),
        cluster: Cluster | None = None,
    ) -> None:
        self.settings = chosen = settings or Settings()
        init = load_vectors(chosen.init) if init is None and chosen.init else init
        frozen = [*frozen, *(read_text(chosen.freeze).split() if chosen.freeze else ())]
        self.corpus = corpus = corpus if init is None else corpus.with_words(init.words)
        self.requested = recipe or Recipe()
        self.specs = specs = self.requested.completed(chosen)

        def built(part: str, kind: Any, given: Mapping[str, Any]) -> Any:
            return build(getattr(specs, part), kind, given=given, name=part, allow=allow)

        for name in ("average", "whiten"):
            if getattr(chosen, name) and specs.model["type"] == SUBWORD_TYPE:
                raise InputError(
                    f"{name} changes words but not their subwords: use it without subwords"
                )
        counts = corpus.vocabulary.counts
        _require_memory(len(counts), specs.model["dim"])
        given: dict[str, Any] = {
            "counts": counts,
            "sampler": counts,
            "num_words": len(counts),
            "words": corpus.vocabulary.words,
            "embedding_dim": specs.model["dim"],
            "rng": np.random.default_rng(chosen.seed),
        }
        if "loss" not in specs.model:
            given["loss"] = built("loss", Module, given)
        self.model: Any = built("model", Module, given)
        if chosen.average:
            self._output_weight()  # raises an error before the training
        if init is not None:
            begin_with(self.model, corpus.vocabulary.words, init)
        freeze_words(self.model, corpus.vocabulary, frozen)
        groups = _parameter_groups(self.model, specs, chosen.input_rate)
        self.optimizer: Optimizer = built("optimizer", Optimizer, {"params": groups})
        batches = functools.partial(
            WindowBatches,
            window=chosen.window,
            batch_tokens=chosen.batch_tokens,
            sample=chosen.sample,
            seed=chosen.seed,
        )
        end = _held_out_start(corpus, chosen.validation)
        count = chosen.threads if cluster is None else cluster.shards(chosen.threads)
        shards = Shards(functools.partial(batches, corpus, part=(0, end)), count)
        if isinstance(corpus, DividedText):
            shards = Parts(corpus, batches, count)
        self.sources: Sequence[Any] = shards if cluster else list(shards)
        held_out_batches = batches(held_out) if held_out is not None else None
        if held_out is None and end < corpus.size:
            held_out_batches = batches(corpus, part=(end, corpus.size))
        if held_out_batches is None and chosen.patience:
            raise InputError(f"patience is {chosen.patience} without held-out text: set validation")
        self.validation = None if held_out_batches is None else Validation(held_out_batches)
        own: list[Callback] = [] if self.validation is None else [self.validation]
        if self.validation is not None and chosen.patience:
            own.append(EarlyStopping(self.validation, chosen.patience))
        self.total = float(chosen.epochs * corpus.count_words(0, end))
        totals = dict.fromkeys(("total", "total_steps", "T_max"), self.total)
        self.schedule: LRScheduler = built(
            "schedule", LRScheduler, {"optimizer": self.optimizer, **totals}
        )
        options: dict[str, Any] = {
            "schedule": self.schedule,
            "amount": operator.attrgetter("words"),
            "predictions": self.model.predictions,
            "on_step": on_step,
            "callbacks": [*own, *callbacks],
        }
        self.trainer: Trainer | ClusterTrainer
        if cluster is None:
            self.trainer = Trainer(self.model, self.optimizer, **options)
        else:
            options |= cluster.options(self.model, chosen, len(counts))
            options["prepare"] = functools.partial(prepare, chosen)
            self.trainer = ClusterTrainer(self.model, self.optimizer, **options)

    def fit(self, *, processes: bool | None = None) -> Progress:
        """Train from the start or the checkpoint of :meth:`resume`, until the end or a stop.

        Parameters
        ----------
        processes
            Whether several workers are processes or threads; see :meth:`Trainer.fit`. None
            selects processes where they are possible or required.

        Raises
        ------
        TrainingError
            If the loss is not finite, or subsampling drops every word.
        """
        chosen = self.settings
        if isinstance(self.trainer, ClusterTrainer):
            progress = self.trainer.fit(self.sources, chosen.epochs, total=self.total)
            return require_steps(progress, self.trainer.finished, chosen)
        prepare(chosen)
        gc.collect()  # of reading the text
        return run_training(self.trainer, self.sources, chosen, processes)

    def vectors(self, *, copy: bool = True) -> KeyedVectors:
        """Return the current word vectors, averaged and whitened as the settings state.

        Without `copy` they share the memory of the model's table and are not to be used after
        training continues.
        """
        if isinstance(self.model, FastText):
            return self._subword_vectors(self.model)
        vocabulary, table = self.corpus.vocabulary, self.model.vectors
        degree = self.settings.whiten
        if degree or not copy:
            table = table.view()
            table.flags.writeable = False  # KeyedVectors does not copy read-only arrays
        vectors = KeyedVectors(vocabulary.words, table, vocabulary.counts)
        if self.settings.average:
            vectors = vectors.averaged(self.output_vectors())
        return vectors.whitened(degree) if degree else vectors

    def output_vectors(self) -> KeyedVectors:
        """Return the vectors of the output layer, one for each word as a predicted word.

        ``job.vectors().averaged(job.output_vectors())`` is their mean with the word vectors.

        Raises
        ------
        InputError
            If the model's output layer has no vector for each word, as in hierarchical softmax.
        """
        vocabulary = self.corpus.vocabulary
        weight = np.asarray(self._output_weight().detach())
        return KeyedVectors(vocabulary.words, weight, vocabulary.counts)

    def _output_weight(self) -> Any:
        output = self.model.output
        weight = getattr(getattr(output, "scores", output), "weight", None)
        if weight is None or weight.shape != self.model.vectors.shape:
            raise InputError(
                f"the output layer {type(output).__name__} has no vector for each word; use "
                "negative sampling or a softmax"
            )
        return weight

    def _subword_vectors(self, model: FastText) -> SubwordVectors:
        chosen, loss = self.settings, model.output
        arguments = {
            "ws": chosen.window,
            "epoch": chosen.epochs,
            "neg": chosen.negative,
            "model": 1 if model.model == "cbow" else 2,
            "t": chosen.sample,
        }
        return SubwordVectors(
            self.corpus.vocabulary.words,
            model.input.weight._data,
            model.subwords,
            self.corpus.vocabulary.counts,
            output=loss.weight._data.copy() if isinstance(loss, NegativeSamplingLoss) else None,
            arguments=arguments,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint."""
        save_checkpoint(path, self.trainer, self._identity())

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Continue from a checkpoint of the same corpus and settings.

        With one worker the result is that of an uninterrupted training, to the bit. Several workers
        continue with new random numbers, also if they are reproducible.
        """
        load_checkpoint(path, self.trainer, self._identity())
        if isinstance(self.sources, Shards):  # as many as before, whatever the number of workers
            self.sources = self.sources.divided(len(self.trainer.positions))

    def recipe(self) -> Recipe:
        """Return the complete recipe of this training, without its corpus."""
        model = dict(self.model.spec())
        schedule = dict(self.schedule.spec())
        if "total" not in self.specs.schedule:
            schedule.pop("total", None)  # computed from the corpus and the epochs
        specs = {
            "loss": model.pop("loss") if isinstance(model.get("loss"), dict) else {},
            "model": model,
            "optimizer": self.optimizer.spec(),
            "schedule": schedule,
        }
        return Recipe.of_training(specs, self.settings)

    def _identity(self) -> dict[str, Any]:
        """Return what a checkpoint must have in common with the training that resumes it."""
        settings = dataclasses.asdict(self.settings).items()
        ignored = (*_NOT_IN_CHECKPOINT, *(["threads"] if isinstance(self.sources, Shards) else []))
        identity = {name: value for name, value in settings if name not in ignored}
        identity |= self._corpus_identity
        requested = {name: dict(getattr(self.requested, name)) for name in SPEC_SECTIONS}
        if requested := {name: spec for name, spec in requested.items() if spec}:
            identity["recipe"] = requested
        return identity

    @functools.cached_property
    def _corpus_identity(self) -> dict[str, str]:
        words = self.corpus.vocabulary.words
        digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]
        return {
            "vocabulary": f"{len(words):,} words ({digest})",
            "text": f"{self.corpus.word_count:,} words ({self.corpus.checksum():08x})",
        }


def _held_out_start(corpus: Corpus, share: float) -> int:
    """Return where the held-out part of a corpus begins; its size without one."""
    if not share:
        return corpus.size
    start = line_start(corpus, round(corpus.size * (1 - share)))
    if not 0 < start < corpus.size:
        raise InputError(
            f"validation is {share:g}, and no line of {corpus.line_count:,} ends there: hold out "
            f"another part, or name held-out text"
        )
    return start


def prepare(settings: Settings) -> None:
    """Load or compile the compiled kernels that a training with these settings needs.

    :meth:`Word2Vec.fit` does this as well, so that worker processes share the compiled code.
    Called before the text is read, it needs less memory: the compiler's 70 MB are released.
    """
    if get_backend() == "numpy":
        return
    few = Corpus.from_sentences([["you", "say", "goodbye"]] * 2)
    small = dataclasses.replace(
        settings,
        dim=min(settings.dim, 2048),  # longer rows use the same routines
        buckets=min(settings.buckets, 1000),
        epochs=1,
        threads=1,
        sample=0,
        whiten=0,
        validation=0,
        patience=0,
        init="",
        freeze="",
    )
    job = Word2Vec(few, small)
    job.trainer.fit(job.sources, 1)  # a single step
    allocator.release_library_code("libllvmlite")


def _require_memory(words: int, dim: Any) -> None:
    """Raise InputError if two float32 tables of the words exceed the memory of the machine."""
    if not hasattr(os, "sysconf") or not isinstance(dim, int) or dim < 1:
        return
    needed, gib = 2 * 4 * words * integer("dim", dim, least=1), 2**30
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise InputError(
            f"a model of {words:,} words in {dim:,} dimensions needs {needed / gib:,.1f} GiB of "
            f"memory, this machine has {memory / gib:,.1f}: lower dim, or raise min_count"
        )


def _parameter_groups(model: Any, specs: Recipe, input_rate: float) -> Any:
    """Return the optimizer's parameters, with a separate learning rate for the word vectors.

    A model whose vectors are not one of several parameters has a single rate.
    """
    is_subword = isinstance(model, FastText)  # whose vectors are no parameter
    table = model.input.weight._data if is_subword else getattr(model, "vectors", None)
    named = list(model.named_parameters())
    words = [pair for pair in named if pair[1]._data is table]
    others = [pair for pair in named if pair[1]._data is not table]
    if input_rate == 1 or not words or not others:
        return model
    above_zero(**{"optimizer.lr": specs.optimizer["lr"]})
    return [{"params": others}, {"params": words, "lr": specs.optimizer["lr"] * input_rate}]
