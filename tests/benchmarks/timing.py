"""Timing of functions in turns, tables, and a description of the machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

PEERS = {
    "numba": "Numba",
    "torch": "PyTorch",
    "gensim": "gensim",
    "mygrad": "MyGrad",
    "autograd": "autograd",
}
"""Packages whose versions describe a run, where they are installed."""


def medians(
    functions: Mapping[str, Callable[[], Any]], *, seconds: float = 1.0, turns: int = 5
) -> dict[str, float]:
    """Return the median time of each function in seconds, from about `seconds` of calls of each.

    The functions take turns, so that disturbances affect all of them. A turn consists of many
    calls after one to warm up, so that no function pays for the cache contents of another.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(turns):
        for name, function in functions.items():
            function()
            end = time.perf_counter() + seconds / turns
            while time.perf_counter() < end or len(times[name]) < turns:
                start = time.perf_counter()
                function()
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a title and a Markdown table, the first column left-aligned, the others right."""
    lines = [list(map(str, header)), *[list(map(str, row)) for row in rows]]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(header))]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    print(f"\n{title}:\n")
    for line in lines:
        first, *others = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join([first.strip().ljust(widths[0]), *others])} |")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}"


def machine() -> str:
    """Return the processor, its number of cores, and the versions used."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = models[0].partition(":")[2].strip() if models else name
    parts = [f"{name}, {os.cpu_count()} cores", platform.system()]
    parts += [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    parts += [
        f"{peer} {importlib.metadata.version(package)}"
        for package, peer in PEERS.items()
        if importlib.util.find_spec(package)
    ]
    if core := os.environ.get("OPENBLAS_CORETYPE"):
        parts.append(f"OpenBLAS as on {core}")
    return ", ".join(parts)
