"""The tape: one node for each recorded call. Second file of the reference.

A Tensor that an op computed points to its node. A node points to the nodes, or leaf Tensors, of
its inputs, and never to its own output. So there are no reference cycles, and a graph that is no
longer reachable is freed at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.grad_mode import ACTIVE, MODE
from tinygrad_w2v.engine.hooks import Hook
from tinygrad_w2v.engine.rule import OpRecord, Plan
from tinygrad_w2v.engine.types import Array, DType, Shape

_orders = itertools.count()  # atomic, so threads may record at the same time
next_order = _orders.__next__


class Variable:
    """A Tensor as the tape sees it; :class:`tinygrad_w2v.engine.tensor.Tensor` extends it."""

    __slots__ = ("__weakref__", "_data", "_requires_grad", "hooks", "node", "version")

    _data: Array
    _requires_grad: bool
    hooks: list[Hook] | None
    node: Node | None
    version: Any  # an int, or a SharedVersion

    @property
    def shape(self) -> Shape:
        """The sizes of the axes."""
        return self._data.shape

    @property
    def dtype(self) -> DType:
        """The NumPy dtype of the values."""
        return self._data.dtype


Edge: TypeAlias = "Node | Variable"
"""Where a gradient flows: the node that computed an input, or the input itself if it is a leaf."""


class Node:
    """One recorded call: what its backward rules need, and nothing else.

    Attributes
    ----------
    plan
        The op, the rules to run, and the names of the saved values.
    next_functions
        For each input, where its gradient flows, or None if it is not wanted. Empty once the
        walk has released the node.
    saved
        The values that the rules asked for, in the order of ``plan.names``; an input that was a
        Tensor is saved as the Tensor. None once the walk has released the node.
    call
        The arguments of the call, ``(args, attributes)``, if ``plan.saves_call``; else None.
    version
        Sum of the version counters of the saved Tensors when they were saved. Counters only grow,
        so the sum differs exactly if one of the Tensors was changed in place.
    shape, dtype
        Of the output.
    order
        Grows with every recorded call of the process, so inputs have smaller numbers.
    hooks
        Functions that are called with the gradient of the output, or None.
    """

    __slots__ = (
        *("__weakref__", "call", "dtype", "hooks", "next_functions"),
        *("order", "plan", "saved", "shape", "version"),
    )

    def __init__(
        self,
        plan: Plan,
        next_functions: tuple[Edge | None, ...],
        saved: tuple[Any, ...],
        version: int,
        out: Array,
    ) -> None:
        self.plan = plan
        self.next_functions = next_functions
        self.saved: tuple[Any, ...] | None = saved
        self.call: tuple[Any, Any] | None = None
        self.version = version
        self.shape: Shape = out.shape
        self.dtype: DType = out.dtype
        self.order = next_order()
        self.hooks: list[Hook] | None = None

    @property
    def op(self) -> OpRecord:
        """The op that was called."""
        return self.plan.op

    def release(self) -> None:
        """Drop the saved values and the links to the inputs."""
        self.next_functions = ()
        self.saved = self.call = None

    def __repr__(self) -> str:
        return f"<Node {self.op.name} #{self.order} {self.shape}>"


def record(
    op: OpRecord,
    edges: Sequence[Edge | None],
    args: tuple[Any, ...],
    attributes: dict[str, Any],
    out: Array,
    residuals: Any,
) -> Node | None:
    """Return the node of a call, or None if nothing is to be recorded.

    Parameters
    ----------
    edges
        For each input, where its gradient flows if it is a Tensor that requires one, else None.
    args, attributes
        All inputs by position, and the attributes that were given.
    out, residuals
        What the forward returned.

    Raises
    ------
    TypeError
        If an input requires a gradient and the op has no rule for it. Results that are not
        floating, such as those of comparisons, need no rule.
    """
    if ACTIVE and not MODE.enabled:
        return None
    wanted = tuple([edge is not None for edge in edges])
    plan = op.plans.get(wanted)
    if plan is None:
        if True not in wanted or (not op.rules and out.dtype.kind != "f"):
            return None
        # setdefault: concurrent callers share the first plan.
        plan = op.plans.setdefault(wanted, Plan(op, wanted))
    signature = op.signature
    values = ([*args],) if signature.variadic else args
    if signature.defaults:
        attributes = {**signature.defaults, **attributes}
        values += (*attributes.values(),)
    values += (out, residuals)
    if plan.takes_shapes:
        values += (tuple.__new__(signature.shapes_type, map(np.shape, args)),)
    saved = plan.select(values)
    node = Node(plan, tuple(edges), saved, _sum_of_versions(saved) if saved else 0, out)
    if plan.saves_call:
        node.call = args, attributes
    return node


# --- saved values, checked ------------------------------------------------------------------------


def _sum_of_versions(values: Iterable[Any]) -> int:
    version = 0
    for value in values:
        if isinstance(value, Variable):
            version += value.version
        elif type(value) is list:  # the inputs of a variadic op
            version += _sum_of_versions(value)
    return version


def unpacked(values: Iterable[Any]) -> tuple[list[Any], int]:
    """Return values with arrays in place of Tensors, and the sum of the version counters."""
    arrays: list[Any] = []
    version = 0
    for value in values:
        if isinstance(value, Variable):
            version += value.version
            value = value._data
        elif type(value) is list:  # the inputs of a variadic op
            value, inner = unpacked(value)
            version += inner
        arrays.append(value)
    return arrays, version


def saved_arrays(node: Node) -> list[Any]:
    """Return the saved values of a node, with arrays in place of Tensors.

    Raises
    ------
    RuntimeError
        If the node was released, or a saved Tensor was changed in place since.
    """
    if node.saved is None:
        raise already_released(node)
    arrays, version = unpacked(node.saved)
    if version != node.version:
        raise changed_in_place(node)
    return arrays


def already_released(node: Node) -> RuntimeError:
    """Return the error for a graph that is walked a second time."""
    return RuntimeError(
        f"backward: the graph through '{node.op.name}' was already walked and freed: "
        f"compute the output again, or pass retain_graph=True to the first walk"
    )


def changed_in_place(node: Node) -> RuntimeError:
    """Return the error for a saved Tensor that was changed in place."""
    inputs = node.op.signature.inputs
    names = [name for name in node.plan.names if name in inputs or name == "out"]
    names = ["its result" if name == "out" else name for name in names]
    return RuntimeError(
        f"backward: '{node.op.name}' saved {', '.join(names)}, and it was changed in place since "
        f"(by an optimizer step, an assignment t[...] = or .data =): call backward() before the "
        f"change, or compute the output again"
    )
