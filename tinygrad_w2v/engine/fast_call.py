"""Calls of one- and two-input ops without attributes: what ``Op.__call__`` does, unrolled.

Arithmetic on small arrays costs little more than the bookkeeping around it, so the commonest
calls get functions without loops, tuples of arguments or look-ups that could be done once. They
must do exactly what the general call does; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.node import Node, next_order
from tinygrad_w2v.engine.observe import OBSERVERS
from tinygrad_w2v.engine.plan import Plan
from tinygrad_w2v.engine.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op

_ndarray = np.ndarray
_asarray = np.asarray


def unary_call(op: Op) -> Callable[[Any], Any]:
    """Return the call of an op with one input and no attributes."""
    forward = op.forward
    new = object.__new__
    plan = None

    def call(x: Any) -> Any:
        nonlocal plan
        if OBSERVERS or not isinstance(x, Tensor):
            return op(x)
        try:
            out = forward(x._data)
        except (IndexError, TypeError, ValueError):
            return op(x)  # to fail again, with a message
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = new(Tensor)
        result._data = out
        result._grad = result.hooks = None
        result.version = 0
        if not x._requires_grad or not MODE.enabled or not (op.rules or out.dtype.kind == "f"):
            result._requires_grad = False
            result.node = None
            return result
        if plan is None:
            plan = Plan(op, 1, 1)
        node = new(Node)
        node.op = op
        node.plan = plan
        node.inputs = (x.node or x,)
        node.saved = saved = plan.save((x,), None, out, None)
        node.version = x.version if saved and saved[0] is x else 0
        node.recompute = node.hooks = None
        node.shape = out.shape
        node.dtype = out.dtype
        node.order = next_order()
        result._requires_grad = True
        result.node = node
        return result

    return call


def binary_call(op: Op) -> Callable[[Any, Any], Any]:
    """Return the call of an op with two inputs and no attributes."""
    forward = op.forward
    new = object.__new__
    plans: list[Plan | None] = [None, None, None, None]

    def call(a: Any, b: Any) -> Any:
        if OBSERVERS:
            return op(a, b)
        mask = 0
        if isinstance(a, Tensor):
            x = a._data
            if a._requires_grad:
                mask = 1
            if isinstance(b, Tensor):
                y = b._data
                if b._requires_grad:
                    mask += 2
            else:
                y = b
        elif isinstance(b, Tensor):
            x, y = a, b._data
            if b._requires_grad:
                mask = 2
        else:
            return op(a, b)
        try:
            out = forward(x, y)
        except (IndexError, TypeError, ValueError):
            return op(a, b)  # to fail again, with a message
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = new(Tensor)
        result._data = out
        result._grad = result.hooks = None
        result.version = 0
        if not mask or not MODE.enabled or not (op.rules or out.dtype.kind == "f"):
            result._requires_grad = False
            result.node = None
            return result
        plan = plans[mask]
        if plan is None:
            plan = plans[mask] = Plan(op, 2, mask)
        node = new(Node)
        node.op = op
        node.plan = plan
        node.inputs = ((a.node or a) if mask & 1 else None, (b.node or b) if mask & 2 else None)
        node.saved = saved = plan.save((a, b), None, out, None)
        version = 0
        for value in saved:
            if isinstance(value, Tensor):
                version += value.version
        node.version = version
        node.recompute = node.hooks = None
        node.shape = out.shape
        node.dtype = out.dtype
        node.order = next_order()
        result._requires_grad = True
        result.node = node
        return result

    return call
