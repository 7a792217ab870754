"""Figures of benchmarks: SVG by matplotlib, each line labelled at its end."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from tinygrad_w2v.errors import MissingExtraError

# Okabe and Ito's palette, which people with colour blindness can distinguish.
COLOURS = {
    "blue": "#0072B2",
    "sky": "#56B4E9",
    "green": "#009E73",
    "vermilion": "#D55E00",
    "orange": "#E69F00",
    "purple": "#CC79A7",
    "grey": "#777777",
    "black": "#000000",
}
_STYLE = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "font.size": 10,
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",  # keep text as text
    "svg.hashsalt": "tinygrad_w2v",  # equal figures produce equal files
}
# The connection between the end of a line and its label.
_LEADER = {"arrowstyle": "-", "lw": 0.6, "alpha": 0.5, "relpos": (0, 0.5)}
_LINE_HEIGHT = 0.055  # of a label, as a fraction of the height of the axes
Line = tuple[Sequence[float], Sequence[float], Mapping[str, Any]]


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``, configured for the figures of ``docs``.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        matplotlib = importlib.import_module("matplotlib")
    except ImportError:
        raise MissingExtraError("matplotlib", "plot", "drawing the figures") from None
    matplotlib.use("agg")
    matplotlib.rcParams.update(_STYLE)
    return importlib.import_module("matplotlib.pyplot")


def draw(axes: Any, lines: Mapping[str, Line], *, above: Collection[str] = ()) -> None:
    """Plot lines, each labelled in its colour to the right of its end.

    Parameters
    ----------
    axes
        matplotlib axes with their scales set.
    lines
        For each name x, y and the style.
    above
        Names that are placed above the end of their line instead.
    """
    for x, y, style in lines.values():
        axes.plot(x, y, **style)
    axes.figure.canvas.draw()  # determines the limits
    to_axes = axes.transData + axes.transAxes.inverted()
    for name in set(above) & set(lines):
        x, y, style = lines[name]
        place = {"textcoords": "offset points", "xytext": (0, 7), "ha": "center"}
        axes.annotate(name, (x[-1], y[-1]), color=style["color"], **place)
    others = {name: line for name, line in lines.items() if name not in above}
    ends = {name: to_axes.transform((x[-1], y[-1])) for name, (x, y, _) in others.items()}
    heights = spread({name: float(end[1]) for name, end in ends.items()}, _LINE_HEIGHT)
    for name, end in ends.items():
        colour = lines[name][2]["color"]
        axes.annotate(
            name,
            xy=(end[0], end[1]),
            xytext=(1.03, heights[name]),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=colour,
            va="center",
            annotation_clip=False,
            arrowprops={**_LEADER, "color": colour},
        )


def spread(heights: Mapping[str, float], least: float) -> dict[str, float]:
    """Move heights apart until neighbours differ by `least`, keeping their order.

    Examples
    --------
    >>> spread({"a": 0.5, "b": 0.5, "c": 1.0}, 0.25)
    {'a': 0.375, 'b': 0.625, 'c': 1.0}
    """
    groups: list[
        tuple[list[str], float]
    ] = []  # names in ascending order, and the centre of the group
    for name in sorted(heights, key=heights.__getitem__):
        names, middle = [name], heights[name]
        while groups and middle - groups[-1][1] < least * (len(names) + len(groups[-1][0])) / 2:
            others, theirs = groups.pop()
            middle = (middle * len(names) + theirs * len(others)) / (len(names) + len(others))
            names = others + names
        groups.append((names, middle))
    return {
        name: middle + least * (place - (len(names) - 1) / 2)
        for names, middle in groups
        for place, name in enumerate(names)
    }


def save(figure: Any, path: Path) -> None:
    """Write a figure as SVG without a date."""
    figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None})
    print(f"drawn: {path}")
