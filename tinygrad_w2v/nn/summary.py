"""summary: the modules of a model, and the time and memory of one call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tinygrad_w2v.autograd.graph import aligned, in_order, saved_buffers
from tinygrad_w2v.engine import Node, Tensor
from tinygrad_w2v.engine.tape import next_order
from tinygrad_w2v.nn.module import Module


@dataclass(frozen=True, repr=False, eq=False)
class Summary:
    """A printable table of a model's modules.

    Attributes
    ----------
    rows : list of dict
        For each call of a module: ``name``, ``type``, ``shape`` (of the result), ``parameters``
        (with its submodules'), ``saved`` (bytes saved for backward) and ``seconds``. Without
        example inputs only names, types and parameters.
    parameters, trainable : int
        Numbers of parameters, and of those that require a gradient.
    """

    rows: list[dict[str, Any]]
    parameters: int
    trainable: int

    def __str__(self) -> str:
        table = [("module", "output shape", "parameters", "saved bytes", "ms")]
        for row in self.rows:
            name = f" ({row['name']})" if row["name"] else ""
            label = f"{'  ' * row['depth']}{row['type']}{name}"
            cost = ("", "")
            if row["seconds"] is not None:
                cost = (f"{row['saved']:,}", f"{row['seconds'] * 1e3:.2f}")
            table.append((label, str(row["shape"] or ""), f"{row['parameters']:,}", *cost))
        total = f"{self.parameters:,} parameters, {self.trainable:,} of them trainable"
        return f"{aligned(table, {2, 3, 4})}\n{total}"

    __repr__ = __str__


def summary(model: Module, *example_inputs: Any) -> Summary:
    """Return a table of a model's modules; with example inputs, also the cost of one call.

    Parameters
    ----------
    model
        Called once in its current mode; gradients and parameters are not changed.
    example_inputs
        The arguments of that call.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> table = nn.summary(nn.Sequential(nn.Linear(4, 2), nn.ReLU()), np.ones((3, 4), np.float32))
    >>> [(row["name"], row["shape"], row["parameters"]) for row in table.rows]
    [('', (3, 2), 10), ('0', (3, 2), 10), ('1', (3, 2), 0)]
    """
    if example_inputs:
        rows = _rows_of_call(model, example_inputs)
    else:
        rows = [_row(name, m, name.count(".") + bool(name)) for name, m in model.named_modules()]
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return Summary(rows, sum(size for size, _ in sizes), sum(size for size, on in sizes if on))


def _row(name: str, module: Module, depth: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": type(module).__name__,
        "depth": depth,
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "shape": None,
        "saved": None,
        "seconds": None,
    }


def _rows_of_call(model: Module, inputs: tuple[Any, ...]) -> list[dict[str, Any]]:
    names = {id(module): name for name, module in model.named_modules()}
    rows: list[dict[str, Any]] = []
    running: list[tuple[dict[str, Any], int, float]] = []
    spans: list[tuple[dict[str, Any], int, int]] = []

    def before(module: Module, args: tuple[Any, ...]) -> None:
        row = _row(names[id(module)], module, len(running))
        rows.append(row)
        running.append((row, next_order(), time.perf_counter()))

    def after(module: Module, args: tuple[Any, ...], result: Any) -> None:
        row, first, started = running.pop()
        row["seconds"] = time.perf_counter() - started
        row["shape"] = _shape_of(result)
        spans.append((row, first, next_order()))

    handles = []
    for module in model.modules():
        handles.append(module.register_forward_pre_hook(before))
        handles.append(module.register_forward_hook(after))
    try:
        result = model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    owned = {id(tensor._data) for tensor in model._tensors()}
    roots = [tensor.node for tensor in _tensors(result) if tensor.node is not None]
    nodes = {edge for root in roots for edge in in_order(root) if isinstance(edge, Node)}
    buffers = [(node.order, saved_buffers(node)) for node in nodes]
    for row, first, last in spans:
        saved = {
            key: size
            for order, sizes in buffers
            if first < order < last
            for key, size in sizes.items()
        }
        row["saved"] = sum(size for key, size in saved.items() if key not in owned)
    return rows


def _shape_of(result: Any) -> Any:
    if isinstance(result, tuple | list):
        return tuple(_shape_of(part) for part in result)
    return tuple(result.shape) if hasattr(result, "shape") else None


def _tensors(result: Any) -> list[Tensor]:
    if isinstance(result, tuple | list):
        return [tensor for part in result for tensor in _tensors(part)]
    return [result] if isinstance(result, Tensor) else []
