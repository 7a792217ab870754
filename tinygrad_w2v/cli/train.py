"""``tinygrad-w2v train``: from text to word vectors."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tinygrad_w2v.cli.arguments import DEFAULT_TEXT_EPOCHS, PROGRAM
from tinygrad_w2v.cli.display import Display, open_display
from tinygrad_w2v.cli.exit_status import INTERRUPTED
from tinygrad_w2v.data import Corpus, python_docs_path
from tinygrad_w2v.storage import check_writable
from tinygrad_w2v.training import Progress
from tinygrad_w2v.vectors import KeyedVectors
from tinygrad_w2v.word2vec import Settings, Word2Vec

_CHECKPOINT_SECONDS = 300.0


def run(arguments: argparse.Namespace) -> int:
    """Encode the text, train, and write the vectors."""
    check_writable(arguments.output)
    checkpoint = Path(f"{arguments.output}.checkpoint.npz")
    with open_display(arguments.quiet) as display:
        corpus = _read_corpus(arguments, display)
        job = Word2Vec(corpus, _settings(arguments))
        job.trainer.on_step = _Watcher(job, checkpoint, display)
        if arguments.resume:
            job.resume(checkpoint)
        with _stopping_on_signal(job), display.task("training"):
            progress = job.fit()
    vectors = job.vectors()
    if not job.trainer.finished:
        return _keep_unfinished(job, vectors, checkpoint, arguments)
    vectors.save(arguments.output, arguments.format)
    checkpoint.unlink(missing_ok=True)
    if not arguments.quiet:
        _report(vectors, progress, arguments.output)
    return 0


class _Watcher:
    """After each batch: show the progress, and write a checkpoint every few minutes."""

    def __init__(self, job: Word2Vec, checkpoint: Path, display: Display) -> None:
        self.job = job
        self.checkpoint = checkpoint
        self.display = display
        self.saved_at = time.perf_counter()
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        # Several threads may train; one of them does this, the others need not wait for it.
        if not self._lock.acquire(blocking=False):
            return
        try:
            self.display.training(progress)
            if time.perf_counter() - self.saved_at > _CHECKPOINT_SECONDS:
                self.job.save(self.checkpoint)
                self.saved_at = time.perf_counter()
        finally:
            self._lock.release()


def _settings(arguments: argparse.Namespace) -> Settings:
    default_epochs = 5 if arguments.text else DEFAULT_TEXT_EPOCHS
    return Settings(
        model=arguments.model,
        dim=arguments.dim,
        window=arguments.window,
        negative=arguments.negative,
        sample=arguments.sample,
        epochs=arguments.epochs or default_epochs,
        lr=arguments.lr,
        batch_tokens=arguments.batch_tokens,
        seed=arguments.seed,
        threads=arguments.threads,
    )


def _read_corpus(arguments: argparse.Namespace, display: Display) -> Corpus:
    text: list[str | os.PathLike[str]] = list(arguments.text)
    if not text:
        with display.task("collecting the documentation of this Python"):
            text = [python_docs_path(progress=display.advance)]
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


@contextlib.contextmanager
def _stopping_on_signal(job: Word2Vec) -> Iterator[None]:
    """Let the first Ctrl-C (or SIGTERM) end the training between two steps, a second at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        job.trainer.stop()
        signal.signal(number, signal.default_int_handler)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _keep_unfinished(
    job: Word2Vec, vectors: KeyedVectors, checkpoint: Path, arguments: argparse.Namespace
) -> int:
    """Save what an interrupted training has reached, and say how to go on."""
    vectors.save(arguments.output, arguments.format)
    job.save(checkpoint)
    if not arguments.quiet:
        share = job.trainer.progress.done / job.total
        print(
            f"\ninterrupted after {share:.0%}: the vectors so far are in {arguments.output}, "
            f"their training in {checkpoint}; repeat the command with --resume to go on"
        )
    return INTERRUPTED


def _report(vectors: KeyedVectors, progress: Progress, path: str) -> None:
    size = os.path.getsize(path)
    shown = f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size:,} bytes"
    print(
        f"{len(vectors):,} vectors of {vectors.dim} in {path} ({shown}), "
        f"trained in {progress.seconds:.0f} s at {progress.speed:,.0f} words/s, "
        f"mean loss {progress.loss:.3f}"
    )
    words = sample_words(vectors)
    width = max(map(len, words), default=0)
    for word in words:
        neighbours = ", ".join(near for near, _ in vectors.most_similar(word, topn=6))
        print(f"  {word:<{width}}  {neighbours}")
    if words:
        print(f"more: {PROGRAM} similar {words[0]}" + _option_for(path))


def _option_for(path: str) -> str:
    return "" if path == "vectors.txt" else f" -v {path}"


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
