"""DataLoader beside PyTorch's: one pass over a data set."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tests.benchmarks.timing import medians, milliseconds, table

try:
    import torch
except ImportError:
    torch = None

ITEMS, WIDTH = 10_000, 32


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ITEMS, WIDTH)).astype(np.float32)
    y = rng.integers(10, size=ITEMS)
    packages = {"tinygrad_w2v": tg} if torch is None else {"tinygrad_w2v": tg, "PyTorch": torch}
    lines = []
    for label, make in LOADERS.items():
        loaders = {
            name: functools.partial(_exhaust, make(package, x, y))
            for name, package in packages.items()
        }
        taken = medians(loaders, seconds=2.0)
        cells = [milliseconds(seconds) for seconds in taken.values()]
        ratio = f"{taken['tinygrad_w2v'] / taken['PyTorch']:.2f}" if torch is not None else ""
        lines.append((label, *cells, ratio))
    title = f"one pass over {ITEMS:,} items of {WIDTH} numbers and a class (ms)"
    table(title, ("items, batch size", *packages, "ratio"), lines)


def _exhaust(loader: Any) -> None:
    for _ in loader:
        pass


def _rows(package: Any, x: Any, y: Any) -> Any:
    return package.utils.data.TensorDataset(package.from_numpy(x), package.from_numpy(y))


def _loader(package: Any, data: Any, batch_size: int, **options: Any) -> Any:
    return package.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True, **options)


LOADERS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "TensorDataset, 32": lambda p, x, y: _loader(p, _rows(p, x, y), 32),
    "TensorDataset, 512": lambda p, x, y: _loader(p, _rows(p, x, y), 512),
    "part of a TensorDataset, 32": lambda p, x, y: _loader(
        p, p.utils.data.random_split(_rows(p, x, y), [0.8, 0.2])[0], 32
    ),
    "list of tensors, 32": lambda p, x, y: _loader(p, list(_rows(p, x, y)), 32),
    "list of arrays, 32": lambda p, x, y: _loader(p, list(zip(x, y, strict=True)), 32),
    "list of numbers, 32": lambda p, x, y: _loader(
        p, list(zip(y.tolist(), y / 2, strict=True)), 32
    ),
    "TensorDataset, 32, 2 workers": lambda p, x, y: _loader(p, _rows(p, x, y), 32, num_workers=2),
}
