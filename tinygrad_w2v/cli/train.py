"""``tinygrad-w2v train``: from text to word vectors."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from tinygrad_w2v.cli.arguments import DEFAULT_TEXT_EPOCHS, DEFAULT_VECTORS, PROGRAM
from tinygrad_w2v.cli.config import apply_preset, read_config, write_recipe
from tinygrad_w2v.cli.display import Display, open_display
from tinygrad_w2v.cli.exit_status import SIGNALLED
from tinygrad_w2v.cli.interruption import Interruption
from tinygrad_w2v.cli.saving import check_places, checkpoint_path, save_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend, set_backend
from tinygrad_w2v.runtime.files import is_special
from tinygrad_w2v.training import Progress
from tinygrad_w2v.word2vec import Corpus, Settings, TextSource, Word2Vec, prepare, python_docs_path
from tinygrad_w2v.word2vec.vectors import KeyedVectors

_CHECKPOINT_SECONDS = 300.0


def run(arguments: argparse.Namespace) -> int:
    """Encode the text, train, and write the vectors."""
    recipe = read_config(arguments)
    apply_preset(arguments)
    check_places(arguments.output)
    set_backend(arguments.backend)
    checkpoint = checkpoint_path(arguments.output)
    interruption = Interruption()
    with interruption.handled():
        with open_display(arguments.quiet) as display:
            settings = _settings(arguments)
            with display.task("preparing"):
                prepare(settings)
            corpus = _read_corpus(arguments, display)
            job = Word2Vec(corpus, settings, recipe=recipe)
            if arguments.resume:
                job.resume(checkpoint)
            job.trainer.on_step = _Watcher(job, checkpoint, display, interruption)
            with interruption.postponed():
                with display.task("training"):
                    progress = job.fit()
                with display.task("saving"):
                    vectors = _save(job, checkpoint, arguments)
        if not job.trainer.finished:
            return _report_interruption(job, checkpoint, arguments, interruption)
    if not arguments.quiet:
        _report(vectors, progress, arguments.output)
    return 0


class _Watcher:
    """After each batch: show the progress, and write a checkpoint every few minutes."""

    def __init__(
        self, job: Word2Vec, checkpoint: Path, display: Display, interruption: Interruption
    ) -> None:
        self.job = job
        self.checkpoint = checkpoint
        self.display = display
        self.interruption = interruption
        self.saved_at = time.perf_counter()
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        if self.interruption.number is not None:
            self.job.trainer.stop()
        # Several threads may train; one of them does this, the others need not wait for it.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self.display.training(progress)
            if time.perf_counter() - self.saved_at > _CHECKPOINT_SECONDS:
                self._save()
        finally:
            self._lock.release()

    def _save(self) -> None:
        try:
            self.job.save(self.checkpoint)
        except InputError as error:  # no reason to give up the training itself
            self.display.say(f"warning: no checkpoint: {error}")
        self.saved_at = time.perf_counter()


def _settings(arguments: argparse.Namespace) -> Settings:
    names = [field.name for field in dataclasses.fields(Settings) if field.name in arguments]
    if arguments.preset is not None:
        explicit = {name: getattr(arguments, name) for name in names if name in arguments.given}
        return Settings.preset(arguments.preset, **explicit)
    chosen = {name: getattr(arguments, name) for name in names}
    default_epochs = Settings().epochs if arguments.text else DEFAULT_TEXT_EPOCHS
    return Settings(**{**chosen, "epochs": arguments.epochs or default_epochs})


def _read_corpus(arguments: argparse.Namespace, display: Display) -> Corpus:
    text: list[str | os.PathLike[str]] = list(arguments.text)
    if not text:
        with display.task("collecting the documentation of this Python"):
            text = [python_docs_path(progress=display.advance)]
    _refuse_to_overwrite(text, arguments.output)
    with display.task("reading the text"):
        corpus = Corpus.from_text(
            text,
            min_count=arguments.min_count,
            max_vocab=arguments.max_vocab,
            errors=arguments.errors,
            progress=lambda stage, done, total: display.advance(done, total, stage),
        )
    display.say(
        f"{corpus.word_count:,} words in {corpus.line_count:,} lines, "
        f"{len(corpus.vocabulary):,} different"
    )
    return corpus


def _refuse_to_overwrite(text: Iterable[str | os.PathLike[str]], output: str) -> None:
    """Raise if the vectors would replace the text, or be read as text the next time."""
    if not os.path.isfile(output):
        return
    for file in TextSource(text).files:
        if os.path.isfile(file) and os.path.samefile(file, output):
            raise InputError(
                f"cannot write the vectors to {output}: it is part of the text that is read; "
                f"name another file with -o"
            )


def _save(job: Word2Vec, checkpoint: Path, arguments: argparse.Namespace) -> KeyedVectors:
    """Write the vectors and, if the training is to go on, the checkpoint: each if it can be."""
    problems, vectors = [], None
    try:
        vectors = job.vectors(copy=False)
        save_vectors(vectors, arguments.output, arguments.format)
        write_recipe(job, arguments)
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


def _report_interruption(
    job: Word2Vec, checkpoint: Path, arguments: argparse.Namespace, interruption: Interruption
) -> int:
    """Say what an interrupted training has left and how to go on."""
    if not arguments.quiet:
        share = job.trainer.progress.done / job.total
        print(
            f"{PROGRAM} train: interrupted after {share:.0%}: the vectors so far are in "
            f"{arguments.output}, their training in {checkpoint}; repeat the command with "
            f"--resume to go on",
            file=sys.stderr,
        )
    return SIGNALLED + (interruption.number or 0)


def _report(vectors: KeyedVectors, progress: Progress, path: str) -> None:
    """Name the file and show what is in it; not among the vectors, if they go to a pipe."""
    place = sys.stderr if is_special(path) else sys.stdout
    print(
        f"{len(vectors):,} vectors of {vectors.dim} in {path}{_size_of(path)}, "
        f"trained in {progress.seconds:.0f} s at {progress.speed:,.0f} words/s ({get_backend()}), "
        f"mean loss {progress.loss:.3f}",
        file=place,
    )
    words = sample_words(vectors)
    width = max(map(len, words))
    for word in words:
        neighbours = ", ".join(near for near, _ in vectors.most_similar(word, topn=6))
        print(f"  {word:<{width}}  {neighbours}", file=place)
    if place is sys.stdout:
        option = "" if path == DEFAULT_VECTORS else f" -v {shlex.quote(path)}"
        print(f"more: {PROGRAM} similar {shlex.quote(words[0])}{option}")


def _size_of(path: str) -> str:
    if is_special(path):
        return ""
    size = os.path.getsize(path)
    return f" ({size / 1e6:,.1f} MB)" if size >= 1e5 else f" ({size:,} bytes)"


def sample_words(vectors: KeyedVectors, count: int = 5) -> list[str]:
    """Choose words whose neighbourhoods are worth a look: frequent, and not function words.

    They are the longest of each of `count` stretches of the 50th to the 600th most frequent
    words, or of all where there are fewer.
    """
    frequent = vectors.words[50:600] if len(vectors) > 100 else vectors.words
    candidates = [word for word in frequent if word.isalpha()] or list(frequent)
    step = max(len(candidates) // count, 1)
    stretches = [candidates[start : start + step] for start in range(0, len(candidates), step)]
    return [max(stretch[:12], key=len) for stretch in stretches[:count]]
