"""The two functions of a plan, as source: one records a call, one runs its rules backward.

For ``a * b`` with both gradients wanted, what is written is in essence this::

    def record(out, residuals, a, b):             def run(node, g):
        node = Node()                                 s0, s1 = node.kept
        node.plan = plan                              if s0.version + s1.version != node.version:
        node.edges = (a.node or a, b.node or b)           raise changed(node)
        node.kept = (b, a)                            e0, e1 = node.edges
        node.version = b.version + a.version          r0 = rule_a(g, s0._data)
        ...                                           r1 = rule_b(g, s1._data)
        result = Tensor(out)                          (check that r0 and r1 conform)
        result.node = node                            return ((e0, r0), (e1, r1))
        return result

The body of ``record`` also stands in the unrolled call of the op, for the commonest kinds of
inputs (see ``fast_call``). The general form of ``run`` is
:func:`tinygrad_w2v.engine.rules.run_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine import rules
from tinygrad_w2v.engine.contract import check_count
from tinygrad_w2v.engine.grad_mode import MODE, SWITCHES
from tinygrad_w2v.engine.node import Node, orders
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.types import WANTED
from tinygrad_w2v.engine.written import write_function

if TYPE_CHECKING:
    from tinygrad_w2v.engine.plan import Plan

# Beside those of written.py; see there for the underscores.
RECORD_NAMES: dict[str, Any] = {
    "_Node": Node,
    "_RowSparse": RowSparse,
    "_Tensor": Tensor,
    "_changed": rules.changed,
    "_check_count": check_count,
    "_from_op": from_op,
    "_mode": MODE,
    "_ndarray": np.ndarray,
    "_new": object.__new__,
    "_new_tuple": tuple.__new__,
    "_orders": orders,
    "_saved_version": rules.saved_version,
    "_settled": rules.settled,
    "_shape": np.shape,
    "_switches": SWITCHES,
}


def write_record(plan: Plan) -> Callable[..., Any]:
    """Write ``record(out, residuals, *inputs, *attributes)`` of a plan."""
    op = plan.op
    parameters = ", ".join(("_out", "_residuals", *op.signature.names))
    lines = [
        f"def record({parameters}):",
        "    if _switches and not _mode.enabled:",
        "        return _from_op(_out, None)",
        *indented(recording(plan, "_plan")),
    ]
    names = {**RECORD_NAMES, "_plan": plan, "_shapes": op.shapes_type, "_kinds": plan.kinds}
    return write_function(f"record of {op.name}", lines, names)


def recording(plan: Plan, plan_name: str) -> list[str]:
    """Return the lines that give a result its node, where inputs and settings have their names."""
    kept = [_picked(plan, name) for name in plan.names] + [_call_again(plan)] * plan.keeps_call
    return [
        "_node = _Node()",
        f"_node.plan = {plan_name}",
        f"_node.edges = {_edges(plan)}",
        *[f"_node.kept = {_alone_or_tuple(kept)}"] * bool(kept),
        f"_node.version = {' + '.join(_versions(plan)) or '0'}",
        "_node.shape = _out.shape",
        "_node.dtype = _out.dtype",
        "_node.order = _next(_orders)",
        "_result = _new(_Tensor)",
        "_result._data = _out",
        "_result._grad = _result.hooks = None",
        "_result._requires_grad = True",
        "_result.node = _node",
        "_result.version = 0",
        "return _result",
    ]


def indented(lines: list[str]) -> list[str]:
    """Return lines of source one level deeper."""
    return [f"    {line}" for line in lines]


def _alone_or_tuple(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"({', '.join(expressions)})"


def _edges(plan: Plan) -> str:
    op = plan.op
    if op.signature.variadic:
        edges = (
            f"[_x.node or _x for _x, _kind in _zip({op.inputs[0]}, _kinds) if _kind == {WANTED}]"
        )
        return f"{edges}[0]" if plan.is_single else f"_tuple({edges})"
    return _alone_or_tuple([f"{op.inputs[i]}.node or {op.inputs[i]}" for i in _wanted(plan)])


def _wanted(plan: Plan) -> list[int]:
    return [position for position, kind in enumerate(plan.kinds) if kind == WANTED]


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
    if name in ("out", "residuals"):
        return f"_{name}"
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
    inputs = op.inputs[0] if op.signature.variadic else f"({''.join(n + ', ' for n in op.inputs)})"
    settings = ", ".join(f"{name!r}: {name}" for name in op.defaults)
    return f"({inputs}, {{{settings}}})"


def write_run(plan: Plan) -> Callable[..., Any]:
    """Write ``run(node, g)`` of a plan."""
    op = plan.op
    if op.signature.variadic:
        return rules.run_on_arrays
    kept = [f"_s{place}" for place in range(len(plan.names))]
    lines = ["def run(_node, _g):"]
    if kept:
        # What is kept to make the residuals again is not needed here.
        targets = kept + ["_"] * plan.keeps_call
        lines.append(f"    {_alone_or_tuple(targets)} = _node.kept")
    values, versions = [], []
    for saved, name in zip(kept, plan.names, strict=True):
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
    wanted = _wanted(plan)
    lines.append(f"    {_alone_or_tuple([f'_e{i}' for i in wanted])} = _node.edges")
    names = {**RECORD_NAMES, "_op": op}
    for number, step in enumerate(plan.steps):
        names[f"_rule{number}"] = step.function
        names[f"_needs{number}"] = step.needs[0] if step.needs else None
        arguments = ["_g", *[f"_needs{number}"] * len(step.needs)]
        arguments += [values[position] for position in step.positions]
        lines += indented(_stepped(plan, number, arguments))
    found = ["_r{0}", "(_e{0}, _r{0})"][len(wanted) > 1]
    lines.append(f"    return {_alone_or_tuple([found.format(i) for i in wanted])}")
    return write_function(f"backward of {op.name}", lines, names)


def _stepped(plan: Plan, number: int, arguments: list[str]) -> list[str]:
    """Write the running of one rule and the first look at what it gives."""
    step = plan.steps[number]
    call = "_g" if rules.passes_on(step.function) else f"_rule{number}({', '.join(arguments)})"
    if step.is_joint:
        results = "".join(f"_r{i}, " for i in step.inputs)
        lines = [
            f"_found = {call}",
            f"if _type(_found) is not _tuple or _len(_found) != {len(step.inputs)}:",
            f"    _found = _check_count(_op, _found, {step.inputs})",
            f"{results} = _found",
        ]
    else:
        lines = [f"_r{step.inputs[0]} = {call}"]
    for i in step.inputs:
        if plan.kinds[i] != WANTED:
            continue
        r, e = f"_r{i}", f"_e{i}"
        if call == "_g":  # it has the output's shape and dtype, which are at hand
            looks_wrong = f"_node.dtype is not {e}.dtype or _node.shape != {e}.shape"
        else:
            looks_wrong = f"_type({r}) is not _ndarray or {r}.dtype is not {e}.dtype"
            looks_wrong += f" or {r}.shape != {e}.shape"
        settle = f"{r} = _settled(_op, {i}, {r}, {e})"
        if call != "_g":  # rows of a table, for a leaf, which takes them as they are
            other = f"_type({r}) is not _RowSparse or _type({e}) is _Node"
            other += f" or {r}.dtype is not {e}.dtype or {r}.shape != {e}.shape"
            settle = f"if {other}: {settle}"
        lines += [f"if {looks_wrong}:", f"    {settle}"]
    return lines
