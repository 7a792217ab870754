"""Node: one recorded call of an op. Nodes and their inputs are the tape.

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

next_order = itertools.count().__next__  # atomic, so threads may build graphs side by side


class Node:
    """One recorded call: what it needs to run its backward rules, and nothing else.

    Attributes
    ----------
    plan
        Which rules will run, the names of what they asked for, and the op that was called.
    inputs
        For each input, where its gradient goes; None where no gradient is wanted.
    saved
        The values the rules asked for, in the order of ``plan.names``; a saved input stands here
        as its Tensor, if it was one. None once the walk has passed.
    version
        The sum of the version counters of the saved Tensors when they were saved. Counters only
        grow, so the sum differs exactly if one of them was changed.
    recompute
        For an op with residuals, its inputs and attributes, from which a walk that keeps its own
        graph makes the residuals again as Tensors.
    hooks
        What is to be called with the output's gradient; None while there is nothing.
    shape, dtype
        Of the output.
    order
        Grows with every call in the process: inputs always have a smaller number.
    """

    __slots__ = (
        "__weakref__",
        "dtype",
        "hooks",
        "inputs",
        "order",
        "plan",
        "recompute",
        "saved",
        "shape",
        "version",
    )

    # Only a plan makes nodes (see ``plan_code``), which sets every attribute itself: on small
    # arrays the call of a constructor would show.
    plan: Plan
    inputs: tuple[Edge | None, ...]
    saved: tuple[Any, ...] | None
    version: int
    recompute: tuple[tuple[Any, ...], dict[str, Any]] | None
    hooks: list[Hook] | None
    shape: Shape
    dtype: DType
    order: int

    @property
    def op(self) -> Op:
        """The op that was called."""
        return self.plan.op

    def __repr__(self) -> str:
        return f"<Node {self.op.name} #{self.order} {self.shape}>"
