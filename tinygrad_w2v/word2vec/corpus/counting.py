"""Word counts of the parts of a text, and their sums, which are computed in parallel.

The words of each part are divided into the same buckets by a checksum, so that each bucket can be
added independently of the others. The place of a word's first occurrence is counted along: it
orders equally frequent words as in a text that is read as a whole.
"""

from __future__ import annotations

import itertools
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.word2vec.corpus.encoding import count_words
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary, most_frequent
from tinygrad_w2v.word2vec.settings import CorpusSettings
from tinygrad_w2v.word2vec.text.source import TextSource

_PART_BITS = 40  # of a place: the words of a part are fewer


class Counts(NamedTuple):
    """Distinct words with their numbers of occurrences, and the places where each is first."""

    words: list[str]
    counts: NDArray[np.int64]
    places: NDArray[np.int64]

    def select(self, positions: NDArray[np.intp]) -> Counts:
        """Return the words at some positions."""
        words = [self.words[n] for n in positions.tolist()]
        return Counts(words, self.counts[positions], self.places[positions])


def count_part(source: TextSource, number: int) -> Counts:
    """Return the counts of part `number` of a text."""
    words, counts = count_words(source)
    return Counts(words, counts, np.arange(len(words)) + (number << _PART_BITS))


def in_buckets(part: Counts, buckets: int) -> list[Counts]:
    """Divide words into buckets of about equal size; a word is always in the same one."""
    checksums = map(zlib.crc32, map(str.encode, part.words))
    numbers = np.fromiter(checksums, np.uint32, count=len(part.words)) % np.uint32(buckets)
    order = np.argsort(numbers, kind="stable")
    ends = np.searchsorted(numbers[order], np.arange(1, buckets))
    return [part.select(positions) for positions in np.split(order, ends)]


def added(parts: Sequence[Counts], min_count: int) -> Counts:
    """Return the sums of counts, given in the order of the text, without infrequent words.

    If no word is frequent enough, the most frequent one is returned.
    """
    ids: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    words = itertools.chain.from_iterable(part.words for part in parts)
    rows = np.fromiter(map(ids.__getitem__, words), np.intp)
    counts = np.concatenate([part.counts for part in parts])
    total = np.bincount(rows, counts, len(ids)).astype(np.int64)  # exact up to 2**53
    first = np.empty(len(ids), np.int64)
    # Of several assignments to an element, the last one remains.
    first[rows[::-1]] = np.concatenate([part.places for part in parts])[::-1]
    kept = np.flatnonzero(total >= min(min_count, total.max(initial=0)))
    return Counts(list(ids), total, first).select(kept)


def vocabulary_of(buckets: Iterable[Counts], settings: CorpusSettings, name: str) -> Vocabulary:
    """Return the vocabulary of the words of all buckets, as of the whole text `name`."""
    words, counts, places = zip(*buckets, strict=True)
    whole = Counts([*itertools.chain(*words)], np.concatenate(counts), np.concatenate(places))
    whole = whole.select(np.argsort(whole.places))
    frequent = whole.select(most_frequent(whole.words, whole.counts, settings, name))
    return Vocabulary(frequent.words, frequent.counts)
