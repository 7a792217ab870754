"""summary: the modules of a model, and the time and memory of one call."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Node, Tensor
from tinygrad_w2v.engine.tape import next_order
from tinygrad_w2v.nn.module import Module


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

    def __init__(self, rows: list[dict[str, Any]], parameters: int, trainable: int) -> None:
        self.rows = rows
        self.parameters = parameters
        self.trainable = trainable

    def __str__(self) -> str:
        table = [("module", "output shape", "parameters", "saved bytes", "ms")]
        for row in self.rows:
            label = "  " * row["depth"] + row["type"]
            if row["name"]:
                label += f" ({row['name']})"
            seconds = row["seconds"]
            table.append(
                (
                    label,
                    str(row["shape"] or ""),
                    f"{row['parameters']:,}",
                    "" if seconds is None else f"{row['saved']:,}",
                    "" if seconds is None else f"{seconds * 1e3:.2f}",
                )
            )
        widths = [max(len(line[column]) for line in table) for column in range(5)]
        lines = [
            "  ".join(
                cell.ljust(width) if column < 2 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in table
        ]
        total = f"{self.parameters:,} parameters, {self.trainable:,} of them trainable"
        return "\n".join([*lines, total])

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
    [('', (3, 2), 10), ('layers.0', (3, 2), 10), ('layers.1', (3, 2), 0)]
    """
    rows = _rows_of_call(model, example_inputs) if example_inputs else _rows_without_call(model)
    parameters = list(model.parameters())
    return Summary(
        rows,
        sum(parameter.size for parameter in parameters),
        sum(parameter.size for parameter in parameters if parameter.requires_grad),
    )


def _rows_without_call(model: Module) -> list[dict[str, Any]]:
    return [
        _row(name, module, name.count(".") + bool(name)) for name, module in model.named_modules()
    ]


def _row(name: str, module: Module, depth: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": type(module).__name__,
        "depth": depth,
        "parameters": sum(parameter.size for parameter in module.parameters()),
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
    owned = {id(tensor.data) for _, tensor in model.named_tensors()}
    nodes = _nodes_below(result)
    for row, first, last in spans:
        row["saved"] = _saved_bytes([n for n in nodes if first < n.order < last], owned)
    return rows


def _shape_of(result: Any) -> Any:
    if isinstance(result, tuple | list):
        return tuple(_shape_of(part) for part in result)
    return tuple(result.shape) if hasattr(result, "shape") else None


def _nodes_below(result: Any) -> list[Node]:
    """Return the nodes of the graph of a result."""
    parts = list(result) if isinstance(result, tuple | list) else [result]
    seen: set[Node] = set()
    while parts:
        part = parts.pop()
        if isinstance(part, tuple | list):
            parts.extend(part)
        elif isinstance(part, Tensor):
            parts.append(part.node)
        elif isinstance(part, Node) and part not in seen:
            seen.add(part)
            parts.extend(part.next_functions)
    return list(seen)


def _saved_bytes(nodes: list[Node], owned: set[int]) -> int:
    """Return the bytes that nodes save for backward, without the model's own arrays."""
    sizes: dict[int, int] = {}

    def count(value: Any) -> None:
        if isinstance(value, tuple | list):
            for part in value:
                count(part)
            return
        array = value.data if isinstance(value, Tensor) else value
        if isinstance(array, np.ndarray):
            while isinstance(array.base, np.ndarray):
                array = array.base
            if id(array) not in owned:
                sizes[id(array)] = array.nbytes

    for node in nodes:
        count(node.saved or ())
    return sum(sizes.values())
