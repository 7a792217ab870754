"""The backward walk: from an output to the leaves, each node's rules once.

The nodes are visited from the newest to the oldest, which is a topological order since a node is
always newer than its inputs. The walk is a loop, so depth is no limit, and it frees what it has
passed unless told to keep it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import check_count, conform
from tinygrad_w2v.engine.grad_mode import enable_grad, no_grad
from tinygrad_w2v.engine.hooks import run_hooks
from tinygrad_w2v.engine.node import Edge, Node
from tinygrad_w2v.engine.observe import OBSERVERS, now, tell_walked
from tinygrad_w2v.engine.op import saved_version
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.types import TensorLike

_DEPOSIT = threading.Lock()  # two threads may walk graphs that end in the same leaves


def backward(
    self: Tensor,
    gradient: TensorLike | RowSparse | None = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Add the gradient of this tensor to the `grad` of every leaf it was computed from.

    Parameters
    ----------
    gradient
        The cotangent to start from, in the tensor's shape; may be left out for a single value.
    retain_graph
        Keep what the rules saved, so that the graph can be walked again. Defaults to
        `create_graph`.
    create_graph
        Record the walk itself, so that the gradients can be differentiated.

    Raises
    ------
    RuntimeError
        If the tensor requires no gradient, has several values and no `gradient` was given, or
        its graph was already walked and freed.
    """
    start = _start(self, gradient, create_graph)
    keep = create_graph if retain_graph is None else retain_graph
    found = _walk([(_edge(self), start)], None, create_graph, keep)
    for leaf, leaf_gradient in zip(found, _unshared(found.values(), [start]), strict=True):
        assert isinstance(leaf, Tensor)
        with _DEPOSIT:
            leaf.grad = _sum(leaf.grad, leaf_gradient)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | RowSparse | None, ...]:
    """Return the gradients of the outputs (summed) with respect to the inputs; no `grad` is set.

    Parameters
    ----------
    outputs, inputs
        A tensor or several.
    grad_outputs
        The cotangent of each output; may be None for outputs of a single value.
    retain_graph, create_graph
        As in :meth:`Tensor.backward`.
    allow_unused
        Return None for an input that the outputs do not depend on, rather than raise.

    Returns
    -------
    tuple
        One gradient for each input: a Tensor, or a RowSparse where rows of a table were read.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> (slope,) = tg.grad(x**3, x, create_graph=True)
    >>> tg.grad(slope, x)
    (tensor(18.),)
    """
    outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if grad_outputs is None or isinstance(grad_outputs, Tensor | np.ndarray | RowSparse):
        grad_outputs = [grad_outputs] * len(outputs)
    for position, tensor in enumerate(inputs):
        if not tensor.requires_grad:
            raise RuntimeError(
                f"grad: input {position} does not require a gradient: make it with "
                f"requires_grad=True before computing the outputs"
            )
    starts = [
        (_edge(output), _start(output, cotangent, create_graph))
        for output, cotangent in zip(outputs, grad_outputs, strict=True)
    ]
    keep = create_graph if retain_graph is None else retain_graph
    wanted = [_edge(tensor) for tensor in inputs]
    found = _walk(starts, wanted, create_graph, keep)
    for position, edge in enumerate(wanted):
        if edge not in found and not allow_unused:
            raise RuntimeError(
                f"grad: the outputs do not depend on input {position}: pass allow_unused=True to "
                f"get None for it"
            )
    return tuple(_unshared([found.get(edge) for edge in wanted], [c for _, c in starts]))


def _edge(tensor: Tensor) -> Edge:
    return tensor.node or tensor


def _start(output: Tensor, gradient: Any, traced: bool) -> Any:
    """Return the cotangent that a walk from `output` starts with."""
    if not output.requires_grad:
        raise RuntimeError(
            "backward: this tensor does not require a gradient; nothing it was computed from was "
            "made with requires_grad=True, or it was computed under no_grad()"
        )
    if gradient is None:
        if output.size != 1:
            raise RuntimeError(
                f"backward: this tensor has shape {output.shape}, only a single value has a "
                f"gradient of its own: call .sum() or .mean() first, or pass gradient="
            )
        gradient = np.ones(output.shape, output.dtype)
    if isinstance(gradient, RowSparse):
        gradient = gradient.to_dense()
    if not isinstance(gradient, Tensor):
        gradient = np.asarray(gradient, dtype=output.dtype)
    if gradient.shape != output.shape:
        raise RuntimeError(
            f"backward: gradient has shape {gradient.shape}, the tensor {output.shape}: "
            f"the two must be equal"
        )
    if traced:
        return gradient if isinstance(gradient, Tensor) else Tensor(gradient)
    return np.asarray(gradient)


def _walk(
    starts: Iterable[tuple[Edge, Any]],
    wanted: Sequence[Edge] | None,
    traced: bool,
    keep: bool,
) -> dict[Edge, Any]:
    """Run the rules from `starts` down; return the gradients of the leaves, or of `wanted`."""
    pending: dict[Edge, Any] = {}
    for edge, cotangent in starts:
        _add(pending, edge, cotangent)
    nodes = _collect([edge for edge in pending if isinstance(edge, Node)])
    targets = None if wanted is None else set(wanted)
    useful = None if targets is None else _leading_to(nodes, targets)
    found: dict[Edge, Any] = {}
    with enable_grad() if traced else no_grad():
        for node in nodes:
            cotangent = pending.pop(node, None)
            if cotangent is None:
                continue
            if node.hooks:
                cotangent = run_hooks(node.hooks, cotangent, Tensor)
            if targets is not None and node in targets:
                found[node] = cotangent
            if useful is None or node in useful:
                _run_rules(node, cotangent, traced, pending, useful)
            if not keep:
                node.saved = node.recompute = None
                node.inputs = ()
        for leaf, gradient in pending.items():
            found[leaf] = run_hooks(leaf.hooks, gradient, Tensor) if leaf.hooks else gradient
    return found


