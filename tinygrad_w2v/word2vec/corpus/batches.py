"""The batches of a corpus: epochs, subsampling, dynamic windows and shards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.corpus.corpus import Corpus
from tinygrad_w2v.word2vec.corpus.stored_ids import LINE_END
from tinygrad_w2v.word2vec.settings import Settings, check_setting

# Small enough for the arrays of a chunk to stay in the cache and to need little memory in each
# worker. The random draws depend on it.
_CHUNK_IDS = 1 << 15

Ids = NDArray[np.intp]


class WindowBatches:
    """The batches of a corpus, epoch by epoch; all randomness derives from the seed.

    A batch is a run of `batch_tokens` consecutive words of the subsampled text, one or two fewer
    where its end would leave a word without any context. Contexts end at the ends of the batch:
    with 1024 words and a window of 5, about one pair in 300 is lost. Lines with a single word
    after subsampling are dropped.

    Parameters
    ----------
    corpus
        The text.
    window
        Largest number of context words to each side.
    batch_tokens
        Number of words in a batch; at least 3.
    sample
        Threshold of :func:`keep_probability`; 0 or None keeps every word.
    dynamic
        Draw each word's window uniformly from 1 to `window`, as word2vec.c does, so that near
        words have more weight; otherwise it is always `window`.
    seed
        At least 0.
    shard
        ``(k, n)``: only the k-th of n contiguous parts of the text, k from 0, to divide it among
        workers. Parts begin at the beginning of a line, unless the line is very long.

    part
        ``(begin, end)``: only the ids from `begin` up to `end`, as :func:`line_start` returns them;
        shards are parts of it.

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

    needs_context = True
    """Whether a word that is alone in its line is dropped."""

    def __init__(
        self,
        corpus: Corpus,
        *,
        window: int = Settings.window,
        batch_tokens: int = Settings.batch_tokens,
        sample: float | None = Settings.sample,
        dynamic: bool = True,
        seed: int = 0,
        shard: tuple[int, int] = (0, 1),
        part: tuple[int, int] | None = None,
    ) -> None:
        for name, value in (("window", window), ("batch_tokens", batch_tokens), ("seed", seed)):
            check_setting(name, value)
        self.corpus = corpus
        self.window = window
        self.batch_tokens = batch_tokens
        self.dynamic = dynamic
        self.seed = seed
        self.shard = _checked_shard(shard)
        keep = keep_probability(corpus.vocabulary.counts, sample)
        self._keeps_all = bool((keep >= 1).all())
        # LINE_END (-1) indexes the last entry: a line end is never kept.
        self._keep = np.append(keep, -1.0).astype(np.float32)
        self._radius_dtype = np.min_scalar_type(self.window)
        if self.needs_context and corpus.word_count == corpus.line_count:
            raise InputError(
                "every line of the text has a single word, and the context of a word is the rest "
                "of its line; put a sentence or paragraph on a line"
            )
        begin, end = (0, corpus.size) if part is None else part
        self._begin, self._end = (
            begin
            if k == 0
            else min(line_start(corpus, begin + (end - begin) * k // self.shard[1]), end)
            for k in (self.shard[0], self.shard[0] + 1)
        )
        self.words_per_epoch = corpus.count_words(self._begin, self._end)

    def epoch(self, number: int, start: int = 0) -> Iterator[Windows]:
        """Return an iterator of the batches of one pass over the text.

        Parameters
        ----------
        number
            Of the epoch, from 0; each epoch draws other dropped words and windows.
        start
            Number of batches to skip; the others are bit-identical to those of the whole epoch.
        """
        number = integer("number", number, least=0)
        return self._batches(number, integer("start", start, least=0))

    def batch(self, windows: Windows, lines: Ids) -> Windows:
        """Return the batch of a run of words; `lines` number their lines in this part, from 0."""
        return windows

    def _batches(self, number: int, start: int) -> Iterator[Windows]:
        covered = index = 0
        remaining = np.empty((4, 0), np.intp)
        for chunk, final in self._chunks(number):
            segment = np.concatenate((remaining, chunk), axis=1)
            if self.needs_context:
                segment = _drop_single_word_lines(segment, final)
            tokens, radii, lines, ordinals = segment
            bounds = _batch_bounds(lines, self.batch_tokens, final)
            left, right = _context_sizes(lines, radii, bounds)
            for a, b in itertools.pairwise(bounds):
                last = final and b == bounds[-1]
                reached = self.words_per_epoch if last else int(ordinals[b - 1]) + 1
                if index >= start:
                    windows = Windows(tokens[a:b], left[a:b], right[a:b], reached - covered)
                    yield self.batch(windows, lines[a:b])
                index += 1
                covered = reached
            remaining = segment[:, bounds[-1] :]

    def _chunks(self, number: int) -> Iterator[tuple[Ids, bool]]:
        """Yield the subsampled text in segments, each with whether it is the last."""
        entropy = np.random.SeedSequence([self.seed, number, *self.shard])
        generator = np.random.Generator(np.random.PCG64(entropy))
        lines = 0
        for begin in range(self._begin, self._end, _CHUNK_IDS):
            end = min(begin + _CHUNK_IDS, self._end)
            ids = self.corpus.read(begin, end)
            line_of = np.cumsum(ids == LINE_END)
            line_of += lines
            if self._keeps_all:
                kept = np.flatnonzero(ids != LINE_END)
            else:
                drawn = generator.random(len(ids), dtype=np.float32)
                kept = np.flatnonzero(drawn < self._keep[ids])
            segment = np.empty((4, len(kept)), np.intp)
            segment[0] = ids[kept]
            segment[1] = self.window
            if self.dynamic:
                segment[1] = generator.integers(
                    1, self.window, size=len(kept), dtype=self._radius_dtype, endpoint=True
                )
            segment[2] = line_of[kept]
            segment[3] = kept + (begin - self._begin) - segment[2]
            yield segment, end == self._end
            lines = int(line_of[-1])


def keep_probability(counts: ArrayLike, sample: float | None) -> NDArray[np.float64]:
    """Return the probability of keeping one occurrence of each word in subsampling, (V,).

    This is the formula of word2vec.c, ``min(1, (sqrt(f / t) + 1) * t / f)``, where ``f`` is the
    word's relative frequency and ``t`` is `sample`. The formula printed in the paper (Mikolov et
    al., 2013, arXiv 1310.4546, section 2.3) drops slightly more.

    Parameters
    ----------
    counts
        Number of occurrences of each word, shape (V,).
    sample
        The threshold ``t``, from 0 to 1; usual values are 1e-3 to 1e-5. Words with a relative
        frequency above about ``2.6 * t`` are subsampled. 0 or None keeps every word.

    Examples
    --------
    >>> keep_probability([900, 90, 10], sample=0.09)
    array([0.41622777, 1.        , 1.        ])
    """
    occurrences = np.asarray(counts, dtype=np.float64)
    if occurrences.size and occurrences.min() < 0:
        raise InputError(f"counts must not be negative, found {occurrences.min():g}")
    threshold = 0.0 if sample is None else sample
    check_setting("sample", threshold)
    probabilities = np.ones_like(occurrences)
    seen = occurrences > 0
    if threshold:
        ratio = threshold * occurrences.sum() / occurrences[seen]
        probabilities[seen] = np.minimum(1.0, np.sqrt(ratio) + ratio)
    return probabilities


def _checked_shard(shard: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(shard, tuple | list) or len(shard) != 2:
        raise InputError(f"shard must be a pair (k, n), found {shard!r}")
    part, parts = integer("shard[0]", shard[0], least=0), integer("shard[1]", shard[1], least=1)
    if part >= parts:
        raise InputError(f"shard (k, n) must have k from 0 to n - 1, found {shard!r}")
    return part, parts


def line_start(corpus: Corpus, position: int) -> int:
    """Return the beginning of the first line that begins at a position of the ids or later.

    In a text of very long lines, where none begins nearby, it is the position itself.
    """
    if position in (0, corpus.size):
        return position
    # A line begins after each line end, so the id just before the position is included.
    line_ends = np.flatnonzero(corpus.read(position - 1, position + _CHUNK_IDS) == LINE_END)
    if len(line_ends):
        return position + int(line_ends[0])
    return corpus.size if position + _CHUNK_IDS >= corpus.size else position


# --- segments -------------------------------------------------------------------------------------

# A segment is consecutive words of a subsampled text, (4, T): of each word its id, the size of its
# window to each side, the number of its line, and the number of words of the text, dropped ones
# included, that precede it.


def _drop_single_word_lines(segment: Ids, final: bool) -> Ids:
    """Drop each word that is alone in its line and therefore has no context.

    Unless the segment is `final`, its last word stays, since its line may continue.
    """
    lines = segment[2]
    begins = np.empty(len(lines) + 1, np.bool_)
    begins[-1] = final
    begins[:1] = True
    np.not_equal(lines[1:], lines[:-1], out=begins[1:-1])
    alone = begins[:-1] & begins[1:]
    return segment.compress(~alone, axis=1) if alone.any() else segment


def _batch_bounds(lines: Ids, size: int, final: bool) -> list[int]:
    """Return 0 and the end of each batch of `size` words, at least 3; `lines` are their lines.

    A batch is one or two words shorter where its end would separate a single word from its line,
    so that every word has a context. Unless the segment is `final`, the last complete batch and
    the two words that determine its end are left for later.
    """
    length, end, bounds = len(lines), 0, [0]

    def can_be_cut(cut: int) -> bool:
        line = lines[cut]
        if lines[cut - 1] != line:
            return True
        two_before = cut - 2 >= end and lines[cut - 2] == line
        return bool(two_before and cut + 1 < length and lines[cut + 1] == line)

    while length - end >= size + 2 or (final and length - end > size):
        end = next(cut for cut in range(end + size, end, -1) if can_be_cut(cut))
        bounds.append(end)
    if final and end < length:
        bounds.append(length)
    return bounds


def _context_sizes(lines: Ids, radii: Ids, bounds: list[int]) -> tuple[Ids, Ids]:
    """Return the number of words to the left and right of each word that are its context.

    This is the radius, limited by the ends of the line and of the batch. Words after the last batch
    are not included.
    """
    length = bounds[-1]
    begins = np.empty(length, np.bool_)
    np.not_equal(lines[1:length], lines[: max(length - 1, 0)], out=begins[1:])
    begins[bounds[:-1]] = True
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=length)
    before = np.arange(length) - np.repeat(starts, lengths)
    after = np.repeat(lengths - 1, lengths) - before
    return np.minimum(before, radii[:length]), np.minimum(after, radii[:length])
