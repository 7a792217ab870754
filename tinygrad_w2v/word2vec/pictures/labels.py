"""Placement of labels beside points, so that none overlaps another label or a point."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

# Offsets of a label's corner from its point, in label sizes and gaps: right, left, above, below,
# and the diagonals; tried in this order at growing distances.
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES = (1, 2.5, 4, 6.5)  # gaps
_MOST = 400  # labels


def place_labels(
    axes: Any,
    places: npt.NDArray[np.float64],
    words: Sequence[str],
    *,
    size: float,
    color: str,
    gap: float = 4.0,
) -> list[int]:
    """Write words beside their points on Matplotlib axes; return the rows that fit.

    A label takes the first free place beside its point, `gap` points away or farther. Places
    farther away get a thin line to the point. Labels without a free place are omitted.
    """
    effects: Any = importlib.import_module("matplotlib.patheffects")  # optional: the extra `plot`
    figure = axes.figure
    figure.draw_without_rendering()  # so that the layout and the limits are final
    figure.set_layout_engine("none")
    renderer = figure._get_renderer()
    pixel = figure.dpi / 72  # of a point
    centers = axes.transData.transform(places)
    frame = axes.get_window_extent(renderer)
    taken = np.empty((0, 4))
    shown = []
    for row, word in enumerate(words[:_MOST]):
        text = axes.annotate(
            word.replace("$", r"\$"),
            places[row],
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=size,
            color=color,
            annotation_clip=False,
        )
        text.set_path_effects([effects.withStroke(linewidth=2.5, foreground="white")])
        box = text.get_window_extent(renderer)
        extent = np.array([box.width, box.height])
        corner = _free_corner(centers, row, extent, taken, frame, gap * pixel)
        if corner is None:
            text.remove()
            continue
        shown.append(row)
        taken = np.vstack([taken, [*corner, *(corner + extent)]])
        text.set_position((corner - centers[row]) / pixel)
        text.set_verticalalignment("bottom")
        away = np.maximum(0, np.maximum(corner - centers[row], centers[row] - corner - extent))
        if np.hypot(*away) > _DISTANCES[1] * gap * pixel:
            end = axes.transData.inverted().transform(
                np.clip(centers[row], corner, corner + extent)
            )
            axes.plot(*zip(places[row], end, strict=True), color=color, lw=0.5, alpha=0.4, zorder=1)
    return shown


def _free_corner(
    centers: npt.NDArray[np.float64],
    row: int,
    extent: npt.NDArray[np.float64],
    taken: npt.NDArray[np.float64],
    frame: Any,
    gap: float,
) -> npt.NDArray[np.float64] | None:
    """Return the lower left corner of the first free place of a label, in pixels, or None."""
    others = np.delete(centers, row, axis=0)
    for distance in _DISTANCES:
        for side in _SIDES:
            # A label to the side is centered vertically, one above or below horizontally.
            away = np.array(side) * distance * gap
            corner = centers[row] + away - extent * (1 - np.array(side)) / 2
            low, high = corner - gap / 4, corner + extent + gap / 4
            inside = (
                low[0] >= frame.x0
                and low[1] >= frame.y0
                and high[0] <= frame.x1
                and high[1] <= frame.y1
            )
            if not inside:
                continue
            hits_label = (
                (taken[:, 0] < high[0])
                & (taken[:, 2] > low[0])
                & (taken[:, 1] < high[1])
                & (taken[:, 3] > low[1])
            )
            hits_point = ((others > low - gap / 2) & (others < high + gap / 2)).all(axis=1)
            if not hits_label.any() and not hits_point.any():
                free: npt.NDArray[np.float64] = corner
                return free
    return None
