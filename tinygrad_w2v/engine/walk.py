"""The backward walk: from an output to the leaves, each node's rules once.

The nodes are visited from the newest to the oldest, which is a topological order since a node is
always newer than its inputs. The walk is a loop, so depth is no limit, and it frees what it has
passed unless told to keep it. There are two loops. :func:`_walk` can do everything: restrict itself
to what leads to some inputs, record itself, be watched. ``fast_walk`` is the quick one for the
plain ``backward()`` of a training step.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from tinygrad_w2v.engine.fast_walk import walk_to_leaves
from tinygrad_w2v.engine.grad_mode import enable_grad, no_grad
from tinygrad_w2v.engine.hooks import run_hooks
from tinygrad_w2v.engine.node import Edge, Node
from tinygrad_w2v.engine.observe import OBSERVERS, now, tell_walked
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.rules import as_array, freed, run_rules, saved_arrays, saved_tensors
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.types import Array, TensorLike

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
    keep = create_graph if retain_graph is None else retain_graph
    found = _to_leaves(self, gradient, create_graph, keep)
    with _DEPOSIT:
        for leaf, found_here in found.items():
            standing = leaf._grad
            leaf._grad = found_here if standing is None else _sum(standing, found_here)


def leaf_gradients(
    output: Tensor, gradient: TensorLike | RowSparse | None = None
) -> dict[Tensor, Tensor | RowSparse]:
    """Return what ``output.backward(gradient)`` would add to the `grad` of each leaf; set none.

    Threads that train the same parameters use it, since they would mix up each other's `grad`.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor(3.0, requires_grad=True)
    >>> leaf_gradients(x * x)[x], x.grad
    (tensor(6.), None)
    """
    return _to_leaves(output, gradient, traced=False, keep=False)


def _to_leaves(output: Tensor, gradient: Any, traced: bool, keep: bool) -> dict[Tensor, Any]:
    start = _start(output, gradient, traced)
    if output.node is None or traced or OBSERVERS:
        found = _walk([(_edge(output), start)], None, traced, keep)
    else:
        found = walk_to_leaves(output.node, start, keep)
    taken = {id(start)}
    for leaf, gradient_here in found.items():
        if type(gradient_here) is np.ndarray:
            found[leaf] = _unshared(gradient_here, taken)
    return found


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
    taken = {id(cotangent) for _, cotangent in starts}
    gradients = [found.get(edge) for edge in wanted]
    return tuple(_unshared(g, taken) if type(g) is np.ndarray else g for g in gradients)


def _edge(tensor: Tensor) -> Edge:
    return tensor.node or tensor


def _start(output: Tensor, gradient: Any, traced: bool) -> Any:
    """Return the cotangent that a walk from `output` starts with."""
    if not output._requires_grad:
        raise RuntimeError(
            "backward: this tensor does not require a gradient; nothing it was computed from was "
            "made with requires_grad=True, or it was computed under no_grad()"
        )
    if gradient is None:
        values = output._data
        if values.size != 1:
            raise RuntimeError(
                f"backward: this tensor has shape {output.shape}, only a single value has a "
                f"gradient of its own: call .sum() or .mean() first, or pass gradient="
            )
        one = np.empty(values.shape, values.dtype)
        one.fill(1)
        return Tensor(one) if traced else one
    if isinstance(gradient, RowSparse):
        gradient = gradient.to_dense()
    dtype = output._data.dtype
    if not isinstance(gradient, Tensor):
        gradient = np.asarray(gradient, dtype)
    if gradient.shape != output._data.shape:
        raise RuntimeError(
            f"backward: gradient has shape {gradient.shape}, the tensor {output.shape}: "
            f"the two must be equal"
        )
    if traced:
        return gradient if isinstance(gradient, Tensor) else Tensor(gradient)
    return gradient if type(gradient) is np.ndarray else np.asarray(gradient, dtype)


def _walk(
    starts: Iterable[tuple[Edge, Any]],
    wanted: Sequence[Edge] | None,
    traced: bool,
    keep: bool,
) -> dict[Any, Any]:
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
            hooks = node.plan.hooks
            if hooks:
                cotangent = run_hooks(hooks, cotangent, Tensor)
            if targets is not None and node in targets:
                found[node] = cotangent
            if useful is None or node in useful:
                began = now() if OBSERVERS else 0.0
                values = saved_tensors(node) if traced else saved_arrays(node)
                gradients = run_rules(node, cotangent, values, useful)
                for _, edge, gradient in gradients:
                    _add(pending, edge, gradient)
                if OBSERVERS:
                    tell_walked(node, [(p, gradient) for p, _, gradient in gradients], began)
            if not keep:
                node.edges = node.kept = None
        for leaf, gradient in pending.items():
            found[leaf] = run_hooks(leaf.hooks, gradient, Tensor) if leaf.hooks else gradient
    return found


def _collect(roots: Sequence[Node]) -> list[Node]:
    """Return all nodes reachable from `roots`, newest first."""
    seen = set(roots)
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.edges is None:
            raise freed(node)
        for edge in node.sources:
            if isinstance(edge, Node) and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return sorted(seen, key=attrgetter("order"), reverse=True)


def _leading_to(nodes: Sequence[Node], targets: set[Edge]) -> set[Edge]:
    """Return the nodes on a path to one of the targets, and the targets that are leaves."""
    useful: set[Edge] = set()
    reached: set[Edge] = set(targets)
    for node in reversed(nodes):
        if not reached.isdisjoint(node.sources):
            useful.add(node)
            reached.add(node)
    return useful | targets


def _add(pending: dict[Edge, Any], edge: Any, gradient: Any) -> None:
    standing = pending.get(edge)
    pending[edge] = gradient if standing is None else as_array(standing + gradient)


def _sum(standing: Any, gradient: Any) -> Any:
    """Add a gradient to the one a leaf has."""
    both = (standing, gradient)
    if all(isinstance(value, Tensor) and not value.requires_grad for value in both):
        return Tensor(standing.data + gradient.data)
    return standing + gradient


def _unshared(gradient: Array, taken: set[int]) -> Tensor:
    """Wrap a gradient as a Tensor of memory of its own, so that it may be changed alone.

    Rules often pass their cotangent on unchanged, or a view of it, to several inputs, and what is
    closed to writing is kept by someone. `taken` has the ids of the arrays that are others'
    already; this one's is added.
    """
    place = id(gradient)
    is_shared = gradient.base is not None or place in taken or not gradient.flags.writeable
    taken.add(place)
    return from_op(gradient.copy() if is_shared else gradient, None)


setattr(Tensor, "backward", backward)  # noqa: B010  (declared in tensor_methods)
