"""The two functions of a plan, as source: one records a call, one runs its rules backward.

For ``a * b`` with both gradients wanted, what is written is in essence this::

    def record(out, residuals, a, b):             def run(node, g):
        node = Node()                                 s0, s1 = node.saved
        node.inputs = (a.node or a, b.node or b)      if s0.version + s1.version != node.version:
        node.saved = (b, a)                               raise changed(node)
        node.version = b.version + a.version          r0 = rule_a(g, s0._data)
        ...                                           r1 = rule_b(g, s1._data)
        result = Tensor(out)                          (check that r0 and r1 conform)
        result.node = node                            e0, e1 = node.inputs
        return result                                 return ((e0, r0), (e1, r1))

The general form of ``run`` is :func:`tinygrad_w2v.engine.rules.run_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine import rules
from tinygrad_w2v.engine.contract import check_count
from tinygrad_w2v.engine.grad_mode import MODE, SWITCHES
from tinygrad_w2v.engine.node import Node, next_order
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.written import write_function

if TYPE_CHECKING:
    from tinygrad_w2v.engine.plan import Plan

# Beside those of written.py; see there for the underscores.
_NAMES: dict[str, Any] = {
    "_Node": Node,
    "_Tensor": Tensor,
    "_changed": rules.changed,
    "_check_count": check_count,
    "_from_op": from_op,
    "_mode": MODE,
    "_ndarray": np.ndarray,
    "_new": object.__new__,
    "_new_tuple": tuple.__new__,
    "_next_order": next_order,
    "_saved_version": rules.saved_version,
    "_settled": rules.settled,
    "_shape": np.shape,
    "_switches": SWITCHES,
}


def write_record(plan: Plan) -> Callable[..., Any]:
    """Write ``record(out, residuals, *inputs, *attributes)`` of a plan."""
    op = plan.op
    parameters = ", ".join(("out", "residuals", *op.signature.names))
    lines = [
        f"def record({parameters}):",
        "    if _switches and not _mode.enabled:",
        "        return _from_op(out, None)",
        "    _node = _new(_Node)",
        "    _node.plan = _plan",
        f"    _node.inputs = {_edges(plan)}",
        f"    _node.saved = ({''.join(_picked(plan, name) + ', ' for name in plan.names)})",
        f"    _node.version = {' + '.join(_versions(plan)) or '0'}",
        f"    _node.recompute = {_call_again(plan)}",
        "    _node.hooks = None",
        "    _node.shape = out.shape",
        "    _node.dtype = out.dtype",
        "    _node.order = _next_order()",
        "    _result = _new(_Tensor)",
        "    _result._data = out",
        "    _result._grad = _result.hooks = None",
        "    _result._requires_grad = True",
        "    _result.node = _node",
        "    _result.version = 0",
        "    return _result",
    ]
    names = {**_NAMES, "_plan": plan, "_shapes": op.shapes_type, "_kinds": plan.kinds}
    return write_function(f"record of {op.name}", lines, names)


def _edges(plan: Plan) -> str:
    op = plan.op
    if op.signature.variadic:
        return (
            f"_tuple([(_x.node or _x) if _kind == 2 else None "
            f"for _x, _kind in _zip({op.inputs[0]}, _kinds)])"
        )
    each = [
        f"{name}.node or {name}" if kind == 2 else "None"
        for name, kind in zip(op.inputs, plan.kinds, strict=True)
    ]
    return f"({''.join(one + ', ' for one in each)})"


def _picked(plan: Plan, name: str) -> str:
    """Return the expression of a value to save."""
    op = plan.op
    if name == "shapes":
        if op.signature.variadic:
            return f"_tuple([_shape(_x) for _x in {op.inputs[0]}])"
        shapes = [
            f"{name}._data.shape"
            if kind
            else f"({name}.shape if _type({name}) is _ndarray else _shape({name}))"
            for name, kind in zip(op.inputs, plan.kinds, strict=True)
        ]
        return f"_new_tuple(_shapes, ({''.join(shape + ', ' for shape in shapes)}))"
    return f"_list({name})" if op.signature.variadic and name in op.inputs else name


def _versions(plan: Plan) -> Iterator[str]:
    """Yield the expressions whose sum is the version of what a plan saves."""
    op = plan.op
    for name in plan.names:
        if name in op.inputs:
            if op.signature.variadic:
                yield f"_saved_version({name})"
            elif plan.kinds[op.inputs.index(name)]:
                yield f"{name}.version"
        elif name in op.defaults:  # settings are not Tensors, as a rule
            yield f"({name}.version if _isinstance({name}, _Tensor) else 0)"


def _call_again(plan: Plan) -> str:
    """Return the expression of what ``Node.recompute`` keeps."""
    op = plan.op
    if "residuals" not in plan.names or op.order is not None or op.retrace is not None:
        return "None"
    inputs = op.inputs[0] if op.signature.variadic else f"({''.join(n + ', ' for n in op.inputs)})"
    settings = ", ".join(f"{name!r}: {name}" for name in op.defaults)
    return f"({inputs}, {{{settings}}})"


def write_run(plan: Plan) -> Callable[..., Any]:
    """Write ``run(node, g)`` of a plan."""
    op = plan.op
    if op.signature.variadic:
        return rules.run_on_arrays
    lines = ["def run(_node, _g):"]
    if plan.names:
        lines.append(f"    {''.join(f'_s{i}, ' for i in range(len(plan.names)))} = _node.saved")
    values, versions = [], []
    for place, name in enumerate(plan.names):
        saved = f"_s{place}"
        if name in op.inputs and plan.kinds[op.inputs.index(name)]:
            versions.append(f"{saved}.version")
            values.append(f"{saved}._data")
        elif name in op.defaults:
            versions.append(f"({saved}.version if _isinstance({saved}, _Tensor) else 0)")
            values.append(f"({saved}._data if _isinstance({saved}, _Tensor) else {saved})")
        else:
            values.append(saved)
    # Also where nothing is counted: writing into a saved result makes the node's own number odd.
    if versions or "out" in plan.names:
        lines += [
            f"    if {' + '.join(versions) or '0'} != _node.version:",
            "        raise _changed(_node)",
        ]
    lines.append(f"    {''.join(f'_e{i}, ' for i in range(len(op.inputs)))} = _node.inputs")
    names = {**_NAMES, "_op": op}
    pairs = []
    for number, step in enumerate(plan.steps):
        names[f"_rule{number}"] = step.function
        call = f"_rule{number}({', '.join(['_g', *(values[p] for p in step.positions)])})"
        results = "".join(f"_r{i}, " for i in step.inputs)
        if step.is_joint:
            lines.append(f"    {results} = _check_count(_op, {call}, {step.inputs})")
        else:
            lines.append(f"    _r{step.inputs[0]} = {call}")
        for i in step.inputs:
            if plan.kinds[i] != 2:
                continue
            r, e = f"_r{i}", f"_e{i}"
            looks_wrong = f"_type({r}) is not _ndarray or {r}.dtype is not {e}.dtype"
            lines += [
                f"    if {looks_wrong} or {r}.shape != {e}.shape:",
                f"        {r} = _settled(_op, {i}, {r}, {e})",
            ]
            pairs.append(f"{e}, {r}")
    if plan.is_single:
        lines.append(f"    return {pairs[0]}")
    else:
        lines.append(f"    return ({''.join(f'({pair}), ' for pair in pairs)})")
    return write_function(f"backward of {op.name}", lines, names)
