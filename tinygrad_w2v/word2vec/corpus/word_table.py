"""WordTable: a NumPy hash table from the words of ASCII text to ids.

Creating a Python string and looking it up in a dictionary takes about 200 nanoseconds per word.
Here a word of up to 16 characters is two integers, all words of a block are looked up together,
and only words that the table does not hold become strings.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_WORD, _SPACE, _LINE_END = 0, 1, 2
# As in str.split; a NUL counts as a space. So no word has a zero byte, and none is all zeros.
_KINDS = bytes(
    _LINE_END if byte == 10 else _SPACE if byte == 0 or chr(byte).isspace() else _WORD
    for byte in range(256)
)
_LONGEST = 16
_BITS = 17  # 2**17 slots of 20 bytes hold all but a few percent of the words of most texts
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


def _masks(offset: int) -> NDArray[np.uint64]:
    """Return masks of the eight bytes from `offset` on, by the length of the word."""
    sizes = [min(max(length - offset, 0), 8) for length in range(_LONGEST + 2)]
    return np.array([(1 << 8 * size) - 1 for size in sizes], np.uint64)


_LOW_MASKS, _HIGH_MASKS = _masks(0), _masks(8)


class WordTable:
    r"""A hash table from words to ids, without collision handling: a slot keeps its first word.

    Parameters
    ----------
    lookup
        Returns the id of any word. It is called for words that the table does not hold, in the
        order of the text.
    bits
        The table has 2 ** `bits` slots.

    Examples
    --------
    >>> ids = {"a": 1, "cat": 2}
    >>> WordTable(ids.__getitem__).ids("a cat\na  a\n", line_end=0)
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
        ids = self._word_ids(text, content, begins, ends)
        line_ends = np.flatnonzero(kinds == _LINE_END)
        return np.insert(ids, np.searchsorted(begins, line_ends), line_end)

    def _word_ids(
        self, text: str, content: bytes, begins: NDArray[np.intp], ends: NDArray[np.intp]
    ) -> NDArray[np.int32]:
        lengths = np.minimum(ends - begins, _LONGEST + 1)
        # The eight bytes from every position on, as one integer.
        eights = np.ndarray((len(content) + 9,), "<u8", content + bytes(_LONGEST), strides=(1,))
        low = eights[begins] & _LOW_MASKS[lengths]
        high = eights[begins + 8] & _HIGH_MASKS[lengths]
        mixed = (low ^ (high * _FACTORS[1])) * _FACTORS[0]
        slots = (mixed >> self._shift).astype(np.intp)
        ids: NDArray[np.int32] = self._ids[slots]
        known = (self._low[slots] == low) & (self._high[slots] == high) & (lengths <= _LONGEST)
        missing = np.flatnonzero(~known)
        if len(missing):
            spans = zip(begins[missing].tolist(), ends[missing].tolist(), strict=True)
            words = [text[begin:end] for begin, end in spans]
            ids[missing] = np.fromiter(map(self._lookup, words), np.int32, count=len(words))
            free = missing[(lengths[missing] <= _LONGEST) & (self._low[slots[missing]] == 0)]
            new_slots, first = np.unique(slots[free], return_index=True)
            chosen = free[first]
            self._low[new_slots], self._high[new_slots] = low[chosen], high[chosen]
            self._ids[new_slots] = ids[chosen]
        return ids
