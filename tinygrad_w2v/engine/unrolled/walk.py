"""The backward walk of a training step: to all leaves, not observed, recording nothing.

It does what ``backward.walk`` does in one pass. A node becomes pending when the first gradient
reaches it. The newest pending node is visited next: whatever was computed from it is newer, so its
gradient is complete by then.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from numpy import ndarray

from tinygrad_w2v.engine.backward import as_array
from tinygrad_w2v.engine.grad_mode import no_grad
from tinygrad_w2v.engine.hooks import run_hooks
from tinygrad_w2v.engine.tape import Node, already_released, changed_in_place
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.unrolled.packed import PackedNode, settled

mixed: list[None] = []
"""Not empty once the accelerator has been disabled for a while: graphs may have both node types."""


def walk_to_leaves(
    reference: Callable[..., dict[Any, Any]], node: Node, gradient: Any, retain_graph: bool
) -> dict[Any, Any]:
    """Return the gradients of all leaves below `node`, whose own gradient is given."""
    if mixed and not _all_packed(node):
        return reference(node, gradient, retain_graph)
    return _walk(node, gradient, retain_graph)


def _all_packed(root: Node) -> bool:
    seen: set[Any] = {root}
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if type(node) is not PackedNode:
            return False
        for edge in node.next_functions:
            if isinstance(edge, Node) and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return True


def _walk(node: Any, gradient: Any, retain_graph: bool) -> dict[Any, Any]:
    leaves: dict[Any, Any] = {}
    pending: dict[PackedNode, Any] = {}  # nodes that a gradient has reached
    heap: list[tuple[int, PackedNode]] = []  # the same nodes, the newest on top
    class_of, node_type, array_type, pair = type, PackedNode, ndarray, tuple  # looked up once
    while True:
        edges: Any = node.edges
        if edges is None:
            raise already_released(node)
        plan = node.plan
        if plan.is_direct and edges.shape == node.shape and edges.dtype is node.dtype:
            result = gradient  # it was checked by the contract as the gradient of the output
            if plan.scales:
                if node.version:
                    raise changed_in_place(node)
                result = gradient * node.packed
                if class_of(result) is not array_type:
                    result = settled(plan.op, plan.steps[0].inputs[0], result, edges)
        else:
            run = plan.run  # looked up by itself, as plan.run(...) would look in the class first
            result = run(node, gradient)
        if not retain_graph:
            node.edges = node.packed = None
        if class_of(edges) is node_type and not heap:
            node, gradient = edges, result  # no other node can reach it: a chain needs no heap
            continue
        if class_of(edges) is not pair:
            result = ((edges, result),)
        for edge, gradient in result:
            if class_of(edge) is not node_type:
                before = leaves.get(edge)
                leaves[edge] = gradient if before is None else as_array(before + gradient)
            elif edge in pending:
                pending[edge] = as_array(pending[edge] + gradient)
            else:
                pending[edge] = gradient
                heappush(heap, (-edge.order, edge))
        if not heap:
            break
        node = heappop(heap)[1]
        gradient = pending.pop(node)
    for leaf, gradient in leaves.items():
        if leaf.hooks:
            with no_grad():
                leaves[leaf] = run_hooks(leaf.hooks, gradient, Tensor)
    return leaves
