"""How the routines are compiled, and the logistic loss that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# Sums may be reordered (the NumPy forms' BLAS does too); NaN and infinity keep their meaning.
compiled: Callable[..., Any] = numba.njit(
    nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"}
)

inlined: Callable[..., Any] = numba.njit(inline="always")
"""For a part of one routine, written into it: it knows the constants that it is passed."""

_WIDTHS = range(32, 1025)


class for_width(dict[int, Callable[..., Any]]):  # noqa: N801  (a decorator)
    """A routine compiled anew for each length of the rows it works on: ``routine[length]``.

    Loops of a known length have no remainder to be done number by number, and take up to a
    quarter less. What is decorated makes the routine; it is given the length, or 0 for short and
    for very long rows, which share a routine that looks at its arguments:
    ``size = width or rows.shape[1]``.
    """

    def __init__(self, make: Callable[[int], Callable[..., Any]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, width: int) -> Callable[..., Any]:
        if width in _WIDTHS or not width:
            routine: Callable[..., Any] = compiled(self._make(width))
        else:
            routine = self[0]
        return self.setdefault(width, routine)


_F, _I = np.float32, np.int32
_PER_DOUBLING = _F(1.4426950408889634)  # 1 / log 2
_HIGH = _F(0.693115234375)  # log 2 in two parts: multiples of the first are exact
_LOW = _F(3.194618498e-05)
_LEAST = _F(-87)  # the exponential of less is not a normal number
_BIAS, _SHIFT = _I(127), _I(23)  # of the exponent in the bits of a float32
_FACTORS = 120  # of at most 2 each: their product does not overflow


@compiled
def decay_of(x: Array, out: Array, power: Array, bits: Array) -> None:  # pragma: no cover
    """Put exp(−|x|) into `out`; all are float32, and `bits` is the memory of `power` as int32.

    exp(r + n·log 2) = exp(r)·2ⁿ: Taylor's series to the 7th power for the first factor, as |r|
    is at most log(2)/2, and the second put together from its bits. The compiler turns loops
    this plain into its widest instructions; a call of the mathematical library is ten times
    as slow.
    """
    for k in range(len(x)):
        at = -abs(x[k])
        at = _LEAST if at < _LEAST else at
        doublings = np.floor(at * _PER_DOUBLING + _F(0.5))
        out[k] = (at - doublings * _HIGH) - doublings * _LOW
        bits[k] = (_I(doublings) + _BIAS) << _SHIFT
    for k in range(len(x)):
        r = out[k]
        series = _F(1 / 5040)
        series = series * r + _F(1 / 720)
        series = series * r + _F(1 / 120)
        series = series * r + _F(1 / 24)
        series = series * r + _F(1 / 6)
        series = series * r + _F(1 / 2)
        series = series * r + _F(1)
        series = series * r + _F(1)
        out[k] = series * power[k]


@compiled
def loss_of(x: Any, decay: Any) -> Any:  # pragma: no cover
    """Return log(1 + exp(x)) of a number, from exp(−|x|)."""
    return max(x, _F(0)) + np.log(_F(1) + decay)


@compiled
def losses_of(x: Array, decay: Array, out: Array) -> None:  # pragma: no cover
    """Put Σ log(1 + exp(x)) of each row into `out`, from exp(−|x|).

    Each logarithm is of a product of some factors. The rows are not cut out of their matrices,
    as counting an array's users takes longer than a row.
    """
    rows, width = x.shape
    for i in range(rows):
        total, product = _F(0), _F(1)
        if width <= _FACTORS:
            for k in range(width):
                total += max(x[i, k], _F(0))
                product *= _F(1) + decay[i, k]
        else:
            for k in range(width):
                total += loss_of(x[i, k], decay[i, k])
        out[i] = total + np.log(product)


@compiled
def logistic_of(x: Array, decay: Array, factor: Any) -> None:  # pragma: no cover
    """Put factor·σ(x) in place of x."""
    for k in range(len(x)):
        share = factor / (_F(1) + decay[k])
        x[k] = share if x[k] >= _F(0) else decay[k] * share


@compiled
def room_for(count: int) -> tuple[Array, Array, Array]:  # pragma: no cover
    """Return the last three arguments of :func:`decay_of`, for rows of up to `count` numbers."""
    out, power = np.empty(count, np.float32), np.empty(count, np.float32)
    return out, power, power.view(np.int32)
