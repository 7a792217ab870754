"""The two functions generated for a packed plan: one records a call, one runs its rules.

For ``a * b`` with both gradients wanted, the source is in essence::

    def record(out, residuals, a, b):             def run(node, g):
        node = PackedNode()                           s0, s1 = node.packed
        node.plan = plan                              if s0.version + s1.version != node.version:
        node.edges = (a.node or a, b.node or b)           raise changed_in_place(node)
        node.packed = (b, a)                          e0, e1 = node.edges
        node.version = b.version + a.version          r0 = rule_a(g, s0._data)
        ...                                           r1 = rule_b(g, s1._data)
        result = Tensor(out)                          (check r0 and r1 by the contract)
        result.node = node                            return ((e0, r0), (e1, r1))
        return result

The body of ``record`` is also part of the generated call of the op, for the most common kinds of
inputs (see ``calling``).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import tape
from tinygrad_w2v.engine.backward import _apply_rules
from tinygrad_w2v.engine.contract import check_count
from tinygrad_w2v.engine.grad_mode import ACTIVE, MODE
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.promotion import narrowed
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.signature import Signature
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.unrolled.packed import (
    PLAIN,
    WANTED,
    PackedNode,
    PackedPlan,
    for_edge,
    is_identity,
    settled,
)
from tinygrad_w2v.engine.unrolled.source import compile_function, indented, one_or_tuple
from tinygrad_w2v.engine.versions import share_version

_DOUBLE = np.dtype(np.float64)


Recorder: TypeAlias = Callable[..., Any]
"""``record(out, residuals, *inputs, *attributes)``; the inputs of a variadic op are one tuple."""


def constant(out: Any, _: Any, *inputs: Any, **__: Any) -> Any:
    """Return the result of a call that is not recorded."""
    result = from_op(out, None)
    if out.base is not None:
        share_version(result, inputs[0] if inputs and type(inputs[0]) is tuple else inputs)
    return result


def constant_of(op: Op) -> Recorder:
    """Return what wraps the result of a call without a gradient: of integers, not in float64."""
    names = op.signature.names
    place = names.index("dtype") if "dtype" in names else -1

    def narrowing(out: Any, _: Any, *inputs: Any, **options: Any) -> Any:
        # Attributes follow the inputs, or are keywords if the reference made the call.
        dtype = inputs[place] if 0 <= place < len(inputs) else options.get("dtype")
        if out.dtype is _DOUBLE and dtype is None:
            out = narrowed(out, inputs[0] if op.signature.variadic else inputs)
        return constant(out, None, *inputs)

    return narrowing


# Names in generated source, beside those of ``source``.
NAMES: dict[str, Any] = {
    "_Node": PackedNode,
    "_RowSparse": RowSparse,
    "_Tensor": Tensor,
    "_active": ACTIVE,
    "_constant": constant,
    "_changed": tape.changed_in_place,
    "_check_count": check_count,
    "_mode": MODE,
    "_ndarray": np.ndarray,
    "_new": object.__new__,
    "_new_tuple": tuple.__new__,
    "_next_order": tape.next_order,
    "_unpacked": tape.unpacked,
    "_settled": settled,
    "_shape": np.shape,
    "_share_version": share_version,
}

# --- recording ------------------------------------------------------------------------------------


def write_record(plan: PackedPlan) -> Recorder:
    """Generate ``record(out, residuals, *inputs, *attributes)`` of a plan."""
    op = plan.op
    parameters = ", ".join(("_out", "_residuals", *op.signature.names))
    lines = [
        f"def record({parameters}):",
        "    if _active and not _mode.enabled:",
        f"        return _constant(_out, None, *{_inputs(op.signature)})",
        *indented(recording_lines(plan, "_plan")),
    ]
    names = {**NAMES, "_plan": plan, "_shapes": op.signature.shapes_type, "_kinds": plan.kinds}
    return compile_function(f"record of {op.name}", lines, names)


def recording_lines(plan: PackedPlan, plan_name: str) -> list[str]:
    """Return the lines that record a call, where inputs and attributes have their own names."""
    packed = [_value(plan, name) for name in plan.names] + [_call(plan)] * plan.saves_call
    return [
        "_node = _Node()",
        f"_node.plan = {plan_name}",
        f"_node.edges = {_edges(plan)}",
        *[f"_node.packed = {one_or_tuple(packed)}"] * bool(packed),
        f"_node.version = {_sum(list(_versions(plan)))}",
        "_node.shape = _out.shape",
        "_node.dtype = _out.dtype",
        "_node.order = _next_order()",
        "_result = _new(_Tensor)",
        "_result._data = _out",
        "_result._grad = _result.hooks = None",
        "_result._requires_grad = True",
        "_result.node = _node",
        "_result.version = 0",
        "if _out.base is not None:",
        f"    _share_version(_result, {_inputs(plan.op.signature)})",
        "return _result",
    ]


def _wanted(plan: PackedPlan) -> list[int]:
    return [position for position, is_wanted in enumerate(plan.wanted) if is_wanted]


def _edges(plan: PackedPlan) -> str:
    inputs = plan.op.signature.inputs
    if plan.op.signature.variadic:
        edges = f"[_x.node or _x for _x, _kind in _zip({inputs[0]}, _kinds) if _kind == {WANTED}]"
        return f"{edges}[0]" if plan.is_single else f"_tuple({edges})"
    return one_or_tuple([f"{inputs[i]}.node or {inputs[i]}" for i in _wanted(plan)])


def _value(plan: PackedPlan, name: str) -> str:
    """Return the expression of a value to save."""
    signature = plan.op.signature
    if name == "shapes":
        if signature.variadic:
            return f"_tuple([_shape(_x) for _x in {signature.inputs[0]}])"
        shapes = [
            f"{name}._data.shape"
            if kind
            else f"({name}.shape if _type({name}) is _ndarray else _shape({name}))"
            for name, kind in zip(signature.inputs, plan.kinds, strict=True)
        ]
        return f"_new_tuple(_shapes, ({''.join(shape + ', ' for shape in shapes)}))"
    if name in ("out", "residuals"):
        return f"_{name}"
    return f"_list({name})" if signature.variadic and name in signature.inputs else name


def _versions(plan: PackedPlan) -> Iterator[str]:
    """Yield the expressions whose sum is the version of the saved values."""
    signature = plan.op.signature
    for name in plan.names:
        if name in signature.inputs:
            if signature.variadic:
                yield f"_unpacked({name})[1]"
            elif plan.kinds[signature.inputs.index(name)]:
                yield f"{name}.version"


def _sum(versions: list[str]) -> str:
    # At least one addition, so that the sum is an integer and not a SharedVersion.
    return " + ".join(versions if len(versions) > 1 else [*versions, "0"])


def _inputs(signature: Signature) -> str:
    """Return the expression of all inputs as a tuple."""
    names = signature.inputs
    return names[0] if signature.variadic else f"({''.join(name + ', ' for name in names)})"


def _call(plan: PackedPlan) -> str:
    """Return the expression of ``Node.call``."""
    signature = plan.op.signature
    inputs = _inputs(signature)
    attributes = ", ".join(f"{name!r}: {name}" for name in signature.defaults)
    return f"({inputs}, {{{attributes}}})"


# --- running the rules ----------------------------------------------------------------------------


def write_run(plan: PackedPlan) -> Callable[[PackedNode, Any], Any]:
    """Generate ``run(node, g)`` of a plan."""
    op, signature = plan.op, plan.op.signature
    if signature.variadic:
        return _run_variadic
    saved = [f"_s{position}" for position in range(len(plan.names))]
    lines = ["def run(_node, _g):"]
    if saved:
        lines.append(f"    {one_or_tuple(saved + ['_'] * plan.saves_call)} = _node.packed")
    values, versions = [], []
    for value, name in zip(saved, plan.names, strict=True):
        if name in signature.inputs and plan.kinds[signature.inputs.index(name)]:
            versions.append(f"{value}.version")
            values.append(f"{value}._data")
        else:
            values.append(value)
    # A saved result has no counter of its own here: a write to it changes the node's number.
    if versions or "out" in plan.names:
        lines += [
            f"    if {_sum(versions)} != _node.version:",
            "        raise _changed(_node)",
        ]
    wanted = _wanted(plan)
    lines.append(f"    {one_or_tuple([f'_e{i}' for i in wanted])} = _node.edges")
    names = {**NAMES, "_op": op}
    for number, step in enumerate(plan.steps):
        names[f"_rule{number}"] = step.function
        names[f"_needs{number}"] = step.needs[0] if step.needs else None
        arguments = ["_g", *[f"_needs{number}"] * len(step.needs)]
        arguments += [values[position] for position in step.values]
        lines += indented(_step_lines(plan, number, arguments))
    result = ["_r{0}", "(_e{0}, _r{0})"][len(wanted) > 1]
    lines.append(f"    return {one_or_tuple([result.format(i) for i in wanted])}")
    return compile_function(f"backward of {op.name}", lines, names)


def _step_lines(plan: PackedPlan, number: int, arguments: list[str]) -> list[str]:
    """Return the lines that run one rule and check shape and dtype of what it returns."""
    step = plan.steps[number]
    call = "_g" if is_identity(step.function) else f"_rule{number}({', '.join(arguments)})"
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
        if not plan.wanted[i]:
            continue
        r, e = f"_r{i}", f"_e{i}"
        if call == "_g":  # it has the shape and dtype of the output, which the node has
            differs = f"_node.dtype is not {e}.dtype or _node.shape != {e}.shape"
        else:
            differs = f"_type({r}) is not _ndarray or {r}.dtype is not {e}.dtype"
            differs += f" or {r}.shape != {e}.shape"
        settle = f"{r} = _settled(_op, {i}, {r}, {e})"
        if call != "_g":  # a leaf takes a row-sparse gradient as it is
            other = f"_type({r}) is not _RowSparse or _type({e}) is _Node"
            other += f" or {r}.dtype is not {e}.dtype or {r}.shape != {e}.shape"
            settle = f"if {other}: {settle}"
        lines += [f"if {differs}:", f"    {settle}"]
    return lines


def _run_variadic(node: PackedNode, cotangent: Any) -> Any:
    pairs = [
        (edge, for_edge(gradient, edge))
        for _, edge, gradient in _apply_rules(node, cotangent, None, False)
    ]
    return pairs[0][1] if node.plan.is_single else tuple(pairs)


# --- recorders by the kinds of inputs -------------------------------------------------------------


class Recorders:
    """The packed plans and recorders of one op, by the kinds of its inputs; made when needed.

    Attributes
    ----------
    by_number
        Recorders by ``Σ kind · 3**position``, which generated code adds up as it reads its
        inputs. Empty for a variadic op.
    """

    def __init__(self, op: Op) -> None:
        self.op = op
        self.plans: dict[tuple[int, ...], PackedPlan] = {}
        self.by_kinds: dict[tuple[int, ...], Recorder] = {}
        self.by_number: list[Recorder] = []
        self.reset()

    def reset(self) -> None:
        """Drop all plans and recorders, after a change of the op's rules."""
        self.plans.clear()
        self.by_kinds.clear()
        if not self.op.signature.variadic:
            all_kinds = itertools.product(range(3), repeat=len(self.op.inputs))
            firsts = {number_of(kinds): partial(self._first, kinds) for kinds in all_kinds}
            # In place: generated code holds the list.
            self.by_number[:] = [firsts[number] for number in range(len(firsts))]

    def plan(self, kinds: tuple[int, ...]) -> PackedPlan:
        """Return the plan for these kinds."""
        plan = self.plans.get(kinds)
        return plan or self.plans.setdefault(kinds, PackedPlan(self.op, kinds, write_run))

    def recorder(self, kinds: tuple[int, ...]) -> Recorder:
        """Return what records a call with these kinds."""
        recorder = self.by_kinds.get(kinds)
        if recorder is None:
            recorder = self.by_kinds[kinds] = self._write(kinds)
            if self.by_number:
                self.by_number[number_of(kinds)] = recorder
        return recorder

    def _first(self, kinds: tuple[int, ...], *args: Any, **attributes: Any) -> Any:
        return self.recorder(kinds)(*args, **attributes)

    def _write(self, kinds: tuple[int, ...]) -> Recorder:
        if WANTED not in kinds:
            return constant_of(self.op) if any(kinds) else _array
        return write_record(self.plan(kinds)) if self.op.rules else partial(_no_rules, self, kinds)


def number_of(kinds: tuple[int, ...]) -> int:
    """Return ``Σ kind · 3**position``."""
    return sum(kind * 3**position for position, kind in enumerate(kinds))


def _array(out: Any, *_: Any, **__: Any) -> Any:
    return out  # no input is a Tensor, so the result is not


def _no_rules(recorders: Recorders, kinds: tuple[int, ...], out: Any, *_: Any, **__: Any) -> Any:
    if out.dtype.kind == "f" and MODE.enabled:
        recorders.plan(kinds)  # raises: there is no rule
    return from_op(out, None)


def kinds_of(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the kind of each input of a call."""
    return tuple([PLAIN if not isinstance(arg, Tensor) else 1 + arg._requires_grad for arg in args])
