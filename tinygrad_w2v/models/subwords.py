"""Subwords: the character n-grams of words, hashed to buckets as in fastText."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.bags import Bags
from tinygrad_w2v.ops.ragged import ragged_bag
from tinygrad_w2v.validation import integer

LINE_END_WORD = "</s>"
"""fastText's token for the end of a line, which has no n-grams."""

_FNV_OFFSET, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
_MOST_BYTES = 1 << 16  # of the words that are hashed at a time
_MOST_WORDS = 1 << 14  # whose vectors are computed at a time


@dataclasses.dataclass(frozen=True)
class Subwords:
    """Which n-grams of a word are used, and the number of buckets that they are hashed to.

    An n-gram is a run of Unicode characters of ``<word>``; the marks ``<`` and ``>`` alone are
    none. Its bucket is the 32-bit FNV-1a hash of its UTF-8 bytes modulo `buckets`. As in fastText,
    bytes from 128 on are sign-extended before they are hashed.

    Source: Bojanowski et al. 2017, "Enriching word vectors with subword information",
    arXiv 1607.04606.

    Parameters
    ----------
    minn, maxn
        Least and greatest number of characters; with a `maxn` of 0 there are no n-grams.
    buckets
        Number of buckets; n-grams in the same bucket share a vector.

    Examples
    --------
    >>> Subwords(3, 3).ngrams("where")
    ['<wh', 'whe', 'her', 'ere', 're>']
    >>> Subwords(3, 3, buckets=100).hashed(["where", "a"])
    (array([52, 41, 20, 33, 98,  0]), array([5, 1]))
    """

    minn: int = 3
    maxn: int = 6
    buckets: int = 2_000_000

    def __post_init__(self) -> None:
        for name in ("minn", "maxn", "buckets"):
            integer(name, getattr(self, name), least=0)
        if 0 < self.maxn < self.minn:
            raise InputError(f"minn is {self.minn} and maxn {self.maxn}: minn must be at most maxn")
        if not bool(self.maxn) <= self.buckets < 1 << 31:
            raise InputError(f"buckets is {self.buckets:,}: use from 1 to {(1 << 31) - 1:,}")

    def ngrams(self, word: str) -> list[str]:
        """Return the n-grams of a word, in the order of their starts, shorter ones first."""
        if word == LINE_END_WORD:
            return []
        text = f"<{word}>"
        return [
            text[start : start + n]
            for start in range(len(text))
            for n in range(max(self.minn, 1), min(self.maxn, len(text) - start) + 1)
            if not (n == 1 and start in (0, len(text) - 1))
        ]

    def hashed(self, words: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the buckets of the n-grams of all words, one word after the other.

        Returns
        -------
        buckets : (M,) intp
            In the order of :meth:`ngrams`.
        sizes : (N,) intp
            The number of n-grams of each word.
        """
        encoded = [
            b"" if word == LINE_END_WORD else b"<%s>" % word.encode(errors="surrogateescape")
            for word in words
        ]
        lengths = np.fromiter(map(len, encoded), np.intp, len(encoded))
        parts, begin = [], 0
        for end in _part_ends(lengths) if self.maxn else ():
            parts.append(self._hash(b"".join(encoded[begin:end]), lengths[begin:end]))
            begin = end
        if not parts:
            return np.empty(0, np.intp), np.zeros(len(words), np.intp)
        hashes, sizes = map(np.concatenate, zip(*parts, strict=True))
        return (hashes % np.uint32(self.buckets)).astype(np.intp), sizes

    def _hash(self, text: bytes, lengths: NDArray[np.intp]) -> tuple[Any, Any]:
        """Return the hashes of the n-grams of words in one string, and the number of each word."""
        data = np.frombuffer(text, np.uint8)
        signed = data.view(np.int8).astype(np.int32).view(np.uint32)
        starts = np.flatnonzero((data & 0xC0) != 0x80)  # of characters
        word = np.repeat(np.arange(len(lengths)), lengths)[starts]
        character_ends = np.append(starts[1:], len(data))
        # Characters before the end of each one's word, itself included.
        left = np.searchsorted(word, word, "right") - np.arange(len(word))
        is_mark = (left == 1) | np.append(True, word[1:] != word[:-1])[: len(word)]
        first, state = np.arange(len(word)), np.full(len(word), _FNV_OFFSET)
        hashes, positions = [], []
        longest = int(left.max(initial=0))
        for n in range(1, min(self.maxn, longest) + 1):
            inside = left[first] >= n
            first, state = first[inside], state[inside]
            byte, end = starts[first + n - 1], character_ends[first + n - 1]
            while len(more := np.flatnonzero(byte < end)):
                state[more] = (state[more] ^ signed[byte[more]]) * _FNV_PRIME
                byte[more] += 1
            if n >= self.minn:
                chosen = ~is_mark[first] if n == 1 else slice(None)
                hashes.append(state[chosen].copy())
                positions.append(first[chosen])
        if not hashes:
            return np.empty(0, np.uint32), np.zeros(len(lengths), np.intp)
        starts_of = np.concatenate(positions)
        order = np.argsort(starts_of, kind="stable")
        sizes = np.bincount(word[starts_of], minlength=len(lengths))
        return np.concatenate(hashes)[order], sizes


def _part_ends(lengths: NDArray[np.intp]) -> list[int]:
    """Return the ends of parts of the words of about equal numbers of bytes."""
    if not len(lengths):
        return []
    part = (np.cumsum(lengths) - 1) // _MOST_BYTES
    return [*(np.flatnonzero(np.diff(part)) + 1).tolist(), len(lengths)]


class SubwordMembers(Bags):
    """The rows of a table that make up each word: one of its own, and those of its n-grams.

    Parameters
    ----------
    words
        The words, V in number. Word i has row i; bucket b has row V + b.
    subwords
        The n-grams.
    """

    def __init__(self, words: Sequence[str], subwords: Subwords) -> None:
        hashed, sizes = subwords.hashed(words)
        is_word = np.zeros(len(hashed) + len(words), bool)
        is_word[np.cumsum(sizes + 1) - (sizes + 1)] = True
        rows = np.empty(len(is_word), np.intp)
        rows[is_word], rows[~is_word] = np.arange(len(words)), hashed + len(words)
        super().__init__(rows, sizes + 1)

    def vectors(self, table: NDArray[Any]) -> NDArray[Any]:
        """Return the vector of each word, the mean of its rows of the table, (V, D)."""
        result = np.empty((len(self), table.shape[1]), table.dtype)
        for begin in range(0, len(result), _MOST_WORDS):
            tokens = np.arange(begin, min(begin + _MOST_WORDS, len(result)))
            result[tokens] = ragged_bag(table, *self.select(tokens))
        return result
