"""Words in an order, the base of Vocabulary and KeyedVectors; the error for an unknown word."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Collection, Iterable
from itertools import islice

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError, nearest_names

LARGEST_TOTAL = 1 << 63
"""The sum of the counts of a vocabulary is smaller, and an int64."""

LONGEST_WORD = 1 << 20
"""Bytes of a word in a file of vectors, in UTF-8."""

MOST_CHARACTERS = LONGEST_WORD // 4
"""Characters of a word that can be saved, of up to 4 bytes; bytes of a word in a text."""

_MOST_CANDIDATES = 5000  # difflib takes about 10 µs for each


class Words:
    """Distinct words in an order; base of :class:`Vocabulary` and :class:`KeyedVectors`.

    Parameters
    ----------
    words
        The words; InputError if one is repeated.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words: tuple[str, ...] = tuple(words)
        # Sorted hashes take 1/8 of the memory of a set, which is built only if two are equal.
        hashes = np.sort(np.fromiter(map(hash, self.words), np.int64, len(self.words)))
        if (hashes[1:] == hashes[:-1]).any() and len(self._index) < len(self.words):
            twice = next(word for n, word in enumerate(self.words) if self._index[word] != n)
            raise InputError(f"the word {twice!r} occurs twice; list each word once")

    @functools.cached_property
    def _index(self) -> dict[str, int]:
        """Positions by word, on first use: a training does not need them; they take much memory."""
        return {word: position for position, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def index(self, word: str) -> int:
        """Return the position of a word.

        Raises
        ------
        UnknownWordError
            If there is no such word; it is an InputError and a KeyError.
        """
        if not isinstance(word, str):
            raise InputError(
                f"a word must be a string, got {word!r} of type {type(word).__name__}; index an "
                "attribute, such as .words, by a number"
            )
        try:
            return self._index[word]
        except KeyError:
            raise UnknownWordError(word, self.words) from None


class UnknownWordError(InputError, KeyError):
    """A word that is not in a vocabulary.

    The message, with its search for similar words, is computed when it is read, so that catching
    the error for many words is cheap.

    Parameters
    ----------
    word
        The unknown word.
    known
        The known words, the most likely ones first (a vocabulary by descending count).

    Examples
    --------
    >>> print(UnknownWordError("qeen", ["king", "queen"]))
    'qeen' is not in the vocabulary; did you mean queen?
    """

    def __init__(self, word: object, known: Iterable[str]) -> None:
        super().__init__(word)
        self.word = word
        self._known = known if isinstance(known, Collection) else tuple(known)

    def __str__(self) -> str:  # KeyError's own quotes the message
        word, candidates = str(self.word), self._candidates()
        if candidates == [word.lower()]:
            remedy = f"did you mean its lower-case form {word.lower()!r}?"
        else:
            remedy = nearest_names(word, candidates) or (
                "check its spelling, or train on a text in which it is frequent enough"
            )
        return f"{self.word!r} is not in the vocabulary; {remedy}"

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[object, list[str]]]:
        # Pickle the few words that the message needs, not the whole vocabulary.
        few = self._candidates()
        if len(few) > 1:
            few = difflib.get_close_matches(str(self.word), few)
        return type(self), (self.word, few)

    def _candidates(self) -> list[str]:
        """Return the words that may be meant; only the lower-case form if it is known."""
        if not isinstance(self.word, str):
            return []
        lower, first, size = self.word.lower(), self.word[:1], len(self.word)
        if lower in self._known:
            return [lower]
        near = (word for word in self._known if word[:1] == first and abs(len(word) - size) <= 2)
        return list(islice(near, _MOST_CANDIDATES))


def checked_counts(counts: npt.ArrayLike, size: int) -> npt.NDArray[np.int64]:
    """Return a read-only copy of the counts of `size` words, or raise InputError."""
    found = np.array(counts)
    if found.shape != (size,) or found.dtype.kind not in "iuf" or (found % 1).any():
        raise InputError(
            f"counts of shape {found.shape} and {found.dtype} do not match {size:,} words; "
            "give one integer for each word"
        )
    if size and found.min() < 0:
        raise InputError(f"counts must not be negative, found {found.min()}")
    if found.sum(dtype=np.float64) >= LARGEST_TOTAL:
        raise InputError(f"the sum of the counts is {found.sum(dtype=np.float64):g}, too large")
    found = found.astype(np.int64)
    found.flags.writeable = False
    return found
