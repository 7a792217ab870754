"""Segment: consecutive words of a subsampled text, which are divided into batches."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """T consecutive words of a subsampled text.

    Attributes
    ----------
    tokens : ndarray of intp, shape (T,)
        The word ids.
    radii : ndarray of unsigned integers, shape (T,)
        Size of each word's window to each side.
    lines : ndarray of intp, shape (T,)
        Number of the line of each word.
    ordinals : ndarray of intp, shape (T,)
        Number of words of the text, dropped ones included, that precede each word.
    """

    tokens: Ids
    radii: NDArray[np.unsignedinteger]
    lines: Ids
    ordinals: Ids

    @classmethod
    def empty(cls, radius_dtype: np.dtype[np.unsignedinteger]) -> Segment:
        """Return a segment without words."""
        none = np.empty(0, np.intp)
        return cls(none, np.empty(0, radius_dtype), none, none)

    def concatenate(self, other: Segment) -> Segment:
        """Return the words of this segment followed by those of another."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Segment))
        return Segment(*map(np.concatenate, pairs))

    def select(self, index: slice | NDArray[np.bool_]) -> Segment:
        """Return the words that a slice or a mask selects."""
        return Segment(*(getattr(self, field.name)[index] for field in fields(Segment)))

    def drop_single_word_lines(self, final: bool) -> Segment:
        """Drop each word that is alone in its line and therefore has no context.

        Unless the segment is `final`, its last word stays, since its line may continue.
        """
        if not len(self.tokens):
            return self
        begins = np.empty(len(self.lines) + 1, np.bool_)
        begins[0], begins[-1] = True, final
        np.not_equal(self.lines[1:], self.lines[:-1], out=begins[1:-1])
        alone = begins[:-1] & begins[1:]
        return self.select(~alone) if alone.any() else self

    def batch_bounds(self, size: int, final: bool) -> list[int]:
        """Return 0 and the end of each batch of `size` words, at least 3.

        A batch is one or two words shorter where its end would separate a single word from its
        line, so that every word has a context. Unless the segment is `final`, the last complete
        batch and the two words that determine its end are left for later.
        """
        end, bounds = 0, [0]
        length = len(self.lines)
        while length - end >= size + 2 or (final and length - end > size):
            end = next(
                cut for cut in range(end + size, end, -1) if self._can_be_cut(cut, begin=end)
            )
            bounds.append(end)
        if final and end < length:
            bounds.append(length)
        return bounds

    def _can_be_cut(self, cut: int, begin: int) -> bool:
        lines = self.lines
        line = lines[cut]
        if lines[cut - 1] != line:
            return True
        two_before = cut - 2 >= begin and lines[cut - 2] == line
        two_after = cut + 1 < len(lines) and lines[cut + 1] == line
        return bool(two_before and two_after)

    def context_sizes(self, bounds: list[int]) -> tuple[Ids, Ids]:
        """Return the number of words to the left and right of each word that are its context.

        This is the radius, limited by the ends of the line and of the batch. Words after the last
        batch are not included.
        """
        length = bounds[-1]
        begins = np.empty(length, np.bool_)
        np.not_equal(self.lines[1:length], self.lines[: max(length - 1, 0)], out=begins[1:])
        begins[bounds[:-1]] = True
        starts = np.flatnonzero(begins)
        lengths = np.diff(starts, append=length)
        before = np.arange(length) - np.repeat(starts, lengths)
        after = np.repeat(lengths - 1, lengths) - before
        radii = self.radii[:length]
        return np.minimum(before, radii), np.minimum(after, radii)
