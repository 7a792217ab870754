"""Division of subsampled text into batches.

A segment is consecutive words of a subsampled text, an intp array of shape (4, T): of each word its
id, the size of its window to each side, the number of its line, and the number of words of the
text, dropped ones included, that precede it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.intp]


def drop_single_word_lines(segment: Ids, final: bool) -> Ids:
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


def batch_bounds(lines: Ids, size: int, final: bool) -> list[int]:
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


def context_sizes(lines: Ids, radii: Ids, bounds: list[int]) -> tuple[Ids, Ids]:
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
