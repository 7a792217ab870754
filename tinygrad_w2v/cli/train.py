"""``tinygrad-w2v train``: from text to word vectors."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shlex
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinygrad_w2v.cli.display import Display, open_display
from tinygrad_w2v.cli.interruption import SIGNALLED, Interruption
from tinygrad_w2v.cli.options import DEFAULT_VECTORS, PROGRAM
from tinygrad_w2v.cli.output import stream
from tinygrad_w2v.cli.saving import check_outputs, checkpoint_path, save_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend, set_backend
from tinygrad_w2v.runtime.files import is_special
from tinygrad_w2v.training import Progress
from tinygrad_w2v.training.callbacks import Callback, JSONLines, SaveBest
from tinygrad_w2v.training.cluster.session import connected, import_ray
from tinygrad_w2v.training.cluster.trainer import ClusterTrainer
from tinygrad_w2v.word2vec import (
    Corpus,
    TextSource,
    WatchNeighbours,
    Word2Vec,
    prepare,
    python_docs_path,
)
from tinygrad_w2v.word2vec.cluster import Cluster
from tinygrad_w2v.word2vec.divided_text import count_on_cluster
from tinygrad_w2v.word2vec.recipe import SETTINGS_SECTIONS, Recipe
from tinygrad_w2v.word2vec.settings import SETTINGS, CorpusSettings
from tinygrad_w2v.word2vec.text.phrases import (
    ENGLISH_CONNECTOR_WORDS,
    TextSentences,
    apply_phrases,
    learn_phrases,
)
from tinygrad_w2v.word2vec.vectors import KeyedVectors

_CHECKPOINT_SECONDS = 300.0


def run(arguments: argparse.Namespace) -> int:
    """Read the text, train, and write the vectors."""
    arguments.output = stream(arguments.output, output=True)
    given = {k: v for k, v in vars(arguments).items() if k in (*SETTINGS, "preset")}
    recipe = _read_run_file(arguments.config, given)
    corpus_settings, settings = recipe.resolve(**given)
    cluster = _cluster(arguments)
    processors = cluster.workers * settings.threads if cluster else 0
    check_outputs(arguments.output)
    set_backend(arguments.backend)
    checkpoint = checkpoint_path(arguments.output)
    interruption = Interruption()
    with interruption.handled():
        with open_display(arguments.quiet) as display, contextlib.ExitStack() as stack:
            if cluster is None:
                with display.task("preparing"):
                    prepare(settings)
            else:
                with display.task("connecting to the cluster"):
                    stack.enter_context(connected(cluster.address, processors))
            divided = processors if not settings.validation else 0
            corpus = _read_corpus(corpus_settings, arguments.output, display, divided)
            held_out = _read_held_out(corpus_settings, corpus)
            job = Word2Vec(
                corpus,
                settings,
                recipe=recipe,
                allow=arguments.allow,
                held_out=held_out,
                cluster=cluster,
            )
            job.trainer.callbacks += _callbacks(job, arguments.output)
            if arguments.watch:
                watch = WatchNeighbours(job, arguments.watch, report=display.message)
                job.trainer.callbacks.append(watch)
            if arguments.resume:
                job.resume(checkpoint)
            job.trainer.on_step = watcher = _Watcher(job, checkpoint, display, interruption)
            if isinstance(job.trainer, ClusterTrainer):
                job.trainer.on_save, job.trainer.on_message = watcher.save, display.message
            with interruption.postponed():
                with display.task("training"):
                    progress = job.fit()
                if job.trainer.end_reason:
                    display.message(f"ended early: {job.trainer.end_reason}")
                with display.task("saving"):
                    vectors = _save(job, corpus_settings, checkpoint, arguments)
        if not job.trainer.finished:
            if not arguments.quiet:
                print(
                    f"{PROGRAM} train: interrupted after {progress.done / job.total:.0%}: the "
                    f"vectors so far are in {arguments.output}, the checkpoint in {checkpoint}; "
                    f"repeat the command with --resume to continue",
                    file=sys.stderr,
                )
            return SIGNALLED + (interruption.number or 0)
    if not arguments.quiet:
        _report(vectors, progress, arguments.output)
    return 0


@dataclasses.dataclass
class _Watcher:
    """After each batch, shows the progress; every few minutes, writes a checkpoint."""

    job: Word2Vec
    checkpoint: Path
    display: Display
    interruption: Interruption
    saved_at: float = dataclasses.field(default_factory=time.perf_counter)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def __call__(self, progress: Progress) -> None:
        if self.interruption.number is not None:
            self.job.trainer.stop()
        # Several threads may train; one of them does this, and the others do not wait for it.
        if not self.lock.acquire(blocking=False):
            return
        try:
            self.display.training(progress)
            is_due = time.perf_counter() - self.saved_at > _CHECKPOINT_SECONDS
            if is_due and not isinstance(self.job.trainer, ClusterTrainer):
                self.save()
        finally:
            self.lock.release()

    def save(self) -> None:
        """Write a checkpoint; a failure is no reason to end the training."""
        try:
            self.job.save(self.checkpoint)
        except InputError as error:
            self.display.message(f"warning: no checkpoint: {error}")
        self.saved_at = time.perf_counter()


def _cluster(arguments: argparse.Namespace) -> Cluster | None:
    """Return the options of ``--cluster``; None without it."""
    if arguments.cluster is None:
        return None
    import_ray()  # before the text is read
    names = ("workers", "merge", "packing", "overlap", "timeout")
    return Cluster(arguments.cluster, **{name: getattr(arguments, name) for name in names})


def _read_run_file(path: str | None, given: Mapping[str, Any]) -> Recipe:
    """Read the file of ``--config``; refuse options that belong to one of its specs."""
    if path is None:
        return Recipe()
    recipe = Recipe.read(path)
    for name in given:
        if name != "preset" and (section := SETTINGS[name].section) not in SETTINGS_SECTIONS:
            raise InputError(
                f"--{name.replace('_', '-')} cannot be combined with --config {path}: set it in "
                f"the section [{section}] of that file"
            )
    return recipe


def _callbacks(job: Word2Vec, output: str) -> list[Callback]:
    """Return what writes metrics beside the vectors, and keeps the best ones."""
    callbacks: list[Callback] = []
    if job.validation is not None:
        place = checkpoint_path(output)
        callbacks.append(SaveBest(job.validation, place.with_name(f"{place.name}.best")))
    if not is_special(output):
        callbacks.append(JSONLines(f"{output}.metrics.jsonl"))
    return callbacks


def _read_held_out(settings: CorpusSettings, corpus: Corpus) -> Corpus | None:
    if not settings.validation_text:
        return None
    source = TextSource(settings.validation_text, errors=settings.errors)
    return Corpus.encoded((line.split() for line in source.lines()), corpus.vocabulary)


def _read_corpus(
    settings: CorpusSettings, output: str, display: Display, divided: int = 0
) -> Corpus:
    """Read the text here, or in a number of tasks of a cluster, if there are some and it can be."""
    options = dataclasses.asdict(settings)
    text = options.pop("text")
    del options["validation_text"]
    passes = options.pop("phrases")
    if not text:
        with display.task("collecting the documentation of this Python"):
            text = [python_docs_path(progress=display.advance)]
    # The vectors must not replace the text, nor be read as text the next time.
    for file in TextSource(text).files if os.path.isfile(output) else ():
        if os.path.isfile(file) and os.path.samefile(file, output):
            raise InputError(
                f"cannot write the vectors to {output}: it is part of the text that is read; "
                f"name another file with -o"
            )
    corpus: Corpus | None = None
    source = TextSource(text, errors=settings.errors)
    if passes:
        with display.task("joining phrases"):
            del options["errors"]
            sentences = TextSentences(source)
            phrases = learn_phrases(sentences, passes, connector_words=ENGLISH_CONNECTOR_WORDS)
            corpus = Corpus.from_sentences(apply_phrases(sentences, phrases), **options)
    elif divided:
        with display.task("counting words on the cluster"):
            corpus = count_on_cluster(source, settings, divided, display.advance)
    if corpus is None:
        with display.task("reading the text"):
            corpus = Corpus.from_text(
                text,
                **options,
                progress=lambda stage, done, total: display.advance(done, total, stage),
            )
    lines = f" in {corpus.line_count:,} lines" if corpus.line_count else ""
    size = len(corpus.vocabulary)
    display.message(f"{corpus.word_count:,} words{lines}, vocabulary of {size:,}")
    return corpus


def _save(
    job: Word2Vec, corpus: CorpusSettings, checkpoint: Path, arguments: argparse.Namespace
) -> KeyedVectors:
    """Write the vectors and run file and, if the training is unfinished, the checkpoint.

    A failure to write one of them does not prevent the other.
    """
    problems, vectors = [], None
    try:
        vectors = job.vectors(copy=False)
        save_vectors(vectors, arguments.output, arguments.format)
        if not is_special(arguments.output):
            recipe = dataclasses.replace(job.recipe(), corpus=dataclasses.asdict(corpus))
            recipe.write(f"{arguments.output}.run.toml")
    except InputError as error:
        problems.append(str(error))
    if not job.trainer.finished:
        try:
            job.save(checkpoint)
        except InputError as error:
            problems.append(str(error))
    if problems or vectors is None:
        raise InputError("; ".join(problems))
    if job.trainer.finished:
        checkpoint.unlink(missing_ok=True)
    return vectors


def _report(vectors: KeyedVectors, progress: Progress, path: str) -> None:
    """Print a summary and some neighbours; to standard error if the vectors go to a pipe."""
    stream, size = sys.stderr, ""
    if not is_special(path):
        stream, count = sys.stdout, os.path.getsize(path)
        size = f" ({count / 1e6:,.1f} MB)" if count >= 1e5 else f" ({count:,} bytes)"
    print(
        f"{len(vectors):,} vectors of {vectors.dim} in {path}{size}, "
        f"trained in {progress.seconds:.0f} s at {progress.speed:,.0f} words/s ({get_backend()}), "
        f"mean loss {progress.loss:.3f}",
        file=stream,
    )
    words = sample_words(vectors)
    width = max(map(len, words))
    for word in words:
        neighbours = ", ".join(near for near, _ in vectors.most_similar(word, topn=6))
        print(f"  {word:<{width}}  {neighbours}", file=stream)
    if stream is sys.stdout:
        option = "" if path == DEFAULT_VECTORS else f" -v {shlex.quote(path)}"
        print(f"more: {PROGRAM} similar {shlex.quote(words[0])}{option}")


def sample_words(vectors: KeyedVectors, count: int = 5) -> list[str]:
    """Return frequent content words, whose neighbours are informative.

    They are the longest near the start of `count` ranges of the 50th to 600th most frequent words.
    """
    frequent = vectors.words[50:600] if len(vectors) > 100 else vectors.words
    candidates = [word for word in frequent if word.isalpha()] or list(frequent)
    step = max(len(candidates) // count, 1)
    ranges = [candidates[start : start + step] for start in range(0, len(candidates), step)]
    return [max(words[:12], key=len) for words in ranges[:count]]
