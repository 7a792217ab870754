"""Runs a training on the batches of a corpus: memory, threads of BLAS, and its checks."""

from __future__ import annotations

from collections.abc import Sequence

from tinygrad_w2v.runtime import allocator
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training import Progress, Trainer, TrainingError
from tinygrad_w2v.word2vec.corpus import WindowBatches
from tinygrad_w2v.word2vec.settings import Settings


def run_training(
    trainer: Trainer,
    sources: Sequence[WindowBatches],
    settings: Settings,
    processes: bool | None = None,
) -> Progress:
    """Run a training on the batches of a corpus, in words; see :meth:`Word2Vec.fit`."""
    if processes is None:
        required = settings.reproducible and settings.threads > 1
        processes = required or trainer.why_not_processes() is None
    allocator.release_freed_memory()  # of reading the text
    allocator.retain_freed_memory()
    with single_threaded_blas():  # its threads would compete with the workers
        progress = trainer.fit(
            sources,
            settings.epochs,
            total=words_of(sources, settings.epochs),
            processes=processes,
            reproducible=settings.reproducible,
        )
    allocator.release_freed_memory()  # of the steps
    return require_steps(progress, trainer.finished, settings)


def require_steps(progress: Progress, is_finished: bool, settings: Settings) -> Progress:
    """Return the progress of a training; TrainingError if it is complete without any batch."""
    if is_finished and not progress.steps:
        raise TrainingError(
            f"subsampling with sample {settings.sample:g} dropped every word of the text: raise "
            f"it, or keep all words with 0"
        )
    return progress


def words_of(sources: Sequence[WindowBatches], epochs: int) -> float:
    """Return the number of words in all epochs of a training."""
    return float(epochs * sum(source.words_per_epoch for source in sources))
