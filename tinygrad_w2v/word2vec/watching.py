"""WatchNeighbours: a callback that shows the neighbours of chosen words after each epoch."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any

from tinygrad_w2v.training.callbacks import Callback
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.job import Word2Vec


class WatchNeighbours(Callback):
    """Finds the words nearest to chosen words after each epoch, and prints a line for each.

    Parameters
    ----------
    job
        The training.
    words
        Words of its vocabulary; an unknown one raises UnknownWordError.
    topn
        Number of neighbours.
    report
        Called with each line; prints to standard error by default.

    Attributes
    ----------
    neighbours : dict
        For each word the neighbours after the last epoch, with their cosines.

    Examples
    --------
    >>> from tinygrad_w2v.word2vec import Corpus, Settings
    >>> corpus = Corpus.from_sentences(["you say goodbye and i say hello .".split()] * 50)
    >>> job = Word2Vec(corpus, Settings(dim=8, sample=0, epochs=2))
    >>> job.trainer.callbacks.append(WatchNeighbours(job, ["hello"], topn=1, report=print))
    >>> _ = job.fit()
    epoch 1, hello: ...
    epoch 2, hello: ...
    """

    def __init__(
        self,
        job: Word2Vec,
        words: Iterable[str],
        topn: int = 5,
        report: Callable[[str], object] | None = None,
    ) -> None:
        self.job, self.words = job, tuple(words)
        self.report = report or functools.partial(print, file=sys.stderr)
        self.topn = integer("topn", topn, least=1)
        for word in self.words:
            job.corpus.vocabulary.index(word)
        self.neighbours: dict[str, list[tuple[str, float]]] = {}

    def on_epoch(self, trainer: Any, epoch: int) -> None:
        """Find and report the neighbours."""
        vectors = self.job.vectors(copy=False)
        for word in self.words:
            found = vectors.most_similar(word, topn=self.topn)
            self.neighbours[word] = found
            line = f"epoch {epoch}, {word}: {', '.join(f'{near} {c:.2f}' for near, c in found)}"
            self.report(line)
