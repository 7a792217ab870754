"""Slips in models of several ops: state between calls, random draws, lost graphs, shared memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import Maker, Points, distinct, normal, positive, slip
from tinygrad_w2v.testing import Verdict


def averaged() -> Any:
    history: list[Any] = []

    def call(x: Any) -> Any:
        history.append(x.detach().numpy().mean())
        return (x - np.mean(history)) * x

    return call


def alternating() -> Any:
    training = [False]

    def call(x: Any) -> Any:
        training[0] = not training[0]
        return np.tanh(x) * (1.0 if training[0] else 1.0 + 1e-6)

    return call


def exhausted() -> Any:
    noise = iter(np.random.default_rng(3).normal(size=200))
    return lambda x: x * x + next(noise, 0.0)


def permuted() -> Any:
    rng = np.random.default_rng(0)
    return lambda x, w: (x[rng.permutation(5)] @ w).cumsum(axis=0)


def workspace(copies: int) -> Maker:
    def make() -> Any:
        pool = [np.zeros((3, 4)) for _ in range(copies)]
        calls = [0]

        def forward(x: Any) -> Any:
            calls[0] += 1
            out = pool[calls[0] % copies]
            np.exp(x, out=out)
            return out

        return unregistered(forward, x=lambda g, x: g * np.exp(x))

    return make


def reused_gradient() -> Any:
    buffer = np.zeros((3, 4))

    def rule(g: Any, x: Any) -> Any:
        np.multiply(g, np.cos(x), out=buffer)
        return buffer

    return unregistered(np.sin, x=rule)


def jittered(x: Any) -> Any:
    x += 1e-9
    return np.log(x)


STATE: dict[str, tuple[Maker, Maker, Points, Verdict]] = {
    "a mean over all calls": (
        averaged, lambda: lambda x: (x - x.mean()) * x, normal((4,)), Verdict.NOT_DETERMINISTIC),
    "a mode that alternates": (
        alternating, lambda: np.tanh, normal((4,)), Verdict.NOT_DETERMINISTIC),
    "noise from an iterator": (
        exhausted, lambda: lambda x: x * x, normal((4,)), Verdict.NOT_DETERMINISTIC),
    "rows in a drawn order": (
        permuted, lambda: lambda x, w: (x[np.array([3, 0, 4, 1, 2])] @ w).cumsum(axis=0),
        normal((5, 3), (3, 2)), Verdict.NOT_DETERMINISTIC),
    "one workspace for all results": (
        workspace(1), lambda: lambda x: np.exp(x), normal((3, 4)), Verdict.ALIASED),
    "two workspaces in turn": (
        workspace(2), lambda: lambda x: np.exp(x), normal((3, 4)), Verdict.ALIASED),
    "one workspace for all gradients": (
        reused_gradient, lambda: np.sin, normal((3, 4)), Verdict.ALIASED),
    "a guard added to the input": (
        lambda: unregistered(jittered, x=lambda g, x: g / x),
        lambda: lambda x: np.log(x + 1e-9), positive((4,)), Verdict.MUTATES_INPUT),
    "an item in the loss": (
        lambda: lambda x, w: ((x @ w) ** 2).mean() + 0.01 * (w * w).sum().item(),
        lambda: lambda x, w: ((x @ w) ** 2).mean() + 0.01 * (w * w).sum(),
        normal((4, 3), (3, 2)), Verdict.WRONG_RULE),
    "a mask times a detached copy": (
        lambda: lambda x: np.where(x > 0, x, 0.1 * x.detach()),
        lambda: lambda x: np.where(x > 0, x, 0.1 * x), distinct((6,)), Verdict.WRONG_RULE),
    "a weight cast for one product": (
        lambda: lambda x, w: (x @ w.astype(np.float32).astype(float)) + w.sum(),
        lambda: lambda x, w: x @ w + w.sum(), normal((2, 3), (3, 2)), Verdict.PRECISION),
    "statistics in half precision": (
        lambda: lambda x: x / (1 + np.square(x.astype(np.float16)).mean().astype(float)),
        lambda: lambda x: x / (1 + np.square(x).mean()), normal((5,)), Verdict.PRECISION),
    "the teacher detached on the wrong side": (
        lambda: lambda x, w: ((x @ w).detach() - x).sum() * x.sum(),
        lambda: lambda x, w: ((x @ w) - x).sum() * x.sum(),
        normal((3, 3), (3, 3)), Verdict.WRONG_RULE),
    "a penalty under no_grad": (
        lambda: lambda x: np.exp(x).sum() + _penalty(x),
        lambda: lambda x: np.exp(x).sum() + 0.01 * (x * x).sum(), normal((4,)),
        Verdict.WRONG_RULE),
    "levels with the identity as their slope": (
        lambda: unregistered(lambda x: np.rint(8 * x) / 8, x=lambda g: g * 1.0),
        lambda: lambda x: x * 1.0, lambda rng: [rng.normal(size=6)], Verdict.WRONG_RULE),
    "a kept sign": (
        lambda: _kept(np.sign), lambda: np.abs, distinct((6,)), Verdict.NOT_DETERMINISTIC),
}  # fmt: skip


def _penalty(x: Any) -> Any:
    with tg.no_grad():
        return 0.01 * (x * x).sum()


def _kept(part: Callable[..., Any]) -> Any:
    kept: dict[Any, Any] = {}

    def forward(x: Any) -> Any:
        kept.setdefault(x.shape, part(x))
        return np.abs(x)

    return unregistered(forward, x=lambda g: g * kept[g.shape])


for what, (wrong, right, points, verdict) in STATE.items():
    slip(f"model: {what}", points, wrong, right, verdict)
