"""Running a node's rules: on the saved values, checked, their results held to the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.contract import check_count, conform
from tinygrad_w2v.engine.grad_mode import no_grad
from tinygrad_w2v.engine.hooks import run_hooks
from tinygrad_w2v.engine.node import Edge, Node
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, from_op

if TYPE_CHECKING:
    from collections.abc import Container

    from tinygrad_w2v.engine.op import Op
    from tinygrad_w2v.engine.plan import Plan


def run_rules(
    node: Node, cotangent: Any, values: list[Any], useful: Container[Edge] | None = None
) -> list[tuple[int, Edge, Any]]:
    """Return what the node's rules make of its cotangent: input's position, edge, gradient.

    Parameters
    ----------
    values
        The saved ones, from :func:`saved_arrays` or :func:`saved_tensors`.
    useful
        Edges whose gradients are asked for; None for all.
    """
    op, edges = node.op, node.inputs
    if isinstance(cotangent, RowSparse):
        cotangent = cotangent.to_dense()
    found = []
    for function, needs, positions, inputs, is_joint in node.plan.steps:
        returned = function(cotangent, *needs, *[values[position] for position in positions])
        gradients = check_count(op, returned, inputs) if is_joint else (returned,)
        for position, gradient in zip(inputs, gradients, strict=True):
            edge = edges[position]
            if edge is not None and (useful is None or edge in useful):
                gradient = conform(op, position, gradient, edge.shape, edge.dtype)
                found.append((position, edge, gradient))
    return found


def passes_on(rule: Callable[..., Any]) -> bool:
    """Whether a rule is ``lambda g: g``, by whatever name; it is known by its bytecode."""
    return _has_code(rule, _identity.__code__)


def scales(rule: Callable[..., Any]) -> bool:
    """Whether a rule is ``lambda g, x: g * x``, by whatever names."""
    return _has_code(rule, _product.__code__)


def _has_code(rule: Callable[..., Any], code: CodeType) -> bool:
    return isinstance(rule, FunctionType) and all(
        getattr(rule.__code__, name) == getattr(code, name)
        for name in ("co_code", "co_argcount", "co_nlocals")
    )


def _identity(g: Any) -> Any:
    return g


def _product(g: Any, x: Any) -> Any:
    return g * x


def run_on_arrays(node: Node, cotangent: Any) -> Any:
    """Return what ``plan.run`` does, for an op of any number of inputs."""
    found = run_rules(node, cotangent, saved_arrays(node))
    pairs = tuple([(edge, _for_edge(gradient, edge)) for _, edge, gradient in found])
    return pairs[0][1] if node.plan.is_single else pairs


def run_hooked(plan: Plan, node: Node, cotangent: Any) -> Any:
    """Return what ``plan.run`` does, for a node with hooks, which see the cotangent first."""
    assert node.hooks is not None
    with no_grad():
        cotangent = run_hooks(node.hooks, cotangent, Tensor)
    if isinstance(cotangent, RowSparse):
        cotangent = cotangent.to_dense()
    return plan.run(node, cotangent)


def settled(op: Op, position: int, gradient: Any, edge: Edge) -> Any:
    """Return a gradient that did not look right at first sight in its edge's shape and dtype."""
    return _for_edge(conform(op, position, gradient, edge.shape, edge.dtype), edge)


def _for_edge(gradient: Any, edge: Any) -> Any:
    """Return a gradient as its edge can take it: rows alone only where no rule reads them."""
    if isinstance(gradient, RowSparse) and type(edge) is Node and not edge.hooks:
        return gradient.to_dense()
    return gradient


# --- the saved values ---------------------------------------------------------------------------


def saved_version(saved: Iterable[Any]) -> int:
    """Return the sum of the version counters of the Tensors among saved values."""
    total = 0
    for value in saved:
        if isinstance(value, Tensor):
            total += value.version
        elif type(value) is list:  # the inputs of a variadic op
            total += saved_version(value)
    return total


def saved_arrays(node: Node) -> list[Any]:
    """Return the saved values as plain arrays, if none was changed since it was saved."""
    saved = node.saved or ()
    if saved_version(saved) != node.version:
        raise changed(node)
    return [_plain(value) for value in saved]


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value._data
    return [_plain(item) for item in value] if type(value) is list else value


def saved_tensors(node: Node) -> list[Any]:
    """Return the saved values as part of the graph, so that rules on them are recorded."""
    op = node.op
    if op.order is not None:
        raise RuntimeError(
            f"{op.name}: its backward rule can be differentiated to order {op.order} only, and "
            f"create_graph=True asks for more"
        )
    values = list(node.saved or ())
    if saved_version(values) != node.version:
        raise changed(node)
    for position, name in enumerate(node.plan.names):
        if name == "out":
            values[position] = from_op(values[position], node)
        elif name == "residuals" and op.retrace is not None:
            values[position] = op.retrace(values[position], *map(_stand_in, node.inputs))
        elif name == "residuals":
            assert node.recompute is not None
            args, attributes = node.recompute
            values[position] = op.forward(*args, **attributes)[1]
    return values


def _stand_in(edge: Edge | None) -> Tensor | None:
    """Return a Tensor with the history of an input, whose values were not kept."""
    return from_op(np.empty(()), edge) if isinstance(edge, Node) else edge


def changed(node: Node) -> RuntimeError:
    """Return the error to raise for a saved value that was changed since."""
    kept = [n for n in node.plan.names if n in node.op.inputs or n == "out"]
    kept = ["its result" if name == "out" else name for name in kept]
    return RuntimeError(
        f"backward: '{node.op.name}' saved {', '.join(kept)}, and it was changed in place since "
        f"(by an optimizer step, an assignment t[...] = or .data =): call backward() before the "
        f"change, or compute the output again"
    )


def freed(node: Node) -> RuntimeError:
    """Return the error to raise for a graph that is walked a second time."""
    return RuntimeError(
        f"backward: the graph through '{node.op.name}' was already walked and freed: "
        f"compute the output again, or pass retain_graph=True to the first walk"
    )


def as_array(value: Any) -> Any:
    """Return what NumPy makes of the sum of two 0-d arrays, a scalar, as an array."""
    return np.asarray(value) if isinstance(value, np.generic) else value
