"""Optimizer steps on a row-sparse gradient as the table grows, and on a dense gradient.

Compared with PyTorch's where it is installed.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import mmap
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from tests.benchmarks.timing import medians, milliseconds, table
from tinygrad_w2v import RowSparse, Tensor, nn, optim
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.kernels.rows import add_to_rows, copy_rows, put_rows

try:
    import torch
except ImportError:
    torch = None

DIM, TOUCHED = 100, 5_000
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
DENSE = 10_000_000
SPARSE: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {}),
    "Adagrad": ("Adagrad", {}),
    "Adagrad rowwise": ("Adagrad", {"rowwise": True}),
    "SparseAdam": ("SparseAdam", {}),
}
HEADER = ("optimizer", "tinygrad_w2v", "PyTorch", "ratio", "PyTorch, 1 thread", "ratio")


def main() -> None:
    if torch is not None:
        print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    _row_sparse("other rows at every step", 50, SPARSE)
    _row_sparse("the same rows at every step", 1, ["SGD"])
    _pages()
    _dense()


def _row_sparse(title: str, draws: int, names: Iterable[str]) -> None:
    """Print the times of a step for growing tables, for this package and for PyTorch.

    In training, each step uses rows that the previous steps did not, and the rows of a large table
    are not in the cache. So rows are drawn `draws` times beforehand, and the draws alternate. With
    50 draws (100 MB) none is in the cache when it is used again, unless the whole table is; with
    one draw all are. The values are one array that is in the cache, as after a backward pass.

    One optimizer at a time is in memory: three tables of 10⁷ rows take 12 GB. Each function has
    three turns. In each it visits all its rows once before it is timed, so that the pages exist.
    """
    rows: dict[str, list[float]] = {}
    for size in SIZES:
        rng = np.random.default_rng(0)
        touched = [rng.integers(size, size=TOUCHED) for _ in range(draws)]
        values = rng.normal(size=(TOUCHED, DIM)).astype(np.float32)
        taken: dict[str, list[float]] = {}
        for _ in range(3):
            for name, prepare in _sparse_steps(names, size, values).items():
                times = taken.setdefault(name, [])
                step = prepare()
                for place in range(-max(draws, 5), 100):
                    start = time.perf_counter()
                    step(touched[place % draws])
                    if place >= 0:
                        times.append(time.perf_counter() - start)
                set_backend("numpy")
                del step
                gc.collect()
        for name, times in taken.items():
            rows.setdefault(name, []).append(statistics.median(times))
    table(
        f"one step, row-sparse gradient: {TOUCHED:,} rows drawn, {DIM} wide, {title} (ms)",
        ("optimizer", *[f"V = {size:,}" for size in SIZES], "growth"),
        [
            (name, *map(milliseconds, taken), f"{taken[-1] / taken[0]:.1f}")
            for name, taken in sorted(rows.items(), key=lambda row: row[0].split(",")[0])
        ],
    )


Step: TypeAlias = Callable[[Any], None]


def _sparse_steps(names: Iterable[str], size: int, values: Any) -> dict[str, Callable[[], Step]]:
    """Return for each step a function that prepares it."""
    steps = {"(rows copied out and back)": lambda: _copy(size)}
    threads = {"": torch.get_num_threads(), " 1 thread": 1} if torch is not None else {}
    for name in names:
        kind, settings = SPARSE[name]
        steps[f"{name}, tinygrad_w2v"] = functools.partial(
            _our_sparse_step, kind, settings, size, values
        )
        if kind == "SGD" and importlib.util.find_spec("numba") is not None:
            steps[f"{name}, tinygrad_w2v, Numba"] = functools.partial(
                _our_sparse_step, kind, settings, size, values, "numba"
            )
        if not settings:
            for label, count in threads.items():
                steps[f"{name}, PyTorch{label}"] = functools.partial(
                    _their_sparse_step, kind, size, values, count
                )
    return steps


def _copy(size: int) -> Step:
    """Read and write the rows and do nothing else, as a lower bound."""
    weight = np.zeros((size, DIM), np.float32)
    block = np.empty((TOUCHED, DIM), np.float32)

    def step(touched: Any) -> None:
        put_rows(weight, touched, copy_rows(weight, touched, block))

    return step


def _our_sparse_step(
    kind: str, settings: Any, size: int, values: Any, backend: Any = "numpy"
) -> Step:
    weight = nn.Parameter(np.zeros((size, DIM), np.float32))
    optimizer = getattr(optim, kind)([weight], lr=0.01, **settings)
    set_backend(backend)

    def step(touched: Any) -> None:
        # A new gradient each time, so that summing equal rows is part of the step.
        weight.grad = RowSparse(touched, values, (size, DIM))
        optimizer.step()

    return step


def _their_sparse_step(kind: str, size: int, values: Any, threads: int) -> Step:
    weight = torch.nn.Parameter(torch.zeros(size, DIM))
    optimizer = getattr(torch.optim, kind)([weight], lr=0.01)
    their_values = torch.from_numpy(values)
    torch.sparse.check_sparse_tensor_invariants.disable()

    def step(touched: Any) -> None:
        torch.set_num_threads(threads)
        indices = torch.from_numpy(touched[None])
        weight.grad = torch.sparse_coo_tensor(indices, their_values, (size, DIM))
        optimizer.step()

    return step


def _pages() -> None:
    """Count the memory pages that a step visits, which does not depend on caches."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    rows = []
    for size in SIZES:
        whole = size * DIM * 4
        # Each page causes a fault when it is first read and one when it is first written.
        backing = mmap.mmap(-1, whole, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        weight = np.frombuffer(backing, np.float32).reshape(size, DIM)
        touched = np.random.default_rng(0).integers(size, size=TOUCHED)
        values = np.ones((TOUCHED, DIM), np.float32)
        ends = touched[:, None] * DIM * 4 + [0, DIM * 4 - 1]
        add_to_rows(
            np.zeros((size, DIM), np.float32), touched, values, 0.1
        )  # allocate what is allocated once
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        add_to_rows(weight, touched, values, 0.1)
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        pages = len(np.unique(ends // mmap.PAGESIZE))
        rows.append((f"{size:,}", f"{whole // mmap.PAGESIZE:,}", f"{pages:,}", f"{faults:,}"))
    table(
        "memory pages that the first step of SGD visits",
        ("V", "of the table", "of the rows", "faults, at most two a page"),
        rows,
    )


def _dense() -> None:
    rows = []
    gradient = np.random.default_rng(0).normal(size=(DENSE // DIM, DIM)).astype(np.float32)
    for name, settings in (
        ("Adam", {}),
        ("AdamW", {}),
        ("SGD", {"lr": 0.01}),
        ("SGD", {"lr": 0.01, "momentum": 0.9}),
        ("RMSprop", {}),
        ("Adagrad", {}),
    ):
        functions = {"tinygrad_w2v": _our_dense_step(name, settings, gradient)}
        if torch is not None:
            functions |= _by_threads(_their_dense_step(name, settings, gradient))
        label = name + (" with momentum" if "momentum" in settings else "")
        rows.append(_line(label, medians(functions, seconds=1.5)))
    table(
        f"one step, dense gradient of {DENSE:,} numbers (ms)",
        HEADER,
        rows,
    )


def _our_dense_step(name: str, settings: dict[str, Any], gradient: Any) -> Callable[[], None]:
    weight = nn.Parameter(np.zeros_like(gradient))
    weight.grad = Tensor(gradient)
    step: Callable[[], None] = getattr(optim, name)([weight], **settings).step
    return step


def _their_dense_step(name: str, settings: dict[str, Any], gradient: Any) -> Callable[[], None]:
    weight = torch.nn.Parameter(torch.zeros(*gradient.shape))
    weight.grad = torch.from_numpy(gradient)
    step: Callable[[], None] = getattr(torch.optim, name)([weight], **settings).step
    return step


def _by_threads(step: Callable[[], None] | None) -> dict[str, Callable[[], None]]:
    """Return PyTorch's step with all its threads and with one."""
    if step is None:
        return {}
    everything = torch.get_num_threads()

    def on(threads: int) -> Callable[[], None]:
        def run() -> None:
            torch.set_num_threads(threads)
            step()

        return run

    return {"PyTorch": on(everything), "PyTorch, 1 thread": on(1)}


def _line(label: str, taken: dict[str, float]) -> tuple[str, ...]:
    cells = [label, milliseconds(taken["tinygrad_w2v"])]
    for other in ("PyTorch", "PyTorch, 1 thread"):
        if other in taken:
            cells += [milliseconds(taken[other]), f"{taken['tinygrad_w2v'] / taken[other]:.2f}"]
        else:
            cells += ["", ""]
    return tuple(cells)
