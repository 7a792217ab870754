"""The call of an op, unrolled: what ``Op.general`` does, written out for its own inputs.

For ``add``, what is written is in essence this::

    def call(a, b):
        if observers: return general(a, b)
        kind = 0
        if isinstance(a, Tensor): x0, kind = a._data, 2 if a._requires_grad else 1
        elif type(a) is ndarray: x0 = a
        else: return general(a, b)
        ...                                       (the same for b, counting kind in threes)
        if x0.dtype is not x1.dtype: return general(a, b)
        try: out = x0 + x1
        except (IndexError, TypeError, ValueError): return general(a, b)
        if kind == 2:                             (the first a Tensor that wants a gradient)
            ...                                   (what ``record`` does; see ``plan_code``)
        if kind == 8:                             (both of them)
            ...
        return recorders[kind](out, None, a, b)

Whatever is out of the ordinary goes to the general form: watched calls, dtypes that differ, and
calls that fail, to fail again there with a message. The commonest type of an argument is asked
for first: a Tensor on the left, where operators have theirs, and an array elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.observe import OBSERVERS
from tinygrad_w2v.engine.plan import usual_plans
from tinygrad_w2v.engine.plan_code import RECORD_NAMES, indented, recording
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import FIXED, WANTED
from tinygrad_w2v.engine.written import write_function, write_over

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op

# An array's own operators are quicker than the ufuncs they lead to.
_OPERATORS: dict[Any, str] = {
    np.add: "_x0 + _x1",
    np.subtract: "_x0 - _x1",
    np.multiply: "_x0 * _x1",
    np.divide: "_x0 / _x1",
    np.negative: "-_x0",
}


def write_call(op: Op) -> Callable[..., Any]:
    """Write the unrolled call of an op with a fixed number of inputs."""
    settings = "".join(f", {name}={name}" for name in op.defaults)
    general = f"_general({', '.join(op.inputs)}{settings})"
    operator = _OPERATORS.get(op.forward)
    computed = operator or f"_forward({_listed(len(op.inputs))}{settings})"
    result = "_out, _residuals" if op.returns_residuals else "_out"
    usual = usual_plans(op)
    recorded = []
    for place, plan in usual:
        recorded += [f"if _kind == {place}:", *indented(recording(plan, f"_plan{place}"))]
    lines = [
        f"def call({_parameters(op)}):",
        "    if _observers:",
        f"        return {general}",
        "    _kind = 0",
    ]
    for place in range(len(op.inputs)):
        lines += _taken(op, place, general)
    residuals = "_residuals" if op.returns_residuals else "None"
    passed = ", ".join(("_out", residuals, *op.signature.names))
    lines += [
        "    try:",
        f"        {result} = {computed}",
        "    except (IndexError, TypeError, ValueError):",
        f"        return {general}",
        "    if _type(_out) is not _ndarray:",
        "        if not _kind:",
        "            return _out",
        "        _out = _asarray(_out)",
        *indented(recorded),
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


def rewrite_call(op: Op) -> None:
    """Write the unrolled call anew, after a change of the op's rules, for all who hold it."""
    if not op.signature.variadic:
        write_over(op.quick, write_call(op))


def _listed(count: int) -> str:
    return ", ".join(f"_x{place}" for place in range(count))


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
    first, second = (as_array, as_tensor) if place else (as_tensor, as_array)
    lines = [f"    if {first[0]}", *first[1:], f"    elif {second[0]}", *second[1:]]
    if number_agrees:
        kinds = ("_float", "_int", "_bool")
        is_number = " or ".join(f"_type({name}) is {kind}" for kind in kinds)
        lines += [f"    elif {is_number}:", f"        {x} = {name}", *number_agrees]
    if number_agrees or op.forward in _OPERATORS:
        return [*lines, "    else:", f"        return {general}"]
    return [*lines, "    else:", f"        {x} = {name}"]
