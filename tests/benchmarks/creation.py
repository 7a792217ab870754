"""Creation functions and random numbers beside PyTorch's, for few and for many values.

The same call is made of both packages, with one thread each: PyTorch's random numbers have one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tests.benchmarks.timing import medians, table

try:
    import torch
except ImportError:
    torch = None

SIZES = (10, 1_000, 1_000_000)
LIST = [[1.0, 2.0, 3.0]] * 4
CALLS: dict[str, Callable[[Any, int], Any]] = {
    "zeros": lambda t, n: t.zeros(n),
    "ones": lambda t, n: t.ones(n),
    "full": lambda t, n: t.full((n,), 0.5),
    "arange": lambda t, n: t.arange(n),
    "linspace": lambda t, n: t.linspace(0, 1, n),
    "zeros_like": lambda t, n: t.zeros_like(ARRAYS[t.__name__, n]),
    "tensor of an array": lambda t, n: t.tensor(ARRAYS[n]),
    "from_numpy": lambda t, n: t.from_numpy(ARRAYS[n]),
    "tensor of a list of 12": lambda t, n: t.tensor(LIST),
    "rand": lambda t, n: t.rand(n),
    "randn": lambda t, n: t.randn(n),
    "randint": lambda t, n: t.randint(0, 100, (n,)),
    "randperm": lambda t, n: t.randperm(n),
    "bernoulli": lambda t, n: t.bernoulli(ARRAYS[t.__name__, n]),
    "exponential_": lambda t, n: ARRAYS[t.__name__, n].exponential_(),
    "multinomial": lambda t, n: t.multinomial(ARRAYS[t.__name__, 1_000], n, replacement=True),
}
ARRAYS: dict[Any, Any] = {size: np.full(size, 0.5, np.float32) for size in SIZES}


def main() -> None:
    packages = {"tinygrad_w2v": tg} | ({"torch": torch} if torch is not None else {})
    if torch is not None:
        torch.set_num_threads(1)
        print(f"PyTorch {torch.__version__}, 1 thread")
    for size in SIZES:
        for name, package in packages.items():
            ARRAYS[name, size] = package.full((size,), 0.5)
    rows = []
    for name, call in CALLS.items():
        cells: list[str] = []
        for size in SIZES[:1] if "list" in name else SIZES:
            calls = {
                each: lambda call=call, package=package, size=size: call(package, size)
                for each, package in packages.items()
            }
            taken = medians(calls, seconds=0.3)
            ratio = f"{taken['tinygrad_w2v'] / taken['torch']:.2f}" if "torch" in taken else ""
            cells += [f"{taken['tinygrad_w2v'] * 1e6:,.1f}", ratio]
        rows.append((name, *cells, *[""] * (2 * len(SIZES) - len(cells))))
    header = [cell for size in SIZES for cell in (f"{size:,} values", "/ PyTorch")]
    table("creation (µs, and ratio to PyTorch's time)", ("call", *header), rows)


if __name__ == "__main__":
    main()
