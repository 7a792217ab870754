"""Slips in subclasses of ``autograd.Function`` and in hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.slips.catalogue import Maker, Points, distinct, normal, positive, slip
from tinygrad_w2v.autograd import Function
from tinygrad_w2v.testing import Verdict


def of_class(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    saved: Callable[..., Any] = lambda inputs, result: inputs,
) -> Maker:
    """Make a Function that saves tensors and computes ``backward(g, *saved)``."""

    def make() -> Any:
        class Custom(Function):
            @staticmethod
            def forward(ctx: Any, *inputs: Any) -> Any:
                result = forward(*inputs)
                ctx.save_for_backward(*saved(inputs, result))
                return result

            @staticmethod
            def backward(ctx: Any, *g: Any) -> Any:
                return backward(*g, *ctx.saved_tensors)

        return Custom.apply

    return make


def classes(
    subject: str,
    points: Points,
    forward: Callable[..., Any],
    right: Callable[..., Any],
    order: int = 1,
    **wrong: Callable[..., Any],
) -> None:
    """Add a slip for each wrong ``backward(g, *inputs)`` of a Function."""
    for mistake, backward in wrong.items():
        name = f"function of {subject}: {mistake.replace('_', ' ')}"
        twin = of_class(forward, right)
        slip(name, points, of_class(forward, backward), twin, order=order)


classes(
    "a weighted distance",
    normal((4,), (4,), (4,)),
    lambda a, b, w: (w * (a - b) ** 2).sum(),
    lambda g, a, b, w: (2 * g * w * (a - b), -2 * g * w * (a - b), g * (a - b) ** 2),
    2,
    gradients_in_another_order=lambda g, a, b, w: (
        -2 * g * w * (a - b), 2 * g * w * (a - b), g * (a - b) ** 2),
    weight_without_square=lambda g, a, b, w: (
        2 * g * w * (a - b), -2 * g * w * (a - b), g * (a - b)),
    one_input_taken_as_a_constant=lambda g, a, b, w: (2 * g * w * (a - b), None, g * (a - b) ** 2),
)  # fmt: skip
classes(
    "a soft threshold",
    distinct((8,)),
    lambda x: tg.sign(x) * F.relu(tg.abs(x) - 0.4),
    lambda g, x: g * (tg.abs(x) > 0.4),
    threshold_of_the_signed_value=lambda g, x: g * (x > 0.4),
    passes_everything=lambda g, x: g * 1.0,
)
classes(
    "a bernoulli divergence",
    positive((5,), (5,), low=0.1, high=0.9),
    lambda p, q: p * tg.log(p / q) + (1 - p) * tg.log((1 - p) / (1 - q)),
    lambda g, p, q: (g * tg.log(p * (1 - q) / (q * (1 - p))), g * (q - p) / (q * (1 - q))),
    2,
    ratio_upside_down=lambda g, p, q: (
        g * tg.log(q * (1 - p) / (p * (1 - q))), g * (q - p) / (q * (1 - q))),
    denominator_of_the_other=lambda g, p, q: (
        g * tg.log(p * (1 - q) / (q * (1 - p))), g * (q - p) / (p * (1 - p))),
    constant_kept=lambda g, p, q: (
        g * (tg.log(p * (1 - q) / (q * (1 - p))) + 1), g * (q - p) / (q * (1 - q))),
)  # fmt: skip
classes(
    "two results",
    normal((3, 2), (3, 2)),
    lambda a, b: (a * b, a - b),
    lambda g, h, a, b: (g * b + h, g * a - h),
    2,
    second_result_left_out=lambda g, h, a, b: (g * b, g * a),
    second_result_of_one_input=lambda g, h, a, b: (g * b + h, g * a + h),
    results_exchanged=lambda g, h, a, b: (h * b + g, h * a - g),
)
classes(
    "a clipped gradient",
    normal((3, 3), scale=2.0),
    lambda x: tg.sin(3 * x),
    lambda g, x: 3 * g * tg.cos(3 * x),
    clipped_to_one=lambda g, x: tg.clip(3 * g * tg.cos(3 * x), -1, 1),
    scaled_to_norm_one=lambda g, x: (lambda d: d / tg.sqrt((d * d).sum()))(3 * g * tg.cos(3 * x)),
    sign_only=lambda g, x: tg.sign(3 * g * tg.cos(3 * x)),
    mean_removed=lambda g, x: (lambda d: d - d.mean())(3 * g * tg.cos(3 * x)),
)
classes(
    "a table lookup of angles",
    normal((4,)),
    lambda x: tg.stack([tg.sin(x), tg.cos(x), tg.sin(2 * x)]),
    lambda g, x: g[0] * tg.cos(x) - g[1] * tg.sin(x) + 2 * g[2] * tg.cos(2 * x),
    2,
    frequency_forgotten=lambda g, x: g[0] * tg.cos(x) - g[1] * tg.sin(x) + g[2] * tg.cos(2 * x),
    sign_of_the_cosine=lambda g, x: g[0] * tg.cos(x) + g[1] * tg.sin(x) + 2 * g[2] * tg.cos(2 * x),
    rows_exchanged=lambda g, x: g[1] * tg.cos(x) - g[0] * tg.sin(x) + 2 * g[2] * tg.cos(2 * x),
)
slip(
    "function of a square root: saves the input for the result",
    positive((5,)),
    of_class(tg.sqrt, lambda g, y: g / (2 * y)),
    of_class(tg.sqrt, lambda g, y: g / (2 * y), lambda inputs, result: (result,)),
)
slip(
    "function of a square root: keeps the result out of the graph",
    positive((5,)),
    of_class(tg.sqrt, lambda g, y: g / (2 * y.detach()), lambda inputs, result: (result,)),
    of_class(tg.sqrt, lambda g, y: g / (2 * y), lambda inputs, result: (result,)),
    order=2,
)


def of_context(first_only: bool) -> Maker:
    """Make a Function that stores its input in the class, not in the context."""

    def make() -> Any:
        class Cube(Function):
            kept: Any = None

            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                if Cube.kept is None or not first_only:
                    Cube.kept = x.detach().clone()
                return x**3

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                return 3 * g * Cube.kept**2

        return Cube.apply

    return make


for what, first_only in (("first", True), ("last", False)):
    slip(
        f"function that keeps its {what} input in the class",
        normal((4,)),
        of_context(first_only),
        of_class(lambda x: x**3, lambda g, x: 3 * g * x**2),
        Verdict.NOT_DETERMINISTIC,
    )


# --- hooks ---


def hooked(hook: Callable[[Any], Any]) -> Maker:
    """Make a function with a hook on an intermediate result."""

    def make() -> Any:
        def function(x: Any) -> Any:
            hidden = tg.tanh(x)
            hidden.register_hook(hook)
            return (hidden * hidden).sum(dim=0)

        return function

    return make


HOOKS: dict[str, Callable[[Any], Any]] = {
    "halves": lambda g: g / 2,
    "clips": lambda g: tg.clip(g, -0.5, 0.5),
    "normalises": lambda g: g / tg.sqrt((g * g).sum()),
    "reverses": lambda g: -g,
    "drops small entries": lambda g: g * (tg.abs(g) > 0.3),
    "centres": lambda g: g - g.mean(),
}
for what, hook in HOOKS.items():
    slip(f"a hook that {what}", normal((3, 3)), hooked(hook), hooked(lambda g: None))


def noisy_hook() -> Any:
    rng = np.random.default_rng(0)
    return hooked(lambda g: g + 1e-3 * rng.normal(size=g.shape))()


slip(
    "a hook that adds noise",
    normal((3, 3)),
    noisy_hook,
    hooked(lambda g: None),
    Verdict.NOT_DETERMINISTIC,
)
