"""The engine's time per op and per training step, compared with PyTorch, MyGrad and autograd.

The other packages are measured where they are installed (extra ``bench``), one thread each, in
turns.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tests.benchmarks.timing import medians, table
from tinygrad_w2v.runtime.blas import single_threaded_blas

CHAIN = 1_000
LAYERS = [(4, 8, 8, 4), (32, 32, 32, 10), (128, 784, 256, 10), (512, 1024, 1024, 1000)]
FLOAT = np.float32


def optional(name: str) -> ModuleType | None:
    try:
        return __import__(name)
    except ImportError:
        return None


torch, mygrad, autograd = map(optional, ("torch", "mygrad", "autograd"))


def main() -> None:
    if torch is not None:
        torch.set_num_threads(1)
    with single_threaded_blas():
        _chain()
        _mlp()
    _saved()
    _imports()


def _chain() -> None:
    """Time a chain of multiplications and additions on 4 floats, forward and backward."""
    ones, factor = np.ones(4, FLOAT), np.full(4, 1.0001, FLOAT)

    def run(x: Any, c: Any) -> Any:
        for _ in range(CHAIN // 2):
            x = x * c + c
        return x

    leaf = tg.tensor(ones, requires_grad=True)

    def ours() -> None:
        leaf.grad = None
        run(leaf, factor).sum().backward()

    functions: dict[str, Callable[[], Any]] = {
        "tinygrad_w2v": ours,
        "NumPy, forward only": lambda: run(ones, factor),
    }
    if torch is not None:
        theirs, c = torch.ones(4, requires_grad=True), torch.from_numpy(factor)

        def pytorch() -> None:
            theirs.grad = None
            run(theirs, c).sum().backward()

        functions["PyTorch"] = pytorch
    if mygrad is not None:
        grown = mygrad.tensor(ones)

        def my() -> None:
            run(grown, factor).sum().backward()

        functions["MyGrad"] = my
    if autograd is not None:
        from autograd import grad

        slope = grad(lambda x: run(x, factor).sum())
        functions["autograd"] = lambda: slope(ones)
    taken = medians(functions)
    each = {name: seconds / CHAIN * 1e6 for name, seconds in taken.items()}
    reference = taken.get("PyTorch")
    table(
        f"a chain of {CHAIN:,} multiply and add on 4 floats, forward and backward (µs per op)",
        ("engine", "µs per op", "/ PyTorch"),
        [
            (name, f"{value:.2f}", f"{taken[name] / reference:.2f}" if reference else "")
            for name, value in each.items()
        ],
    )


def _mlp() -> None:
    rows = []
    for batch, *sizes in LAYERS:
        arrays = _arrays(batch, sizes)
        functions = {"tinygrad_w2v": _our_step(*arrays), "NumPy": _numpy_step(*arrays)}
        if torch is not None:
            functions["PyTorch"] = _torch_step(*arrays)
        taken = medians(functions)
        ours = taken["tinygrad_w2v"]
        rows.append(
            (
                "×".join(map(str, (batch, *sizes))),
                *(f"{seconds * 1e6:,.0f}" for seconds in taken.values()),
                *([] if torch is not None else [""]),
                f"{ours / taken['NumPy']:.2f}",
                f"{ours / taken['PyTorch']:.2f}" if torch is not None else "",
            )
        )
    table(
        "a training step (SGD) of a two-layer network with tanh, batch×in×hidden×out (µs)",
        ("size", "tinygrad_w2v", "NumPy by hand", "PyTorch", "/ NumPy", "/ PyTorch"),
        rows,
    )


def _arrays(batch: int, sizes: list[int]) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    width, hidden, classes = sizes
    return (
        rng.normal(size=(batch, width)).astype(FLOAT),
        rng.integers(classes, size=batch),
        (rng.normal(size=(width, hidden)) / width**0.5).astype(FLOAT),
        np.zeros(hidden, FLOAT),
        (rng.normal(size=(hidden, classes)) / hidden**0.5).astype(FLOAT),
        np.zeros(classes, FLOAT),
    )


def _our_step(x: Any, t: Any, *weights: Any) -> Callable[[], None]:
    parameters = [tg.tensor(w, requires_grad=True) for w in weights]
    w1, b1, w2, b2 = parameters
    optimizer = tg.optim.SGD(parameters, lr=1e-3)

    def step() -> None:
        hidden = np.tanh(x @ w1 + b1)
        loss = tg.nn.functional.cross_entropy(hidden @ w2 + b2, t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def _numpy_step(x: Any, t: Any, *weights: Any) -> Callable[[], None]:
    w1, b1, w2, b2 = (w.copy() for w in weights)
    rows, count = np.arange(len(t)), len(t)

    def step() -> None:
        hidden = np.tanh(x @ w1 + b1)
        scores = hidden @ w2 + b2
        scores -= scores.max(axis=1, keepdims=True)
        exps = np.exp(scores)
        sums = exps.sum(axis=1, keepdims=True)
        _ = -(scores[rows, t] - np.log(sums[:, 0])).mean()
        exps /= sums
        exps[rows, t] -= 1
        exps /= count
        slope = (exps @ w2.T) * (1 - hidden * hidden)
        for w, g in (
            (w2, hidden.T @ exps),
            (b2, exps.sum(axis=0)),
            (w1, x.T @ slope),
            (b1, slope.sum(axis=0)),
        ):
            w -= 1e-3 * g

    return step


def _torch_step(x: Any, t: Any, *weights: Any) -> Callable[[], None]:
    parameters = [torch.tensor(w, requires_grad=True) for w in weights]
    w1, b1, w2, b2 = parameters
    inputs, targets = torch.from_numpy(x), torch.from_numpy(t)
    optimizer = torch.optim.SGD(parameters, lr=1e-3)

    def step() -> None:
        hidden = torch.tanh(inputs @ w1 + b1)
        loss = torch.nn.functional.cross_entropy(hidden @ w2 + b2, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def _saved() -> None:
    """Count the bytes saved by the tapes of two steps; parameters count where a rule needs them."""
    x, t, *weights = _arrays(128, [784, 256, 10])
    w1, b1, w2, b2 = (tg.tensor(w, requires_grad=True) for w in weights)
    loss = tg.nn.functional.cross_entropy(np.tanh(x @ w1 + b1) @ w2 + b2, t)
    sequence = np.random.default_rng(0).normal(size=(20, 32, 64)).astype(FLOAT)
    output, _ = tg.nn.LSTM(64, 128, rng=0)(sequence)
    rows = [("MLP 128×784×256×10", "tinygrad_w2v", tg.graph(loss).saved_bytes)]
    if torch is not None:
        rows.append(("MLP 128×784×256×10", "PyTorch", _torch_saves(_torch_loss(x, t, *weights))))
    rows.append(("LSTM 20×32×64×128", "tinygrad_w2v", tg.graph(output.sum()).saved_bytes))
    if torch is not None:
        given = torch.from_numpy(sequence)
        whole, cell = torch.nn.LSTM(64, 128), torch.nn.LSTMCell(64, 128)
        lstm = _torch_saves(lambda: whole(given)[0].sum())
        rows.append(("LSTM 20×32×64×128", "PyTorch, LSTM", lstm))
        lstm = _torch_saves(lambda: _unrolled(cell, given))
        rows.append(("LSTM 20×32×64×128", "PyTorch, LSTMCell in a loop", lstm))
    table(
        "bytes saved by the tape of a step, each piece of memory once",
        ("step", "engine", "bytes"),
        [(step, engine, f"{size:,}") for step, engine, size in rows],
    )


def _torch_loss(x: Any, t: Any, *weights: Any) -> Callable[[], Any]:
    def loss() -> Any:
        p1, c1, p2, c2 = (torch.tensor(w, requires_grad=True) for w in weights)
        hidden = torch.tanh(torch.from_numpy(x) @ p1 + c1)
        return torch.nn.functional.cross_entropy(hidden @ p2 + c2, torch.from_numpy(t))

    return loss


def _unrolled(cell: Any, sequence: Any) -> Any:
    state, outputs = None, []
    for now in sequence:
        state = cell(now, state)
        outputs.append(state[0])
    return torch.stack(outputs).sum()


def _torch_saves(forward: Callable[[], Any]) -> int:
    """Return the bytes of the distinct storages that a forward pass saves."""
    kept: dict[int, int] = {}
    alive = []

    def pack(saved: Any) -> Any:
        kept[saved.untyped_storage().data_ptr()] = saved.untyped_storage().nbytes()
        alive.append(saved)  # otherwise its address could be reused
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        result = forward()
    del result
    return sum(kept.values())


def _imports() -> None:
    """Time processes that only import; bytecode is cached, as for installed packages."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def run(module: str) -> Callable[[], Any]:
        command = [sys.executable, "-c", f"import {module}"]
        return lambda: subprocess.run(command, check=True, env=environment)

    taken = medians({"numpy": run("numpy"), "tinygrad_w2v": run("tinygrad_w2v")}, seconds=4.0)
    table(
        "a process that imports (ms)",
        ("module", "ms", "/ numpy"),
        [
            (name, f"{seconds * 1e3:.0f}", f"{seconds / taken['numpy']:.2f}")
            for name, seconds in taken.items()
        ],
    )
