"""The call of an op, unrolled for its inputs; it does what ``Op.__call__`` does.

For ``add``, the source is in essence::

    def call(a, b):
        if not active and isinstance(a, Tensor) and a._requires_grad:
            x0 = a._data
            if b.dtype is x0.dtype if type(b) is ndarray else type(b) is float or ...:
                try: out = x0 + b
                except (IndexError, TypeError, ValueError) as error: fail(op, (x0, b), error)
                ...                               (record; see ``recording``)
            if isinstance(b, Tensor) and b._requires_grad and b._data.dtype is x0.dtype:
                ...                               (the same for two Tensors)
        if observers: return reference(a, b)
        kind = 0
        if type(a) is ndarray: x0 = a
        elif isinstance(a, Tensor): x0, kind = a._data, 2 if a._requires_grad else 1
        else: return reference(a, b)
        ...                                       (the same for b, adding up the kinds)
        if x0.dtype is not x1.dtype: return reference(a, b)
        out = x0 + x1                             (in the same ``try``)
        return recorders[kind](out, None, a, b)

The first part handles the most common argument kinds when no observer or grad-mode context is
active. All that is unusual is left to the reference: observed calls and dtypes that differ.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from typing import Any

import numpy as np

from tinygrad_w2v.engine.call_errors import raise_explained
from tinygrad_w2v.engine.observe import OBSERVERS
from tinygrad_w2v.engine.op import LISTED, Op
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.unrolled.packed import FIXED, PLAIN, WANTED, PackedPlan
from tinygrad_w2v.engine.unrolled.recording import (
    NAMES,
    Recorders,
    constant_of,
    number_of,
    recording_lines,
)
from tinygrad_w2v.engine.unrolled.source import compile_function, indented

# The operators of arrays are faster than the ufuncs that they call.
_OPERATORS: dict[Any, str] = {
    np.add: "{0} + {1}",
    np.subtract: "{0} - {1}",
    np.multiply: "{0} * {1}",
    np.divide: "{0} / {1}",
    np.negative: "-{0}",
}


def write_call(op: Op, recorders: Recorders, reference: Callable[..., Any]) -> Callable[..., Any]:
    """Generate the call of an op with a fixed number of inputs.

    Parameters
    ----------
    reference
        The call of the reference, bound to `op`.
    """
    general = f"_reference({', '.join((*op.inputs, *_attributes(op)))})"
    common = _common_plans(op, recorders)
    lines = [f"def call({_parameters(op)}):"]
    for name, default in op.defaults.items():
        if name == "inplace":
            lines += ["    if inplace:", f"        return {general}"]
            continue
        is_given = "" if default is Parameter.empty else f"{name} is not _defaults[{name!r}] and "
        unusual = "_Tensor_or_list" if name in LISTED else "_Tensor"
        lines += [f"    if {is_given}_isinstance({name}, {unusual}):", f"        return {general}"]
    if common:
        lines += [
            f"    if not _active and {_is_wanted(op.inputs[0])}:",
            f"        _x0 = {op.inputs[0]}._data",
        ]
        for number, plan in common:
            lines += indented(indented(_common_call(plan, f"_plan{number}")))
    lines += [
        "    if _observers:",
        f"        return {general}",
        "    _kind = 0",
    ]
    for position in range(len(op.inputs)):
        lines += _read_input(op, position, general)
    residuals = "_residuals" if op.returns_residuals else "None"
    passed = ", ".join(("_out", residuals, *op.signature.names))
    lines += [
        *indented(_compute(op, [f"_x{position}" for position in range(len(op.inputs))])),
        "    if not _kind:",
        "        return _out",
        "    if _type(_out) is not _ndarray:",
        "        _out = _asarray(_out)",
        "    if _active and not _mode.enabled:",
        f"        return _constant(_out, None, {', '.join(op.signature.names)})",
        f"    return _recorders[_kind]({passed})",
    ]
    names = {
        **NAMES,
        **{f"_plan{number}": plan for number, plan in common},
        "_Tensor_or_list": (Tensor, list),
        "_asarray": np.asarray,
        "_constant": constant_of(op),
        "_defaults": op.defaults,
        "_fail": raise_explained,
        "_forward": op.forward,
        "_observers": OBSERVERS,
        "_op": op,
        "_recorders": recorders.by_number,
        "_reference": reference,
        "_shapes": op.signature.shapes_type,
    }
    return compile_function(f"call of {op.name}", lines, names)


def _common_plans(op: Op, recorders: Recorders) -> list[tuple[int, PackedPlan]]:
    """Return the plans of the most common kinds of call, with the numbers of the kinds.

    All gradients that have rules are wanted, or, of two inputs, only the first, and no other
    input is a Tensor.
    """
    differentiable = tuple(WANTED if name in op.rules else PLAIN for name in op.inputs)
    if PLAIN in (differentiable[:1] or (PLAIN,)) or op.promotes[:1] not in ((), (0,)):
        return []
    common = [(WANTED, PLAIN), differentiable] if len(op.inputs) == 2 else [differentiable]
    return [(number_of(kinds), recorders.plan(kinds)) for kinds in dict.fromkeys(common)]


def _common_call(plan: PackedPlan, plan_name: str) -> list[str]:
    """Return all lines of a call with common kinds, after the test of its first input."""
    op: Any = plan.op
    passed, conditions, taken = ["_x0"], [], []
    for position in range(1, len(op.inputs)):
        name, kind = op.inputs[position], plan.kinds[position]
        is_promoted = len(op.promotes) > 1 and position in op.promotes
        passed.append(f"_x{position}" if kind == WANTED else name)
        condition = f"_type({name}) is _ndarray"
        if kind == WANTED:
            condition = _is_wanted(name)
            taken.append(f"_x{position} = {name}._data")
            if is_promoted:
                condition += f" and {name}._data.dtype is _x0.dtype"
        elif is_promoted:
            is_number = f"_type({name}) is _float or _type({name}) is _int"
            condition = f"({name}.dtype is _x0.dtype if {condition} else {is_number})"
        conditions.append(condition)
    lines = [
        *taken,
        *_compute(op, passed),
        "if _type(_out) is not _ndarray:",
        "    _out = _asarray(_out)",
        *recording_lines(plan, plan_name),
    ]
    return [f"if {' and '.join(conditions)}:", *indented(lines)] if conditions else lines


def _compute(op: Op, arrays: list[str]) -> list[str]:
    """Return the lines that run the forward on arrays of these names."""
    operator = _OPERATORS.get(op.forward)
    call = f"_forward({', '.join((*arrays, *_attributes(op)))})"
    result = "_out, _residuals" if op.returns_residuals else "_out"
    return [
        "try:",
        f"    {result} = {operator.format(*arrays) if operator else call}",
        "except (_IndexError, _TypeError, _ValueError) as _error:",
        f"    _fail(_op, ({''.join(array + ', ' for array in arrays)}), _error)",
    ]


def _is_wanted(name: str) -> str:
    # The type of an array is tested first: isinstance would look up its __class__ too.
    may_be = f"_type({name}) is not _ndarray and _isinstance({name}, _Tensor)"
    return f"(_type({name}) is _Tensor or {may_be}) and {name}._requires_grad"


def _attributes(op: Op) -> list[str]:
    return [f"{name}={name}" for name in op.defaults]


def _parameters(op: Op) -> str:
    """Return the inputs and attributes as parameters, the attributes with their defaults."""
    parts = list(op.inputs)
    for name, default in op.defaults.items():
        if default is not Parameter.empty:
            parts.append(f"{name}=_defaults[{name!r}]")
            continue
        if "*" not in parts and any("=" in part for part in parts):
            parts.append("*")  # after a parameter with a default, only by name
        parts.append(name)
    return ", ".join(parts)


def _read_input(op: Op, position: int, general: str) -> list[str]:
    """Return the lines that read one input: its array, its kind, and whether its dtype agrees."""
    name, x = op.inputs[position], f"_x{position}"
    dtype_agrees, number_agrees = [], []
    if len(op.promotes) > 1 and position in op.promotes:
        if position == op.promotes[0]:
            dtype_agrees = [f"        _dtype = {x}.dtype"]
            number_agrees = ["        _dtype = None"]
        else:
            dtype_agrees = [
                f"        if {x}.dtype is not _dtype and _dtype is not None:",
                f"            return {general}",
            ]
            # Two numbers: operators of Python numbers differ from NumPy's functions.
            number_agrees = ["        if _dtype is None:", f"            return {general}"]
    counted, wanted, fixed = "+=" if position else "=", WANTED * 3**position, FIXED * 3**position
    as_tensor = [
        f"_isinstance({name}, _Tensor):",
        f"        {x} = {name}._data",
        f"        _kind {counted} {wanted} if {name}._requires_grad else {fixed}",
        *dtype_agrees,
    ]
    as_array = [f"_type({name}) is _ndarray:", f"        {x} = {name}", *dtype_agrees]
    lines = [f"    if {as_array[0]}", *as_array[1:], f"    elif {as_tensor[0]}", *as_tensor[1:]]
    if number_agrees:
        kinds = ("_float", "_int", "_bool")
        is_number = " or ".join(f"_type({name}) is {kind}" for kind in kinds)
        lines += [f"    elif {is_number}:", f"        {x} = {name}", *number_agrees]
    if number_agrees or op.forward in _OPERATORS:
        return [*lines, "    else:", f"        return {general}"]
    return [
        *lines,
        f"    elif _type({name}) is _RowSparse:",
        f"        return {general}",
        "    else:",
        f"        {x} = {name}",
    ]
