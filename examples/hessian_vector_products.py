"""Newton's method without a Hessian: conjugate gradients need only Hessian-vector products.

Run ``python examples/hessian_vector_products.py``. It fits a logistic regression and prints the
norm of the gradient after each Newton step: it shrinks quadratically. The product with the Hessian
is a derivative of a derivative, computed from the ops' ordinary rules.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v.autograd import functional
from tinygrad_w2v.nn import functional as F

Vector = np.ndarray


def conjugate_gradients(product: Callable[[Vector], Vector], b: Vector, steps: int = 50) -> Vector:
    """Solve A x = b for a positive definite A, of which only products with vectors are known."""
    x, rest = np.zeros_like(b), b.copy()
    direction, size = rest, rest @ rest
    for _ in range(steps):
        if size < 1e-24:
            break
        along = product(direction)
        step = size / (direction @ along)
        x, rest = x + step * direction, rest - step * along
        direction, size = rest + (rest @ rest) / size * direction, rest @ rest
    return x


def hessian_product(loss: Callable[[Any], Any], at: Any, v: Vector) -> Vector:
    """Return the product of the Hessian of the loss with a vector."""
    return functional.hvp(loss, at, tg.tensor(v))[1].numpy()


def newton(loss: Callable[[Any], Any], start: Vector, steps: int = 6) -> tuple[Vector, list[float]]:
    """Minimize a loss; return the minimum and the norms of the gradient on the way."""
    point, norms = start, []
    for step in range(steps):
        at = tg.tensor(point, requires_grad=True)
        (gradient,) = tg.grad(loss(at), at)
        norms.append(float(np.linalg.norm(gradient.numpy())))
        print(f"step {step}: |gradient| = {norms[-1]:.2e}")
        product = partial(hessian_product, loss, at.detach())
        point = point - conjugate_gradients(product, gradient.numpy())
    return point, norms


def main() -> list[float]:
    """Fit a logistic regression of 20 features to 500 points."""
    rng = np.random.default_rng(0)
    x, truth = rng.normal(size=(500, 20)), rng.normal(size=20)
    y = (rng.random(500) < 1 / (1 + np.exp(-x @ truth))).astype(float)

    def loss(weights: Any) -> Any:
        return F.softplus(-(2 * y - 1) * (x @ weights)).mean() + 0.01 * (weights**2).sum()

    weights, norms = newton(loss, np.zeros(20))
    print(f"correlation with the true weights: {np.corrcoef(weights, truth)[0, 1]:.3f}")
    return norms


if __name__ == "__main__":
    main()
