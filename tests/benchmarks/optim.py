"""Optimizer steps: on a row-sparse gradient as the table grows, and on a dense one.

Beside PyTorch's, where it is installed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.timing import medians, milliseconds, table
from tinygrad_w2v import RowSparse, Tensor, nn, optim
from tinygrad_w2v.kernels.backend import set_backend

try:
    import torch
except ImportError:
    torch = None

DIM, TOUCHED = 100, 5_000
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
DENSE = 10_000_000
HEADER = ("optimizer", "ours", "PyTorch", "ratio", "PyTorch, 1 thread", "ratio")


def main() -> None:
    if torch is not None:
        print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    _row_sparse()
    _dense()


def _row_sparse() -> None:
    makers: dict[str, Callable[[Any], Any]] = {
        "SGD": lambda p: optim.SGD(p, lr=0.01),
        "SGD (Numba)": lambda p: optim.SGD(p, lr=0.01),
        "Adagrad": lambda p: optim.Adagrad(p, lr=0.01),
        "Adagrad rowwise": lambda p: optim.Adagrad(p, lr=0.01, rowwise=True),
        "SparseAdam": lambda p: optim.SparseAdam(p, lr=0.01),
    }
    if importlib.util.find_spec("numba") is None:
        del makers["SGD (Numba)"]
    rows = []
    for size in SIZES:
        draws = np.random.default_rng(0)
        touched = draws.integers(size, size=TOUCHED)
        values = draws.normal(size=(TOUCHED, DIM)).astype(np.float32)
        for name, make in makers.items():
            ours = _our_sparse_step(make, size, touched, values)
            functions = {"ours": _on_numba(ours) if "Numba" in name else ours}
            reference = _their_sparse_step(name.removesuffix(" (Numba)"), size, touched, values)
            functions |= _by_threads(reference)
            taken = medians(functions, seconds=1.0)
            rows.append(_line(f"{name}, V = {size:,}", taken))
    table(
        f"one step, row-sparse gradient: {TOUCHED:,} rows drawn, {DIM} wide (ms)",
        HEADER,
        sorted(rows, key=lambda row: list(makers).index(row[0].split(", V")[0])),
    )


def _our_sparse_step(make: Any, size: int, touched: Any, values: Any) -> Callable[[], None]:
    weight = nn.Parameter(np.zeros((size, DIM), np.float32))
    optimizer = make([weight])

    def step() -> None:
        # A new gradient each time, so that adding up equal rows is part of the step.
        weight.grad = RowSparse(touched, values, (size, DIM))
        optimizer.step()

    return step


def _on_numba(step: Callable[[], None]) -> Callable[[], None]:
    """Return the step with the compiled form of its hot routine."""

    def run() -> None:
        set_backend("numba")
        step()
        set_backend("numpy")

    return run


def _their_sparse_step(
    name: str, size: int, touched: Any, values: Any
) -> Callable[[], None] | None:
    kinds = {"SGD": "SGD", "SparseAdam": "SparseAdam", "Adagrad": "Adagrad"}
    if torch is None or name not in kinds:
        return None
    weight = torch.nn.Parameter(torch.zeros(size, DIM))
    optimizer = getattr(torch.optim, kinds[name])([weight], lr=0.01)
    indices, their_values = torch.from_numpy(touched[None]), torch.from_numpy(values)

    def step() -> None:
        weight.grad = torch.sparse_coo_tensor(
            indices, their_values, (size, DIM), check_invariants=False
        )
        optimizer.step()

    return step


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
        functions = {"ours": _our_dense_step(name, settings, gradient)}
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
    """Return PyTorch's step with all its threads, and with one."""
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
    cells = [label, milliseconds(taken["ours"])]
    for other in ("PyTorch", "PyTorch, 1 thread"):
        if other in taken:
            cells += [milliseconds(taken[other]), f"{taken['ours'] / taken[other]:.2f}"]
        else:
            cells += ["", ""]
    return tuple(cells)
