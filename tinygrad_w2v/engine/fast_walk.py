"""The backward walk of a training step: to all leaves, unwatched, recording nothing.

It does what ``walk._walk`` does in one pass. A node becomes pending when the first gradient
reaches it; of the pending nodes the newest is always taken next, and by then all that was made of
it is done, since whatever was made of it is newer. Rules get arrays and so record nothing; only
around hooks, which see Tensors, recording is switched off.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from numpy import ndarray

from tinygrad_w2v.engine.grad_mode import no_grad
from tinygrad_w2v.engine.hooks import run_hooks
from tinygrad_w2v.engine.node import Node
from tinygrad_w2v.engine.rules import as_array, changed, freed, settled
from tinygrad_w2v.engine.tensor import Tensor


def walk_to_leaves(node: Node, gradient: Any, keep: bool) -> dict[Tensor, Any]:
    """Return the gradients of all leaves below `node`, whose own gradient is given.

    Parameters
    ----------
    keep
        Whether the graph may be walked again.
    """
    leaves: dict[Tensor, Any] = {}
    pending: dict[Node, Any] = {}  # nodes that a gradient has reached
    heap: list[tuple[int, Node]] = []  # the same nodes, the newest on top
    class_of, node_type, array_type, pair = type, Node, ndarray, tuple  # looked up once
    while True:
        edges: Any = node.edges
        if edges is None:
            raise freed(node)
        plan = node.plan
        if plan.is_direct and edges.shape == node.shape and edges.dtype is node.dtype:
            reached = gradient  # it was held to the contract when it came
            if plan.scales:
                if node.version:
                    raise changed(node)
                reached = gradient * node.kept
                if class_of(reached) is not array_type:
                    reached = settled(plan.op, plan.steps[0].inputs[0], reached, edges)
        else:
            run = plan.run  # looked up by itself, as plan.run(...) would look in the class first
            reached = run(node, gradient)
        if not keep:
            node.edges = node.kept = None
        if class_of(edges) is node_type and not heap:
            node, gradient = edges, reached  # nothing else can reach it: a chain needs no heap
            continue
        if class_of(edges) is not pair:
            reached = ((edges, reached),)
        for edge, gradient in reached:
            if class_of(edge) is not node_type:
                standing = leaves.get(edge)
                leaves[edge] = gradient if standing is None else as_array(standing + gradient)
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