def _collect(roots: Sequence[Node]) -> list[Node]:
    """Return all nodes reachable from `roots`, newest first."""
    seen = set(roots)
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.saved is None:
            raise RuntimeError(
                f"backward: the graph through '{node.op.name}' was already walked and freed: "
                f"compute the output again, or pass retain_graph=True to the first walk"
            )
        for edge in node.inputs:
            if isinstance(edge, Node) and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return sorted(seen, key=attrgetter("order"), reverse=True)


def _leading_to(nodes: Sequence[Node], targets: set[Edge]) -> set[Edge]:
    """Return the nodes on a path to one of the targets, and the targets that are leaves."""
    useful: set[Edge] = set()
    reached: set[Edge] = set(targets)
    for node in reversed(nodes):
        if any(edge in reached for edge in node.inputs):
            useful.add(node)
            reached.add(node)
    return useful | targets


def _add(pending: dict[Edge, Any], edge: Edge, gradient: Any) -> None:
    standing = pending.get(edge)
    if standing is not None:
        gradient = standing + gradient
        if isinstance(gradient, np.generic):  # what NumPy makes of the sum of two 0-d arrays
            gradient = np.asarray(gradient)
    pending[edge] = gradient


def _run_rules(
    node: Node, cotangent: Any, traced: bool, pending: dict[Edge, Any], useful: set[Edge] | None
) -> None:
    """Add what the node's rules make of its cotangent to the gradients of its inputs."""
    began = now() if OBSERVERS else 0.0
    op, edges = node.op, node.inputs
    seen = []
    values = _saved_arrays(node)
    if traced:
        values = _traced_values(node)
    if isinstance(cotangent, RowSparse):
        cotangent = cotangent.to_dense()
    for function, positions, inputs, is_joint in node.plan.steps:
        returned = function(cotangent, *[values[position] for position in positions])
        gradients = check_count(op, returned, inputs) if is_joint else (returned,)
        for position, gradient in zip(inputs, gradients, strict=False):
            edge = edges[position]
            if edge is None or (useful is not None and edge not in useful):
                continue
            if (
                type(gradient) is not np.ndarray
                or gradient.dtype is not edge.dtype
                or gradient.shape != edge.shape
            ):
                gradient = conform(op, position, gradient, edge.shape, edge.dtype)
            if OBSERVERS:
                seen.append((position, gradient))
            if edge in pending:
                _add(pending, edge, gradient)
            else:
                pending[edge] = gradient
    if OBSERVERS:
        tell_walked(node, seen, began)


def _saved_arrays(node: Node) -> list[Any]:
    """Return the saved values as plain arrays, if none was changed since it was saved."""
    values, version = [], 0
    for value in node.saved or ():
        if isinstance(value, Tensor):
            version += value.version
            value = value._data
        elif type(value) is list:  # the inputs of a variadic op
            version += saved_version(value)
            value = [item._data if isinstance(item, Tensor) else item for item in value]
        values.append(value)
    if version != node.version:
        raise RuntimeError(_changed_message(node))
    return values


def _traced_values(node: Node) -> list[Any]:
    """Return the saved values as part of the graph, so that rules on them are recorded."""
    op = node.op
    assert node.saved is not None
    if op.order is not None:
        raise RuntimeError(
            f"{op.name}: its backward rule can be differentiated to order {op.order} only, and "
            f"create_graph=True asks for more"
        )
    values = list(node.saved)
    for position, name in enumerate(node.plan.names):
        if name == "out":
            values[position] = from_op(values[position], node)
        elif name == "residuals":
            assert node.recompute is not None
            args, attributes = node.recompute
            values[position] = op.forward(*args, **attributes)[1]
    return values


def _changed_message(node: Node) -> str:
    kept = [n for n in node.plan.names if n in node.op.inputs]
    return (
        f"backward: '{node.op.name}' saved {', '.join(kept)}, and it was changed in place since "
        f"(by an optimizer step, an assignment t[...] = or .data =): call backward() before the "
        f"change, or compute the output again"
    )


def _sum(standing: Any, gradient: Any) -> Any:
    """Add a gradient to the one a leaf has."""
    if standing is None:
        return gradient
    both = (standing, gradient)
    if all(isinstance(value, Tensor) and not value.requires_grad for value in both):
        return Tensor(standing.data + gradient.data)
    return standing + gradient


def _unshared(gradients: Iterable[Any], taken: Iterable[Any]) -> list[Any]:
    """Wrap the gradients as Tensors of memory of their own, so that each may be changed alone.

    Rules often pass their cotangent on unchanged, or a view of it, to several inputs.
    """
    seen = set(map(id, taken))
    results = []
    for gradient in gradients:
        if isinstance(gradient, np.ndarray):
            is_shared = gradient.base is not None or id(gradient) in seen
            seen.add(id(gradient))
            gradient = Tensor(gradient.copy() if is_shared else gradient)
        results.append(gradient)
    return results


setattr(Tensor, "backward", backward)  # noqa: B010  (declared in bound_methods)
