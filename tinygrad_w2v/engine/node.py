"""Node: one recorded call of an op. Nodes and their edges are the tape.

A tensor that an op made points to its node; a node points to what made its inputs, never to its
own output. So there are no reference cycles, and a graph that nobody can reach is freed at once.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tinygrad_w2v.engine.hooks import Hook
    from tinygrad_w2v.engine.op import Op
    from tinygrad_w2v.engine.plan import Plan
    from tinygrad_w2v.engine.tensor import Tensor
    from tinygrad_w2v.engine.types import DType, Shape

Edge: TypeAlias = "Node | Tensor"
"""Where a gradient goes: the node that made an input, or the leaf Tensor that the input is."""

orders = itertools.count()  # atomic, so threads may build graphs side by side
next_order = orders.__next__


class Node:
    """One recorded call: what it needs to run its backward rules, and nothing else.

    Most nodes have one edge or keep one value, and a tuple around it would take as long to make
    as half the node. So one alone stands for itself, and the plan knows how many there are;
    `inputs` and `saved` give them in one form.

    Attributes
    ----------
    plan
        Which rules will run, the names of what they asked for, and the op that was called.
    edges
        Where the wanted gradients go: a tuple in the order of the inputs, or, if only one is
        wanted, the edge itself. None once the walk has passed.
    kept
        What `saved` and `recompute` show: a tuple, or one value alone; not set where there is
        nothing.
    version
        The sum of the version counters of the saved Tensors when they were saved. Counters only
        grow, so the sum differs exactly if one of them was changed.
    shape, dtype
        Of the output.
    order
        Grows with every call in the process: inputs always have a smaller number.
    """

    __slots__ = ("__weakref__", "dtype", "edges", "kept", "order", "plan", "shape", "version")

    # Only a plan makes nodes (see ``plan_code``), which sets every attribute itself: on small
    # arrays the call of a constructor would show.
    plan: Plan
    edges: Edge | tuple[Edge, ...] | None
    kept: Any
    version: int
    shape: Shape
    dtype: DType
    order: int

    @property
    def op(self) -> Op:
        """The op that was called."""
        return self.plan.op

    @property
    def sources(self) -> tuple[Edge, ...]:
        """Where the wanted gradients go, in the order of the inputs."""
        edges = self.edges
        if edges is None:
            return ()
        return edges if isinstance(edges, tuple) else (edges,)

    @property
    def inputs(self) -> tuple[Edge | None, ...]:
        """For each input, where its gradient goes, or None; empty once the walk has passed."""
        return () if self.edges is None else self.plan.edge_of_each_input(self.edges)

    @property
    def saved(self) -> tuple[Any, ...] | None:
        """The values the rules asked for, in the order of ``plan.names``.

        A saved input stands here as its Tensor, if it was one. None once the walk has passed.
        """
        if self.edges is None:
            return None
        plan = self.plan
        if plan.keeps_call:
            return tuple(self.kept[:-1])
        if len(plan.names) > 1:
            return tuple(self.kept)
        return (self.kept,) if plan.names else ()

    @property
    def recompute(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The inputs and attributes of the call, kept by some ops with residuals.

        From them a walk that keeps its own graph makes the residuals again, as Tensors.
        """
        if self.edges is None or not self.plan.keeps_call:
            return None
        again: tuple[tuple[Any, ...], dict[str, Any]] = self.kept[-1]
        return again

    @property
    def hooks(self) -> list[Hook] | None:
        """What is called with the output's gradient; None while there is nothing.

        Few nodes have any, so they are no attribute of every node: they stand in a plan that
        the node has for itself.
        """
        return self.plan.hooks

    @hooks.setter
    def hooks(self, hooks: list[Hook]) -> None:
        self.plan = self.plan.with_hooks(hooks)

    def __repr__(self) -> str:
        return f"<Node {self.op.name} #{self.order} {self.shape}>"
