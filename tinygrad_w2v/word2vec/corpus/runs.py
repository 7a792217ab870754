"""Subsampled text on its way to becoming batches: what is too lonely, where it can be cut."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.intp]

LEAST_RUN = 3
"""The shortest run to cut into: with two words a run, a line of three would leave one alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """Consecutive words of a subsampled text, T of them.

    Attributes
    ----------
    tokens : ndarray of intp, shape (T,)
        The words' ids.
    radii : ndarray of unsigned integers, shape (T,)
        How far each word's window reaches.
    lines : ndarray of intp, shape (T,)
        The number of the line each word is in.
    ordinals : ndarray of intp, shape (T,)
        How many words of the text, dropped ones included, come before each one.
    """

    tokens: Ids
    radii: NDArray[np.unsignedinteger]
    lines: Ids
    ordinals: Ids

    @classmethod
    def empty(cls, radius_dtype: np.dtype[np.unsignedinteger]) -> Text:
        """Return a text of no words."""
        none = np.empty(0, np.intp)
        return cls(none, np.empty(0, radius_dtype), none, none)

    def followed_by(self, other: Text) -> Text:
        """Return both texts as one."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(Text))
        return Text(*map(np.concatenate, pairs))

    def select(self, index: slice | NDArray[np.bool_]) -> Text:
        """Return the words that a slice or a mask selects."""
        return Text(*(getattr(self, field.name)[index] for field in fields(Text)))

    def without_lone_words(self, final: bool) -> Text:
        """Drop each word that is alone in its line and so has no context.

        Unless the text is `final`, the last word stays: its line may go on.
        """
        if not len(self.tokens):
            return self
        begins = np.empty(len(self.lines) + 1, np.bool_)
        begins[0], begins[-1] = True, final
        np.not_equal(self.lines[1:], self.lines[:-1], out=begins[1:-1])
        alone = begins[:-1] & begins[1:]
        return self.select(~alone) if alone.any() else self

    def cuts(self, size: int, final: bool) -> list[int]:
        """Return where to cut into runs of `size` words: the ends of the runs, after a 0.

        A run is one or two words shorter where the cut would part a single word from its line,
        so that no word is ever without context. If the text is not `final`, the last whole run
        and the two words needed to judge its end are left for later.
        """
        end, ends = 0, [0]
        length = len(self.lines)
        while length - end >= size + 2 or (final and length - end > size):
            end = next(
                cut for cut in range(end + size, end, -1) if self._can_be_cut(cut, begin=end)
            )
            ends.append(end)
        if final and end < length:
            ends.append(length)
        return ends

    def _can_be_cut(self, cut: int, begin: int) -> bool:
        lines = self.lines
        line = lines[cut]
        if lines[cut - 1] != line:
            return True
        two_before = cut - 2 >= begin and lines[cut - 2] == line
        two_after = cut + 1 < len(lines) and lines[cut + 1] == line
        return bool(two_before and two_after)

    def reaches(self, cuts: list[int]) -> tuple[Ids, Ids]:
        """Return how many words to the left and right of each are its context, up to the last cut.

        That is the word's radius, less what lies beyond its line or its run.
        """
        length = cuts[-1]
        begins = np.empty(length, np.bool_)
        np.not_equal(self.lines[1:length], self.lines[: max(length - 1, 0)], out=begins[1:])
        begins[cuts[:-1]] = True
        starts = np.flatnonzero(begins)
        lengths = np.diff(starts, append=length)
        before = np.arange(length) - np.repeat(starts, lengths)
        after = np.repeat(lengths - 1, lengths) - before
        radii = self.radii[:length]
        return np.minimum(before, radii), np.minimum(after, radii)
