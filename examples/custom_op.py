"""An op of your own: its forward, its rules, its samples; then checked and used.

Run it: ``python examples/custom_op.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v import testing


# The forward is a plain NumPy function: parameters before `*` are arrays, those after it settings.
# A rule asks by name for what it needs: its cotangent `g` first, then inputs, settings or `out`.
def swish_forward(x: Any, *, beta: float = 1.0) -> Any:
    """Return x · σ(β·x)."""
    return x / (1 + np.exp(-beta * x))


def swish_rule(g: Any, x: Any, out: Any, beta: float) -> Any:
    """Return the gradient of x: σ + β·out·(1 − σ), times the cotangent."""
    gate = 1 / (1 + np.exp(-beta * x))
    return g * (gate + beta * out * (1 - gate))


swish = tg.op(
    swish_forward,
    name="swish",
    x=swish_rule,
    samples=lambda rng: [
        tg.Sample(rng.normal(size=(3, 4))),
        tg.Sample(rng.normal(size=()), beta=2.0),
    ],
)


def main() -> None:
    """Check the op, and use it."""
    report = testing.opcheck(swish)  # gradients of first and second order, layouts, dtypes, ...
    print(report)
    x = tg.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    swish(x, beta=1.5).sum().backward()
    print("gradient:", x.grad)


if __name__ == "__main__":
    main()
