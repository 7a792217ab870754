"""The call of an op, unrolled: what ``Op.general`` does, written out for its own inputs.

For ``add``, what is written is in essence this::

    def call(a, b):
        if not switches and isinstance(a, Tensor) and a._requires_grad:
            x0 = a._data
            if b.dtype is x0.dtype if type(b) is ndarray else type(b) is float or ...:
                try: out = x0 + b
                except (IndexError, TypeError, ValueError): return general(a, b)
                ...                               (what ``record`` does; see ``plan_code``)
            if isinstance(b, Tensor) and b._requires_grad and b._data.dtype is x0.dtype:
                ...                               (the same for two Tensors)
        if observers: return general(a, b)
        kind = 0
        if type(a) is ndarray: x0 = a
        elif isinstance(a, Tensor): x0, kind = a._data, 2 if a._requires_grad else 1
        else: return general(a, b)
        ...                                       (the same for b, counting kind in threes)
        if x0.dtype is not x1.dtype: return general(a, b)
        try: out = x0 + x1
        except (IndexError, TypeError, ValueError): return general(a, b)
        return recorders[kind](out, None, a, b)

The first part sees to the commonest kinds of inputs in as few steps as there can be, while nobody
watches and nothing is switched off. Whatever is out of the ordinary goes to the general form:
watched calls, dtypes that differ, and calls that fail, to fail again there with a message.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.observe import OBSERVERS
from tinygrad_w2v.engine.plan import Plan, usual_plans
from tinygrad_w2v.engine.plan_code import RECORD_NAMES, indented, recording
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import FIXED, WANTED
from tinygrad_w2v.engine.written import write_function, write_over

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op

# An array's own operators are quicker than the ufuncs they lead to.
_OPERATORS: dict[Any, str] = {
    np.add: "{0} + {1}",
    np.subtract: "{0} - {1}",
    np.multiply: "{0} * {1}",
    np.divide: "{0} / {1}",
    np.negative: "-{0}",
}


def write_call(op: Op) -> Callable[..., Any]:
    """Write the unrolled call of an op with a fixed number of inputs."""
    general = f"_general({', '.join((*op.inputs, *_settings(op)))})"
    usual = usual_plans(op)
    lines = [f"def call({_parameters(op)}):"]
    if usual:
        lines += [
            f"    if not _switches and {_is_wanted(op.inputs[0])}:",
            f"        _x0 = {op.inputs[0]}._data",
        ]
        for place, plan in usual:
            lines += indented(indented(_straight(plan, f"_plan{place}", general)))
    lines += [
        "    if _observers:",
        f"        return {general}",
        "    _kind = 0",
    ]
    for place in range(len(op.inputs)):
        lines += _taken(op, place, general)
    residuals = "_residuals" if op.returns_residuals else "None"
    passed = ", ".join(("_out", residuals, *op.signature.names))
    lines += [
        *indented(_computed(op, [f"_x{place}" for place in range(len(op.inputs))], general)),
        "    if not _kind:",
        "        return _out",
        "    if _type(_out) is not _ndarray:",
        "        _out = _asarray(_out)",
        "    if _switches and not _mode.enabled:",
        "        return _from_op(_out, None)",
        f"    return _recorders[_kind]({passed})",
    ]
    names = {
        **RECORD_NAMES,
        **{f"_plan{place}": plan for place, plan in usual},
        "_Tensor": Tensor,
        "_asarray": np.asarray,
        "_defaults": op.defaults,
        "_forward": op.forward,
        "_general": op.general,
        "_ndarray": np.ndarray,
        "_observers": OBSERVERS,
        "_recorders": op.recorders,
        "_shapes": op.shapes_type,
    }
    return write_function(f"call of {op.name}", lines, names)


def _straight(plan: Plan, plan_name: str, general: str) -> list[str]:
    """Write all of a call on usual kinds of inputs, after what is asked of the first of them."""
    op = plan.op
    passed, conditions, taken = ["_x0"], [], []
    for place in range(1, len(op.inputs)):
        name, kind = op.inputs[place], plan.kinds[place]
        is_promoted = len(op.promotes) > 1 and place in op.promotes
        passed.append(f"_x{place}" if kind == WANTED else name)
        condition = f"_type({name}) is _ndarray"
        if kind == WANTED:
            condition = _is_wanted(name)
            taken.append(f"_x{place} = {name}._data")
            if is_promoted:
                condition += f" and {name}._data.dtype is _x0.dtype"
        elif is_promoted:
            is_number = f"_type({name}) is _float or _type({name}) is _int"
            condition = f"({name}.dtype is _x0.dtype if {condition} else {is_number})"
        conditions.append(condition)
    lines = [
        *taken,
        *_computed(op, passed, general),
        "if _type(_out) is not _ndarray:",
        "    _out = _asarray(_out)",
        *recording(plan, plan_name),
    ]
    return [f"if {' and '.join(conditions)}:", *indented(lines)] if conditions else lines


def _computed(op: Op, arrays: list[str], general: str) -> list[str]:
    """Write the forward on arrays of these names; what fails, fails again with a message."""
    operator = _OPERATORS.get(op.forward)
    call = f"_forward({', '.join((*arrays, *_settings(op)))})"
    result = "_out, _residuals" if op.returns_residuals else "_out"
    return [
        "try:",
        f"    {result} = {operator.format(*arrays) if operator else call}",
        "except (IndexError, TypeError, ValueError):",
        f"    return {general}",
    ]


def _is_wanted(name: str) -> str:
    # An array is known by its type at once, where isinstance would ask for its __class__ too.
    may_be = f"_type({name}) is not _ndarray and _isinstance({name}, _Tensor)"
    return f"(_type({name}) is _Tensor or {may_be}) and {name}._requires_grad"


def _settings(op: Op) -> list[str]:
    return [f"{name}={name}" for name in op.defaults]


def rewrite_call(op: Op) -> None:
    """Write the unrolled call anew, after a change of the op's rules, for all who hold it."""
    if not op.signature.variadic:
        write_over(op.quick, write_call(op))


def _parameters(op: Op) -> str:
    """Return the inputs and attributes as parameters, the attributes with their defaults."""
    parts = list(op.inputs)
    for name, default in op.defaults.items():
        if default is not Parameter.empty:
            parts.append(f"{name}=_defaults[{name!r}]")
            continue
        if "*" not in parts and any("=" in part for part in parts):
            parts.append("*")  # nothing without a default may follow one with it, but by name
        parts.append(name)
    return ", ".join(parts)


def _taken(op: Op, place: int, general: str) -> list[str]:
    """Write how one input is taken: its array, its kind, and whether its dtype agrees."""
    name, x = op.inputs[place], f"_x{place}"
    dtype_agrees, number_agrees = [], []
    if len(op.promotes) > 1 and place in op.promotes:
        if place == op.promotes[0]:
            dtype_agrees = [f"        _dtype = {x}.dtype"]
            number_agrees = ["        _dtype = None"]
        else:
            dtype_agrees = [
                f"        if {x}.dtype is not _dtype and _dtype is not None:",
                f"            return {general}",
            ]
            # Two numbers: Python's operators are not NumPy's functions.
            number_agrees = ["        if _dtype is None:", f"            return {general}"]
    counted, wanted, fixed = "+=" if place else "=", WANTED * 3**place, FIXED * 3**place
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
    return [*lines, "    else:", f"        {x} = {name}"]
