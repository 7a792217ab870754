"""How a Tensor is printed: as in PyTorch, with `grad_fn` and the dtype where it is not usual."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine.dtypes import get_default_dtype
from tinygrad_w2v.engine.grad_fn import GradFn
from tinygrad_w2v.engine.tape import Variable
from tinygrad_w2v.engine.types import Array

_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options: dict[str, Any] = {**_PROFILES["default"], "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; what is None stays as it is.

    Parameters
    ----------
    precision
        Digits after the decimal point; 4 by default.
    threshold
        Number of values above which the middle is left out; 1000 by default.
    edgeitems
        Values at each end of an axis that are printed then; 3 by default.
    linewidth
        Characters in a line; 80 by default.
    profile
        ``"default"``, ``"short"`` or ``"full"``: sets all of these.
    sci_mode
        Whether numbers are printed in scientific notation; by default, if they differ much.
    """
    if profile is not None:
        _options.update(_PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems}
    given |= {"linewidth": linewidth}
    _options.update({name: value for name, value in given.items() if value is not None})
    _options["sci_mode"] = sci_mode


def text_of(variable: Variable) -> str:
    """Return the values of a Tensor and what else distinguishes it."""
    array = variable._data
    notes = ""
    if array.dtype not in (get_default_dtype(), np.int64, np.bool_):
        notes += f", dtype={array.dtype}"
    if variable.node is not None:
        notes += f", grad_fn={GradFn(variable.node)}"
    elif variable._requires_grad:
        notes += ", requires_grad=True"
    return f"tensor({values_text(array, 'tensor(')}{notes})"


def values_text(array: Array, prefix: str = "") -> str:
    """Return the values of an array as PyTorch prints them."""
    if array.dtype.kind != "f":
        formatter: Any = None
    else:
        form, width = _form(array.astype(np.float64))
        width = width if array.ndim else 0
        formatter = {"float_kind": lambda x: _number(float(x), form).rjust(width)}
    return np.array2string(
        array,
        separator=", ",
        prefix=prefix,
        threshold=_options["threshold"],
        edgeitems=_options["edgeitems"],
        max_line_width=_options["linewidth"],
        formatter=formatter,
    )


def _form(array: Array) -> tuple[str, int]:
    """Return the format of the numbers of an array, and the width of the longest."""
    shown = array.reshape(-1)
    if shown.size > _options["threshold"]:
        ends = _options["edgeitems"]
        for axis in range(array.ndim):
            if array.shape[axis] > 2 * ends:
                places = np.r_[:ends, -ends:0]
                array = array.take(places, axis)
        shown = array.reshape(-1)
    counted = shown[np.isfinite(shown) & (shown != 0)]
    sizes = np.abs(counted)
    is_whole = bool(np.all(sizes == np.ceil(sizes)))
    is_scientific = _options["sci_mode"]
    if is_scientific is None and sizes.size:
        largest, smallest = float(sizes.max()), float(sizes.min())
        is_scientific = (
            largest > 1e8 or largest / smallest > 1000 or (not is_whole and smallest < 1e-4)
        )
    precision = _options["precision"]
    form = f".{precision}e" if is_scientific else "whole" if is_whole else f".{precision}f"
    return form, max((len(_number(float(x), form)) for x in counted), default=1)


def _number(value: float, form: str) -> str:
    if not math.isfinite(value):
        return f"{value:.0f}"
    return f"{value:.0f}." if form == "whole" else f"{value:{form}}"
