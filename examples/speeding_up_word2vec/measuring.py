"""What the stations share: time and memory of a function, tables, and the style of the pictures."""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.runtime.blas import single_threaded_blas

PICTURES = Path(__file__).parents[2] / "docs/pictures"
COLOURS = ["#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe and Ito


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of ``--short``, for a quick run on small sizes, and ``--pictures FOLDER``."""
    created = argparse.ArgumentParser(description=description)
    created.add_argument("--short", action="store_true", help="small sizes, a few seconds")
    created.add_argument("--pictures", type=Path, default=PICTURES, help="where pictures go")
    return created


def seconds(function: Callable[[], Any], at_least: float = 0.2) -> float:
    """Return the shortest time of a call, on one thread, of calls that take `at_least` seconds."""
    times: list[float] = []
    with single_threaded_blas():
        while sum(times) < at_least or len(times) < 2:
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return min(times)


def peak_bytes(function: Callable[[], Any]) -> int:
    """Return the most memory that a call holds at once, without what existed before it."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def zipf_counts(num_words: int, total: float = 1e8) -> Any:
    """Return word counts by Zipf's law: the r-th most frequent word has a share of 1/r."""
    share = 1 / np.arange(1, num_words + 1)
    return np.maximum(share / share.sum() * total, 1).astype(np.int64)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a Markdown table."""
    lines = [list(header), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(header))]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    for first, *rest in lines:
        cells = [first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]
        print(f"| {' | '.join(cells)} |")


def figure(columns: int = 1) -> tuple[Any, Any]:
    """Return a matplotlib figure with one row of axes.

    Raises
    ------
    SystemExit
        If matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError:
        raise SystemExit("the pictures need matplotlib: pip install '.[plot]'") from None
    matplotlib.use("agg")
    style = {"axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left"}
    matplotlib.rcParams.update({**style, "svg.fonttype": "none", "svg.hashsalt": "tinygrad_w2v"})
    from matplotlib import pyplot

    return pyplot.subplots(1, columns, figsize=(5.5 * columns, 3.6), layout="constrained")


def log_lines(axes: Any, title: str, lines: Mapping[str, Mapping[int, float]]) -> None:
    """Plot values against the size of the vocabulary on logarithmic axes."""
    for colour, (name, values) in zip(COLOURS, lines.items(), strict=False):
        axes.plot(list(values), list(values.values()), "o-", color=colour, label=name, ms=4)
    axes.set(xscale="log", yscale="log", xlabel="words in the vocabulary", title=title)
    axes.legend(frameon=False, fontsize=9)


def save(drawn: Any, folder: Path, name: str) -> None:
    """Write a figure as SVG and print its path."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn.savefig(folder / name, metadata={"Date": None})
    print(f"drawn: {folder / name}")
