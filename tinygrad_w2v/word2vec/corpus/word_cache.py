"""Words to ids in NumPy, for ASCII text: a table that remembers the first words it meets.

A Python string and a look-up in a dictionary for every word of a text take some 200 nanoseconds.
Here a word of up to sixteen characters is two integers, all words of a block are looked up
together, and only those that the table does not hold become strings.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_WORD, _SPACE, _LINE_END = 0, 1, 2
# As str.split has it; a NUL counts as a space. So no word has a zero byte, and none is all zeros.
_KINDS = bytes(
    _LINE_END if byte == 10 else _SPACE if byte == 0 or chr(byte).isspace() else _WORD
    for byte in range(256)
)
_LONGEST = 16
_BITS = 17  # of the number of places: 2.6 MB, which covers all but a few percent of most texts
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


def _masks(offset: int) -> NDArray[np.uint64]:
    """Return what to keep of the eight bytes from `offset` on, by the length of the word."""
    kept = [min(max(length - offset, 0), 8) for length in range(_LONGEST + 2)]
    return np.array([(1 << 8 * count) - 1 for count in kept], np.uint64)


_LOW_MASKS, _HIGH_MASKS = _masks(0), _masks(8)


class WordCache:
    r"""A table of words by a hash of their characters; a place keeps the first word it gets.

    Parameters
    ----------
    lookup
        Gives the id of any word. It is asked for those that are not remembered, in the order of
        the text.
    bits
        Of the number of places.

    Examples
    --------
    >>> ids = {"a": 1, "cat": 2}
    >>> WordCache(ids.__getitem__).ids("a cat\na  a\n", line_end=0)
    array([1, 2, 0, 1, 1, 0], dtype=int32)
    """

    def __init__(self, lookup: Callable[[str], int], bits: int = _BITS) -> None:
        self._lookup = lookup
        self._shift = np.uint64(64 - bits)
        self._low, self._high = np.zeros((2, 1 << bits), np.uint64)
        self._ids = np.zeros(1 << bits, np.int32)

    def ids(self, text: str, line_end: int) -> NDArray[np.int32]:
        """Return the ids of the words of an ASCII text, and `line_end` for each line feed."""
        content = text.encode("ascii")
        kinds = np.frombuffer(content.translate(_KINDS), np.uint8)
        inside = np.zeros(len(kinds) + 2, np.bool_)
        np.equal(kinds, _WORD, out=inside[1:-1])
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        begins, ends = edges[::2], edges[1::2]
        found = self._found(text, content, begins, ends)
        line_ends = np.flatnonzero(kinds == _LINE_END)
        return np.insert(found, np.searchsorted(begins, line_ends), line_end)

    def _found(
        self, text: str, content: bytes, begins: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> NDArray[np.int32]:
        lengths = np.minimum(ends - begins, _LONGEST + 1)
        # Eight bytes from every place on, as one integer.
        eights = np.ndarray((len(content) + 9,), "<u8", content + bytes(_LONGEST), strides=(1,))
        low = eights[begins] & _LOW_MASKS[lengths]
        high = eights[begins + 8] & _HIGH_MASKS[lengths]
        mixed = (low ^ (high * _FACTORS[1])) * _FACTORS[0]
        places = (mixed >> self._shift).astype(np.intp)
        found: NDArray[np.int32] = self._ids[places]
        known = (self._low[places] == low) & (self._high[places] == high) & (lengths <= _LONGEST)
        missing = np.flatnonzero(~known)
        if len(missing):
            spans = zip(begins[missing].tolist(), ends[missing].tolist(), strict=True)
            words = [text[begin:end] for begin, end in spans]
            found[missing] = np.fromiter(map(self._lookup, words), np.int32, count=len(words))
            free = missing[(lengths[missing] <= _LONGEST) & (self._low[places[missing]] == 0)]
            here, first = np.unique(places[free], return_index=True)
            chosen = free[first]
            self._low[here], self._high[here] = low[chosen], high[chosen]
            self._ids[here] = found[chosen]
        return found
