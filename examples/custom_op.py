"""Define an op, check it, use it.

Run ``python examples/custom_op.py``. It prints the table of checks and a gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v import testing


# The forward is a NumPy function. Parameters before `*` are inputs, those after it attributes.
def swish_forward(x: Any, *, beta: float = 1.0) -> Any:
    """Return x · σ(β·x)."""
    return x / (1 + np.exp(-beta * x))


# The rule's first argument is the gradient of the output; the other names state what is saved.
def swish_rule(g: Any, x: Any, out: Any, beta: float) -> Any:
    """Return g · (σ + β · out · (1 − σ)) with σ = σ(β·x)."""
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
    """Check the op and differentiate it."""
    print(testing.opcheck(swish))
    x = tg.tensor([-1.0, 0.0, 1.0], requires_grad=True)
    swish(x, beta=1.5).sum().backward()
    print("gradient:", x.grad)


if __name__ == "__main__":
    main()
