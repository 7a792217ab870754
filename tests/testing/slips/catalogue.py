"""A slip: a function with a mistake that people make, next to the same function without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tests.testing.rules import unregistered
from tinygrad_w2v.autograd import Function
from tinygrad_w2v.testing import Verdict, gradcheck

Points: TypeAlias = Callable[[np.random.Generator], list[Any]]
Maker: TypeAlias = Callable[[], Callable[..., Any]]


@dataclass(frozen=True)
class Slip:
    """A wrong function and its mended twin, each made anew for every check."""

    name: str
    verdict: Verdict
    points: Points
    wrong: Maker
    right: Maker
    order: int = 1

    def verdict_of(self, make: Maker, seed: int) -> Verdict | None:
        """Return the first verdict of the checks up to `order`."""
        function, inputs = make(), self.points(np.random.default_rng(seed))
        for order in range(1, self.order + 1):
            report = gradcheck(function, inputs, seed=seed, order=order, raise_exception=False)
            if report.verdict is not None:
                return report.verdict
        return None


SLIPS: dict[str, Slip] = {}


def slip(
    name: str,
    points: Points,
    wrong: Maker,
    right: Maker,
    verdict: Verdict = Verdict.WRONG_RULE,
    order: int = 1,
) -> None:
    """Add a slip to the catalogue."""
    assert name not in SLIPS, name
    SLIPS[name] = Slip(name, verdict, points, wrong, right, order)


def rules(forward: Callable[..., Any], **by_input: Callable[..., Any]) -> Maker:
    """Make an op of a forward and a rule for each input."""
    return lambda: unregistered(forward, **by_input)


def function(forward: Callable[..., Any], backward: Callable[..., Any]) -> Maker:
    """Make a Function that saves its inputs and has the rule ``backward(inputs, *gradients)``."""

    def make() -> Any:
        class Custom(Function):
            @staticmethod
            def forward(ctx: Any, *inputs: Any) -> Any:
                ctx.save_for_backward(*inputs)
                return forward(*inputs)

            @staticmethod
            def backward(ctx: Any, *gradients: Any) -> Any:
                return backward(ctx.saved_tensors, *gradients)

        return Custom.apply

    return make


def variants(
    subject: str,
    points: Points,
    forward: Callable[..., Any],
    right: dict[str, Callable[..., Any]],
    order: int = 1,
    **wrong: dict[str, Callable[..., Any]],
) -> None:
    """Add one slip for each set of rules that replaces some of the right ones."""
    for mistake, replaced in wrong.items():
        slip(
            f"{subject}: {mistake.replace('_', ' ')}",
            points,
            rules(forward, **{**right, **replaced}),
            rules(forward, **right),
            order=order,
        )


def normal(*shapes: tuple[int, ...], scale: float = 1.0) -> Points:
    """Make inputs of normal values."""
    return lambda rng: [scale * rng.normal(size=shape) for shape in shapes]


def positive(*shapes: tuple[int, ...], low: float = 0.3, high: float = 3.0) -> Points:
    """Make inputs of positive values."""
    return lambda rng: [rng.uniform(low, high, shape) for shape in shapes]


def distinct(*shapes: tuple[int, ...]) -> Points:
    """Make inputs of both signs, with values at least 0.05 apart and from 0."""

    def points(rng: np.random.Generator) -> list[Any]:
        made = []
        for shape in shapes:
            count = int(np.prod(shape))
            grid = (np.arange(count) - count // 2 + 0.5) * 0.3
            made.append((rng.permutation(grid) + rng.uniform(-0.1, 0.1, count)).reshape(shape))
        return made

    return points


# --- functions that several slips need ---


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def ones(g: Any, like: Any) -> Any:
    return g * np.ones(like.shape)
