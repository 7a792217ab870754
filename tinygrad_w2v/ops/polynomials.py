"""Orthogonal polynomials, evaluated by their recurrences.

Source: Abramowitz and Stegun, "Handbook of mathematical functions", table 22.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import TensorLike


def _polynomial(
    name: str, description: str, first: Callable[[Any], Any], factors: Callable[[int, Any], Any]
) -> Callable[..., Any]:
    """Enter the polynomial with p₀ = 1, p₁ = first(x) and pₖ₊₁ = a · pₖ − b · pₖ₋₁.

    `factors` returns a and b of k and x.
    """

    def evaluate(x: TensorLike, n: TensorLike) -> Any:
        values: Any = operand(x)
        degrees = np.trunc(array_of(n))
        if array_of(values).dtype.kind != "f":
            values = values.astype(np.float64)
        shape = np.broadcast_shapes(np.shape(values), degrees.shape)
        before, current = np.ones((), values.dtype) + 0 * values, first(values)
        zero = np.zeros((), values.dtype)
        found: Any = np.where(np.equal(degrees, 0), before, np.broadcast_to(zero, shape))
        for k in range(1, int(degrees.max(initial=0)) + 1):
            found = np.where(np.equal(degrees, k), current, found)
            a, b = factors(k, values)
            before, current = current, a * current - b * before
        return found

    evaluate.__name__ = evaluate.__qualname__ = name
    evaluate.__doc__ = f"Return the {description} polynomial of degree `n`; 0 for a negative `n`."
    return named("special")(evaluate)


_FIRST: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "t": ("first", lambda x: x),
    "u": ("second", lambda x: 2 * x),
    "v": ("third", lambda x: 2 * x - 1),
    "w": ("fourth", lambda x: 2 * x + 1),
}
for _letter, (_kind, _start) in _FIRST.items():
    _polynomial(
        f"chebyshev_polynomial_{_letter}",
        f"Chebyshev {_letter.upper()} ({_kind} kind)",
        _start,
        lambda k, x: (2 * x, 1),
    )
    _polynomial(
        f"shifted_chebyshev_polynomial_{_letter}",
        f"shifted Chebyshev {_letter.upper()} ({_kind} kind, of 2x − 1)",
        lambda x, start=_start: start(2 * x - 1),  # type: ignore[misc]
        lambda k, x: (4 * x - 2, 1),
    )
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h", "physicist's Hermite", lambda x: 2 * x, lambda k, x: (2 * x, 2 * k)
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he", "probabilist's Hermite", lambda x: x, lambda k, x: (x, k)
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l",
    "Laguerre",
    lambda x: 1 - x,
    lambda k, x: ((2 * k + 1 - x) / (k + 1), k / (k + 1)),
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p",
    "Legendre",
    lambda x: x,
    lambda k, x: ((2 * k + 1) / (k + 1) * x, k / (k + 1)),
)
