"""Packed nodes and plans: what generated code records and runs.

A packed node stores a single edge or saved value without a tuple around it, which would take as
long to create as half the node. Its plan tells how many there are. ``next_functions``, ``saved``
and ``call`` show them in the form of the reference.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import conform
from tinygrad_w2v.engine.grad_mode import no_grad
from tinygrad_w2v.engine.hooks import Hook, run_hooks
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.rule import OpRecord, Plan
from tinygrad_w2v.engine.tape import Edge, Node
from tinygrad_w2v.engine.tensor import Tensor

PLAIN, FIXED, WANTED = 0, 1, 2
"""Kinds of an input: not a Tensor; a Tensor that requires no gradient; one that requires it."""


class PackedPlan(Plan):
    """The plan for the kinds of a call's inputs, with a generated function that runs the rules.

    Attributes
    ----------
    kinds
        Of each input.
    is_single
        Whether one gradient is wanted; its edge is stored without a tuple.
    is_direct
        Whether that gradient is the cotangent itself, as for a sum, or its product with the one
        saved value. The walk then computes it without `run` if input and output have the same
        shape and dtype.
    scales
        Whether it is such a product.
    run
        ``run(node, g)`` returns the wanted gradients with their edges, ``((edge, gradient),
        ...)``; if `is_single`, the gradient alone.
    hooks
        Of the one node that has this plan; None for a plan that nodes share.
    """

    __slots__ = ("hooks", "is_direct", "is_single", "kinds", "run", "scales")

    def __init__(
        self, op: Op, kinds: tuple[int, ...], write_run: Callable[[PackedPlan], Any]
    ) -> None:
        super().__init__(op, tuple(kind == WANTED for kind in kinds))
        self.kinds = kinds
        self.is_single = sum(self.wanted) == 1
        is_alone = self.is_single and not self.steps[0].is_joint
        self.scales = is_alone and self._scales()
        self.is_direct = self.scales or (is_alone and is_identity(self.steps[0].function))
        self.hooks: list[Hook] | None = None

        self.run: Callable[[PackedNode, Any], Any] = partial(self._first_run, write_run)

    def _first_run(
        self, write_run: Callable[[PackedPlan], Any], node: PackedNode, cotangent: Any
    ) -> Any:
        self.run = write_run(self)
        return self.run(node, cotangent)

    def _scales(self) -> bool:
        """Whether the rule is a product that has the output's shape and dtype if the input has.

        A product with the output has. A product with the other factor of a multiplication has,
        since the output had when that factor was multiplied by the input.
        """
        if self.steps[0].needs or not is_product(self.steps[0].function):
            return False
        (name,) = self.names
        if name == "out":
            return True
        position = self.op.signature.inputs.index(name) if name in self.op.signature.inputs else -1
        return self.op.forward is np.multiply and self.kinds[position] == PLAIN

    def with_hooks(self, hooks: list[Hook] | None) -> PackedPlan:
        """Return a copy for one node, with hooks that are called before its rules."""
        copy: PackedPlan = object.__new__(PackedPlan)
        for name in (*Plan.__slots__, *PackedPlan.__slots__):
            setattr(copy, name, getattr(self, name))
        copy.is_direct = copy.scales = False
        copy.hooks, copy.run = hooks, partial(_run_hooked, self)
        return copy


class PackedNode(Node):
    """A node whose edges and saved values are stored without tuples where there is one.

    Attributes
    ----------
    edges
        The edges of the wanted gradients, in the order of the inputs: a tuple, or one edge.
        None once the walk has released the node.
    packed
        The saved values, and the call if the plan saves it: a tuple, or one value; not set if
        nothing is saved.
    """

    __slots__ = ()

    # Generated code sets the attributes itself: a constructor would take as long as the rest.
    __init__ = object.__init__
    plan: PackedPlan
    # The same memory as these attributes of the reference, which are properties here.
    edges: Any = vars(Node)["next_functions"]
    packed: Any = vars(Node)["saved"]

    @property
    def next_functions(self) -> tuple[Edge | None, ...]:  # type: ignore[override]
        """For each input, where its gradient flows, or None."""
        if self.edges is None:
            return ()
        edges = iter(self.edges if isinstance(self.edges, tuple) else (self.edges,))
        return tuple([next(edges) if wanted else None for wanted in self.plan.wanted])

    @property
    def saved(self) -> tuple[Any, ...] | None:  # type: ignore[override]
        """The saved values, in the order of ``plan.names``; None once released."""
        if self.edges is None:
            return None
        if self.plan.saves_call:
            return tuple(self.packed[:-1])
        if len(self.plan.names) > 1:
            return tuple(self.packed)
        return (self.packed,) if self.plan.names else ()

    @property
    def call(self) -> tuple[tuple[Any, ...], dict[str, Any]] | None:  # type: ignore[override]
        """The arguments of the call, if the plan saves them."""
        if self.edges is None or not self.plan.saves_call:
            return None
        arguments: tuple[tuple[Any, ...], dict[str, Any]] = self.packed[-1]
        return arguments

    @property
    def hooks(self) -> list[Hook] | None:
        """Functions that are called with the gradient of the output, or None."""
        return self.plan.hooks

    @hooks.setter
    def hooks(self, hooks: list[Hook] | None) -> None:
        self.plan = self.plan.with_hooks(hooks)

    def release(self) -> None:
        """Drop the saved values and the links to the inputs."""
        self.edges = self.packed = None


def _run_hooked(plan: PackedPlan, node: PackedNode, cotangent: Any) -> Any:
    """Do what ``plan.run`` does, after the hooks of the node."""
    assert node.hooks is not None
    with no_grad():
        cotangent = run_hooks(node.hooks, cotangent, Tensor)
    if isinstance(cotangent, RowSparse):
        cotangent = cotangent.to_dense()
    return plan.run(node, cotangent)


# --- gradients and rules --------------------------------------------------------------------------


def settled(op: OpRecord, position: int, gradient: Any, edge: Edge) -> Any:
    """Return a rule's gradient, checked by the contract, in the form that its edge takes."""
    return for_edge(conform(op, position, gradient, edge.shape, edge.dtype), edge)


def for_edge(gradient: Any, edge: Edge) -> Any:
    """Return a row-sparse gradient as a dense one where rules get it first."""
    if isinstance(gradient, RowSparse) and isinstance(edge, Node) and not edge.hooks:
        return gradient.to_dense()
    return gradient


def is_identity(rule: Callable[..., Any]) -> bool:
    """Whether a rule is ``lambda g: g``, with any names. Compares bytecode."""
    return _has_code(rule, _identity.__code__)


def is_product(rule: Callable[..., Any]) -> bool:
    """Whether a rule is ``lambda g, x: g * x``, with any names."""
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
