"""The backward walk: from an output to the leaves, each node's rules once. Last of the reference.

The walk visits the nodes from the newest to the oldest. That is a topological order, since a node
is newer than its inputs. It is a loop, so graphs of any depth can be walked, and it releases each
node behind it unless the graph is retained.
"""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import check_count, conform
from tinygrad_w2v.engine.grad_mode import enable_grad, no_grad
from tinygrad_w2v.engine.hooks import run_hooks
from tinygrad_w2v.engine.observe import OBSERVERS, now, tell_walked
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tape import Edge, Node, already_released, saved_arrays
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op
from tinygrad_w2v.engine.types import TensorLike

_ACCUMULATE = threading.Lock()  # two threads may walk graphs that share leaves


def backward(
    self: Tensor,
    gradient: TensorLike | RowSparse | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of this tensor to the `grad` of every leaf it was computed from.

    Parameters
    ----------
    gradient
        The cotangent to start with, in the tensor's shape; optional for a single value.
    retain_graph
        Keep the saved values, so that the graph can be walked again. Defaults to `create_graph`.
    create_graph
        Record the walk itself, so that the gradients can be differentiated.
    inputs
        The tensors whose `grad` is added to; all leaves by default.

    Raises
    ------
    RuntimeError
        If the tensor requires no gradient, has several values and no `gradient` was given, or
        its graph was already walked and freed.
    """
    if inputs is None:
        found = _gradients_of_leaves(self, gradient, create_graph, retain_graph)
    else:
        chosen = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        gradients = grad(self, chosen, gradient, retain_graph, create_graph, allow_unused=True)
        pairs = zip(chosen, gradients, strict=True)
        found = {leaf: new for leaf, new in pairs if new is not None}
    with _ACCUMULATE:
        for leaf, new in found.items():
            leaf._grad = new if leaf._grad is None else _accumulated(leaf._grad, new)


def leaf_gradients(
    output: Tensor, gradient: TensorLike | RowSparse | None = None
) -> dict[Tensor, Tensor | RowSparse]:
    """Return what ``output.backward(gradient)`` would add to the `grad` of each leaf.

    No `grad` is set, so that threads can train the same parameters.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> leaf_gradients(x * x)[x], x.grad
    (tensor(6.), None)
    """
    return _gradients_of_leaves(output, gradient, create_graph=False)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | RowSparse | None, ...]:
    """Return the gradients of the sum of the outputs with respect to the inputs; set no `grad`.

    Parameters
    ----------
    outputs, inputs
        A tensor or several.
    grad_outputs
        The cotangent of each output; may be None for outputs of a single value.
    retain_graph, create_graph
        As in :meth:`Tensor.backward`.
    only_inputs
        Ignored; accepted for PyTorch's signature.
    allow_unused
        Return None for an input that the outputs do not depend on, instead of raising.
    is_grads_batched
        Not available: True is refused.
    materialize_grads
        Return zeros instead of None.

    Returns
    -------
    tuple
        One gradient for each input: a Tensor, or a RowSparse for a table of which rows were read.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> (slope,) = tg.grad(x**3, x, create_graph=True)
    >>> tg.grad(slope, x)
    (tensor(18.),)
    """
    if is_grads_batched:
        raise RuntimeError(
            "grad: is_grads_batched=True is not available: call grad for each cotangent, with "
            "retain_graph=True"
        )
    if materialize_grads:
        allow_unused = True
    outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if grad_outputs is None or isinstance(grad_outputs, Tensor | np.ndarray | RowSparse):
        grad_outputs = [grad_outputs] * len(outputs)
    for position, tensor in enumerate(inputs):
        if not tensor.requires_grad:
            raise RuntimeError(
                f"grad: input {position} does not require a gradient: create it with "
                f"requires_grad=True before computing the outputs"
            )
    starts = [
        (output.node or output, _start(output, cotangent, create_graph))
        for output, cotangent in zip(outputs, grad_outputs, strict=True)
    ]
    targets = [tensor.node or tensor for tensor in inputs]
    found = walk(starts, targets, create_graph, retain_graph)
    for position, edge in enumerate(targets):
        if edge not in found and not allow_unused:
            raise RuntimeError(
                f"grad: the outputs do not depend on input {position}: pass allow_unused=True to "
                f"get None for it"
            )
    owned = {id(cotangent) for _, cotangent in starts}
    gradients = [_as_tensor(found.get(edge), owned) for edge in targets]
    if materialize_grads:
        for position, each in enumerate(inputs):
            if gradients[position] is None:
                gradients[position] = Tensor(np.zeros_like(each._data))
    return tuple(gradients)


def _gradients_of_leaves(
    output: Tensor, gradient: Any, create_graph: bool, retain_graph: bool | None = None
) -> dict[Tensor, Any]:
    start = _start(output, gradient, create_graph)
    if output.node is None or create_graph or OBSERVERS:
        found = walk([(output.node or output, start)], None, create_graph, retain_graph)
    else:
        found = walk_to_leaves(output.node, start, bool(retain_graph))
    owned = {id(start)}
    return {leaf: _as_tensor(new, owned) for leaf, new in found.items()}


def _start(output: Tensor, gradient: Any, create_graph: bool) -> Any:
    """Return the cotangent that a walk from `output` starts with, after checking it."""
    if not output._requires_grad:
        raise RuntimeError(
            "backward: this tensor does not require a gradient; nothing it was computed from was "
            "created with requires_grad=True, or it was computed under no_grad()"
        )
    values = output._data
    if gradient is None:
        if values.size != 1:
            raise RuntimeError(
                f"backward: this tensor has shape {output.shape}, only a single value has a "
                f"gradient of its own: call .sum() or .mean() first, or pass gradient="
            )
        gradient = np.empty(values.shape, values.dtype)
        gradient.fill(1)
    if isinstance(gradient, RowSparse):
        gradient = gradient.to_dense()
    if not isinstance(gradient, Tensor):
        gradient = np.asarray(gradient, values.dtype)
    if gradient.shape != values.shape:
        raise RuntimeError(
            f"backward: gradient has shape {gradient.shape}, the tensor {output.shape}: "
            f"the two must be equal"
        )
    if create_graph:
        return gradient if isinstance(gradient, Tensor) else Tensor(gradient)
    return gradient if type(gradient) is np.ndarray else array_of(gradient).astype(values.dtype)


# --- the walk -------------------------------------------------------------------------------------


def walk_to_leaves(node: Node, gradient: Any, retain_graph: bool) -> dict[Any, Any]:
    """Return the gradients of all leaves below `node`; the walk of a training step."""
    return walk([(node, gradient)], None, create_graph=False, retain_graph=retain_graph)


def walk(
    starts: Iterable[tuple[Edge, Any]],
    targets: Sequence[Edge] | None,
    create_graph: bool,
    retain_graph: bool | None = None,
) -> dict[Any, Any]:
    """Run the rules from `starts` down and return the gradients that were asked for.

    Parameters
    ----------
    starts
        Nodes or leaves, each with its cotangent.
    targets
        The nodes and leaves whose gradients are returned; None for all leaves.
    create_graph
        Run the rules on Tensors, recorded, instead of arrays.
    """
    retain = create_graph if retain_graph is None else retain_graph
    pending: dict[Edge, Any] = {}  # gradients so far of nodes and leaves not yet visited
    for edge, cotangent in starts:
        _add(pending, edge, cotangent)
    nodes = _newest_first([edge for edge in pending if isinstance(edge, Node)])
    wanted = frozenset(targets or ())
    useful = None if targets is None else _leading_to(nodes, wanted)
    found: dict[Edge, Any] = {}
    with enable_grad() if create_graph else no_grad():
        for node in nodes:
            if node not in pending:
                continue
            cotangent = pending.pop(node)
            if node.hooks:
                cotangent = run_hooks(node.hooks, cotangent, Tensor)
            if wanted and node in wanted:
                found[node] = cotangent
            if useful is None or node in useful:
                began = now() if OBSERVERS else 0.0
                gradients = _apply_rules(node, cotangent, useful, create_graph)
                for _, edge, gradient in gradients:
                    if type(gradient) is RowSparse and edge not in wanted and _reads_dense(edge):
                        gradient = gradient.to_dense()
                    _add(pending, edge, gradient)
                if OBSERVERS:
                    tell_walked(node, [(p, gradient) for p, _, gradient in gradients], began)
            if not retain:
                node.release()
        for leaf, gradient in pending.items():
            found[leaf] = run_hooks(leaf.hooks, gradient, Tensor) if leaf.hooks else gradient
    return found


def _apply_rules(
    node: Node, cotangent: Any, useful: Container[Edge] | None, create_graph: bool
) -> list[tuple[int, Edge, Any]]:
    """Apply a node's rules to its cotangent; return input positions, edges and gradients."""
    values = saved_tensors(node) if create_graph else saved_arrays(node)
    if type(cotangent) is RowSparse:
        cotangent = cotangent.to_dense()
    op, edges = node.plan.op, node.next_functions
    gradients = []
    for function, needs, _, select, inputs, is_joint in node.plan.steps:
        returned = function(cotangent, *needs, *select(values))
        results = check_count(op, returned, inputs) if is_joint else (returned,)
        for position, gradient in zip(inputs, results):  # noqa: B905  (the count was checked)
            edge = edges[position]
            if edge is None or (useful is not None and edge not in useful):
                continue
            if type(gradient) is not np.ndarray or (
                gradient.dtype is not edge.dtype or gradient.shape != edge.shape
            ):
                gradient = conform(op, position, gradient, edge.shape, edge.dtype)
            gradients.append((position, edge, gradient))
    return gradients


def _reads_dense(edge: Edge) -> bool:
    """Whether rules, which take dense gradients, are the first to get the gradient of an edge."""
    return isinstance(edge, Node) and not edge.hooks


def _newest_first(roots: Sequence[Node]) -> list[Node]:
    """Return all nodes reachable from `roots`, newest first."""
    seen = set(roots)
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.saved is None:
            raise already_released(node)
        for edge in node.next_functions:
            if isinstance(edge, Node) and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return sorted(seen, key=attrgetter("order"), reverse=True)


def _leading_to(nodes: Sequence[Node], targets: frozenset[Edge]) -> frozenset[Edge]:
    """Return the nodes on a path to one of the targets, and the targets."""
    reached: set[Edge | None] = set(targets)
    useful: set[Edge] = set(targets)
    for node in reversed(nodes):
        if not reached.isdisjoint(node.next_functions):
            useful.add(node)
            reached.add(node)
    return frozenset(useful)


def saved_tensors(node: Node) -> list[Any]:
    """Return the saved values as part of the graph, so that rules on them are recorded."""
    op = node.op
    if op.order is not None:
        raise RuntimeError(
            f"{op.name}: its backward rule can be differentiated to order {op.order} only, and "
            f"create_graph=True asks for more"
        )
    saved_arrays(node)  # raises if the values are not those that were saved
    values = list(node.saved or ())
    for position, name in enumerate(node.plan.names):
        if name == "out":
            values[position] = from_op(values[position], node)
        elif name == "residuals" and op.retrace is not None:
            values[position] = op.retrace(values[position], *map(_history_of, node.next_functions))
        elif name == "residuals":
            assert node.call is not None
            args, attributes = node.call
            values[position] = op.forward(*args, **attributes)[1]
    return values


def _history_of(edge: Edge | None) -> Any:
    """Return a Tensor with the history of an input, whose values were not saved."""
    return from_op(np.empty(()), edge) if isinstance(edge, Node) else edge


# --- sums of gradients ----------------------------------------------------------------------------


def _add(pending: dict[Edge, Any], edge: Edge, gradient: Any) -> None:
    before = pending.get(edge)
    pending[edge] = gradient if before is None else as_array(before + gradient)


def as_array(value: Any) -> Any:
    """Return the sum of two 0-d arrays, which NumPy returns as a scalar, as an array."""
    return np.asarray(value) if isinstance(value, np.generic) else value


def _accumulated(before: Any, new: Any) -> Any:
    """Return the sum of the gradient that a leaf has and a new one."""
    both = (before, new)
    if all(isinstance(value, Tensor) and not value.requires_grad for value in both):
        return Tensor(before._data + new._data)
    return before + new


def _as_tensor(gradient: Any, owned: set[int]) -> Any:
    """Return an array gradient as a Tensor that shares memory with nothing else.

    `owned` are the ids of arrays that have an owner. Rules often return their cotangent, or a view
    of it, for several inputs. A read-only array is saved elsewhere.
    """
    if type(gradient) is not np.ndarray:
        return gradient
    is_shared = gradient.base is not None or id(gradient) in owned or not gradient.flags.writeable
    owned.add(id(gradient))
    return from_op(gradient.copy() if is_shared else gradient, None)


setattr(Tensor, "backward", backward)  # noqa: B010  (declared with Tensor's other methods)
