"""Windows of signal processing: ``torch.signal.windows``, and ``hann_window`` and the like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.engine.types import Array, DType
from tinygrad_w2v.ops.bessel import i0
from tinygrad_w2v.ops.factory import factory


def _window(values: Any, dtype: DType | None) -> Array:
    """Return the window in the dtype; that of one value is 1."""
    window = np.asarray(values)
    return (np.ones(1) if len(window) == 1 else window).astype(as_dtype(dtype))


def _period(M: int, sym: bool) -> int:
    if M < 0:
        raise ValueError(f"the length of a window is {M}: it must be 0 or more")
    return max(M - 1 if sym else M, 1)


def _cosines(M: int, sym: bool, factors: Iterable[float], dtype: DType | None) -> Array:
    """Return Σᵢ (−1)ⁱ aᵢ cos(2πik / period)."""
    angle = 2 * np.pi / _period(M, sym) * np.arange(M)
    terms = (a * (-1) ** i * np.cos(i * angle) for i, a in enumerate(factors))
    return _window(sum(terms, np.zeros(M)), dtype)


def _triangle(M: int, sym: bool, dtype: DType | None) -> Array:
    return _window(1 - np.abs(2 / _period(M, sym) * np.arange(M) - 1), dtype)


def _kaiser(M: int, sym: bool, beta: float, dtype: DType | None) -> Array:
    place = np.minimum(2 / _period(M, sym) * np.arange(M), 2) - 1
    return _window(i0(beta * np.sqrt(1 - place * place)) / i0(np.array(beta)), dtype)


def _distance(M: int, sym: bool) -> Any:
    return np.arange(M) - (_period(M, sym) if M > 1 else 0) / 2


_BLACKMAN = (0.42, 0.5, 0.08)
_NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)

# --- torch.signal.windows ------------------------------------------------------------------------


@factory("windows")
def bartlett(M: int, *, sym: bool = True, dtype: DType | None) -> Array:
    """Return the triangular window of `M` values, symmetric or periodic, that is 0 at its ends."""
    return _triangle(M, sym, dtype)


@factory("windows")
def blackman(M: int, *, sym: bool = True, dtype: DType | None) -> Array:
    """Return the Blackman window of `M` values, symmetric or periodic."""
    return _cosines(M, sym, _BLACKMAN, dtype)


@factory("windows.cosine")
def _cosine(M: int, *, sym: bool = True, dtype: DType | None) -> Array:
    """Return the window of `M` values of half a period of the sine, symmetric or periodic."""
    _period(M, sym)
    return _window(np.sin((np.arange(M) + 0.5) * np.pi / max(M if sym else M + 1, 1)), dtype)


@factory("windows.exponential")
def _exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: DType | None,
) -> Array:
    """Return exp(−|k − center| / tau) for `M` values; `center` is their middle by default."""
    distance = _distance(M, sym) if center is None else np.arange(M) - center
    return _window(np.exp(-np.abs(distance) / tau), dtype)


@factory("windows")
def gaussian(M: int, *, std: float = 1.0, sym: bool = True, dtype: DType | None) -> Array:
    """Return the Gaussian window of `M` values, symmetric or periodic."""
    return _window(np.exp(-((_distance(M, sym) / std) ** 2) / 2), dtype)


@factory("windows")
def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, dtype: DType | None) -> Array:
    """Return the window of `M` values that is the sum of cosines with the factors `a`."""
    return _cosines(M, sym, a, dtype)


@factory("windows")
def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, dtype: DType | None) -> Array:
    """Return the window α − (1 − α) cos of `M` values, symmetric or periodic."""
    return _cosines(M, sym, (alpha, 1 - alpha), dtype)


@factory("windows")
def hamming(M: int, *, sym: bool = True, dtype: DType | None) -> Array:
    """Return the Hamming window of `M` values, symmetric or periodic."""
    return _cosines(M, sym, (0.54, 0.46), dtype)


@factory("windows")
def hann(M: int, *, sym: bool = True, dtype: DType | None) -> Array:
    """Return the Hann window of `M` values, symmetric or periodic."""
    return _cosines(M, sym, (0.5, 0.5), dtype)


@factory("windows")
def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, dtype: DType | None) -> Array:
    """Return the Kaiser window of `M` values, symmetric or periodic, with the shape `beta`."""
    return _kaiser(M, sym, beta, dtype)


@factory("windows")
def nuttall(M: int, *, sym: bool = True, dtype: DType | None) -> Array:
    """Return the Nuttall window of `M` values, symmetric or periodic."""
    return _cosines(M, sym, _NUTTALL, dtype)


# --- at the top level ----------------------------------------------------------------------------


@factory("tg")
def bartlett_window(window_length: int, periodic: bool = True, *, dtype: DType | None) -> Array:
    """Return the triangular window, periodic or symmetric."""
    return _triangle(window_length, not periodic, dtype)


@factory("tg")
def blackman_window(window_length: int, periodic: bool = True, *, dtype: DType | None) -> Array:
    """Return the Blackman window, periodic or symmetric."""
    return _cosines(window_length, not periodic, _BLACKMAN, dtype)


@factory("tg")
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType | None,
) -> Array:
    """Return the window α − β cos, periodic or symmetric."""
    return _cosines(window_length, not periodic, (alpha, beta), dtype)


@factory("tg")
def hann_window(window_length: int, periodic: bool = True, *, dtype: DType | None) -> Array:
    """Return the Hann window, periodic or symmetric.

    Examples
    --------
    >>> hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _cosines(window_length, not periodic, (0.5, 0.5), dtype)


@factory("tg")
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: DType | None
) -> Array:
    """Return the Kaiser window with the shape `beta`, periodic or symmetric."""
    return _kaiser(window_length, not periodic, beta, dtype)
