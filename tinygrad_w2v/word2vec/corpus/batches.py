"""From a corpus to batches: epochs, subsampling, dynamic windows and shards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.corpus.corpus import Corpus
from tinygrad_w2v.word2vec.corpus.encoding import LINE_END
from tinygrad_w2v.word2vec.corpus.runs import LEAST_RUN, Text
from tinygrad_w2v.word2vec.corpus.subsampling import keep_probability

# Small enough for the arrays of a chunk to stay in the cache, and to weigh little in each worker.
# What is drawn depends on it.
_CHUNK_IDS = 1 << 15


class WindowBatches:
    """The batches of a corpus, one pass after the other; all that is random follows the seed.

    A batch is a run of `batch_tokens` consecutive words of the subsampled text. Contexts end
    where the run ends, so that small batches lose some: with 1024 words and a window of 5, one
    pair in about 300. A run is a word or two shorter where cutting would otherwise leave a word
    without any context; the last run of an epoch is what remains. Lines with a single word after
    subsampling are dropped.

    Parameters
    ----------
    corpus
        The text.
    window
        How many words to each side are context, at most.
    batch_tokens
        How many words a batch has; at least 3.
    sample
        The threshold of :func:`keep_probability`; 0 or None keeps every word.
    dynamic
        Draw each word's window uniformly from 1 to `window`, as the word2vec program does, so
        that near words count more; otherwise it is always `window`.
    seed
        At least 0.
    shard
        ``(k, n)``: only the k-th of n contiguous parts of the text, k from 0, to divide it among
        workers. Parts begin where a line begins, unless the line is very long.

    Raises
    ------
    InputError
        If an option is out of range, or every line of the corpus has a single word.

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["to", "be", "or", "not"], ["to", "be"]])
    >>> batches = WindowBatches(corpus, window=2, sample=0, dynamic=False)
    >>> [batch.contexts().tolist() for batch in batches.epoch(0)]
    [[[1, 2, -1], [0, 2, 3], [0, 1, 3], [1, 2, -1], [1, -1, -1], [0, -1, -1]]]
    """

    def __init__(
        self,
        corpus: Corpus,
        *,
        window: int = 5,
        batch_tokens: int = 1024,
        sample: float | None = 1e-4,
        dynamic: bool = True,
        seed: int = 0,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        self.corpus = corpus
        self.window = integer("window", window, least=1)
        self.batch_tokens = integer("batch_tokens", batch_tokens, least=LEAST_RUN)
        self.dynamic = dynamic
        self.seed = integer("seed", seed, least=0)
        self.shard = _checked_shard(shard)
        keep = keep_probability(corpus.vocabulary.counts, sample)
        self._keeps_all = bool((keep >= 1).all())
        # LINE_END (-1) indexes the last entry: a line end is never kept.
        self._keep = np.append(keep, -1.0).astype(np.float32)
        self._radius_dtype = np.min_scalar_type(self.window)
        if corpus.word_count == corpus.line_count:
            raise InputError(
                "every line of the text has a single word, and the context of a word is the rest "
                "of its line; put a sentence or paragraph on a line"
            )
        part, parts = self.shard
        self._begin = _shard_start(corpus, part, parts)
        self._end = _shard_start(corpus, part + 1, parts)
        self.words_per_epoch = corpus.count_words(self._begin, self._end)

    def epoch(self, number: int, start: int = 0) -> Iterator[Windows]:
        """Return the batches of one pass over the text, made as they are asked for.

        Parameters
        ----------
        number
            Which pass, from 0; each draws anew what is dropped and how far windows reach.
        start
            Leave out this many batches. The others are the same to the bit as without, so that
            an interrupted training can go on in the middle of an epoch.
        """
        number = integer("number", number, least=0)
        return self._batches(number, integer("start", start, least=0))

    def _batches(self, number: int, start: int) -> Iterator[Windows]:
        covered = index = 0
        waiting = Text.empty(self._radius_dtype)
        for chunk, final in self._chunks(number):
            text = waiting.followed_by(chunk).without_lone_words(final)
            cuts = text.cuts(self.batch_tokens, final)
            left, right = text.reaches(cuts)
            for a, b in itertools.pairwise(cuts):
                last = final and b == cuts[-1]
                reached = self.words_per_epoch if last else int(text.ordinals[b - 1]) + 1
                if index >= start:
                    yield Windows(text.tokens[a:b], left[a:b], right[a:b], reached - covered)
                index += 1
                covered = reached
            waiting = text.select(slice(cuts[-1], None))

    def _chunks(self, number: int) -> Iterator[tuple[Text, bool]]:
        """Yield the subsampled text piece by piece, and whether each piece is the last."""
        entropy = np.random.SeedSequence([self.seed, number, *self.shard])
        generator = np.random.Generator(np.random.PCG64(entropy))
        lines = 0
        for begin in range(self._begin, self._end, _CHUNK_IDS):
            end = min(begin + _CHUNK_IDS, self._end)
            ids = self.corpus.read(begin, end)
            line_of = np.cumsum(ids == LINE_END)
            line_of += lines
            kept = np.flatnonzero(self._draw_kept(ids, generator))
            line_of_kept = line_of[kept]
            yield (
                Text(
                    tokens=ids[kept].astype(np.intp),
                    radii=self._draw_radii(len(kept), generator),
                    lines=line_of_kept,
                    ordinals=kept + (begin - self._begin) - line_of_kept,
                ),
                end == self._end,
            )
            lines = int(line_of[-1])

    def _draw_kept(
        self, ids: NDArray[np.int32], generator: np.random.Generator
    ) -> NDArray[np.bool_]:
        if self._keeps_all:
            return np.not_equal(ids, LINE_END)
        return np.less(generator.random(len(ids), dtype=np.float32), self._keep[ids])

    def _draw_radii(
        self, count: int, generator: np.random.Generator
    ) -> NDArray[np.unsignedinteger]:
        if not self.dynamic:
            return np.full(count, self.window, self._radius_dtype)
        return generator.integers(
            1, self.window, size=count, dtype=self._radius_dtype, endpoint=True
        )


def _checked_shard(shard: tuple[int, int]) -> tuple[int, int]:
    try:
        part, parts = shard
    except (TypeError, ValueError):
        raise InputError(f"shard must be a pair (k, n), found {shard!r}") from None
    part, parts = integer("shard[0]", part, least=0), integer("shard[1]", parts, least=1)
    if part >= parts:
        raise InputError(f"shard (k, n) must have k from 0 to n - 1, found {shard!r}")
    return part, parts


def _shard_start(corpus: Corpus, part: int, parts: int) -> int:
    """Return where a part begins: at the first line that begins after its share of the ids.

    In a text of very long lines, where none begins nearby, it is right there.
    """
    share = corpus.size * part // parts
    if part in (0, parts) or share == 0:
        return share
    # A line begins after each line end, so the one just before the share counts.
    line_ends = np.flatnonzero(corpus.read(share - 1, share + _CHUNK_IDS) == LINE_END)
    if len(line_ends):
        return share + int(line_ends[0])
    return corpus.size if share + _CHUNK_IDS >= corpus.size else share
