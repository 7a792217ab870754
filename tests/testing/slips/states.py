"""Slips of state between calls, memory, dtypes, shapes and edges."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import Maker, Points, distinct, normal, rules, slip
from tinygrad_w2v.testing import Verdict

# --- state ---


def spectral(is_updated: bool) -> Maker:
    """Make a weight over its norm by iteration, from a vector that is kept."""

    def make() -> Any:
        kept = [np.array([0.6, 0.8, 0.0])]

        def call(w: Any) -> Any:
            u = kept[0]
            values = w.detach().numpy()
            v = values.T @ u
            u = values @ (v / np.sqrt(v @ v))
            u = u / np.sqrt(u @ u)
            if is_updated:
                kept[0] = u
            return w / np.sqrt((w * w).sum()) * kept[0][:, None]

        return call

    return make


def cached_keys(is_cached: bool) -> Maker:
    """Make an attention to the keys of all calls, or of one."""

    def make() -> Any:
        kept: list[Any] = []

        def call(x: Any) -> Any:
            if not is_cached:
                kept.clear()
            kept.append(x.detach())
            keys = np.concatenate([x, *kept[:-1]])
            return F.softmax(x @ keys.T, axis=-1) @ keys

        return call

    return make


def best_so_far(is_kept: bool) -> Maker:
    """Make an advantage over the best value of all calls, or over a constant."""

    def make() -> Any:
        best = [-np.inf]

        def call(x: Any) -> Any:
            best[0] = max(best[0], float(x.detach().numpy().sum())) if is_kept else 1.0
            return x * x * (x.sum() - best[0])

        return call

    return make


def fresh_mask(is_fresh: bool) -> Maker:
    """Make a dropout whose rule draws its own mask, or uses that of a constant."""

    def make() -> Any:
        rng = np.random.default_rng(5)
        mask = rng.random(8) < 0.5

        def rule(g: Any) -> Any:
            return 2 * g * ((rng.random(8) < 0.5) if is_fresh else mask)

        return unregistered(lambda x: 2 * x * mask, x=rule)

    return make


def cropped(is_drawn: bool) -> Maker:
    def make() -> Any:
        draw = random.Random(0)
        return lambda x: np.sin(x[(k := draw.randrange(4) if is_drawn else 2) : k + 5])

    return make


def decaying(is_decaying: bool) -> Maker:
    """Make a loss whose temperature falls a little at each call."""

    def make() -> Any:
        heat = [1.0]

        def call(x: Any) -> Any:
            heat[0] *= 0.9999 if is_decaying else 1.0
            return F.softmax(x / heat[0], axis=-1)

        return call

    return make


def by_rows(is_stale: bool) -> Maker:
    """Make a rule that reuses the order of the rows while their number is the same."""

    def make() -> Any:
        orders: dict[int, Any] = {}

        def rule(g: Any, x: Any) -> Any:
            order = np.argsort(x[:, 0])
            order = orders.setdefault(len(x), order) if is_stale else order
            found = np.zeros_like(g)
            found[order] = g
            return found

        return unregistered(lambda x: x[np.argsort(x[:, 0])], x=rule)

    return make


def counting_hook(is_counting: bool) -> Maker:
    """Make a function with a hook that clips more at each pass."""

    def make() -> Any:
        passes = [0]

        def hook(g: Any) -> Any:
            passes[0] += is_counting
            return g * 0.999 ** passes[0]

        def call(x: Any) -> Any:
            hidden = np.tanh(x)
            hidden.register_hook(hook)
            return hidden * hidden

        return call

    return make


STATEFUL: dict[str, tuple[Callable[[bool], Maker], Points]] = {
    "the vector of a norm is updated": (spectral, normal((3, 2))),
    "keys of earlier calls": (cached_keys, normal((3, 2))),
    "the best value so far": (best_so_far, normal((4,))),
    "a mask of its own in the rule": (fresh_mask, normal((8,))),
    "a part drawn at each call": (cropped, normal((9,))),
    "a temperature that falls": (decaying, normal((2, 4))),
    "an order kept by the number of rows": (by_rows, normal((5, 2))),
    "a hook that counts": (counting_hook, normal((4,))),
}
for what, (stateful, points) in STATEFUL.items():
    slip(what, points, stateful(True), stateful(False), Verdict.NOT_DETERMINISTIC)

# --- memory, dtypes and shapes ---


def clipped_in_place(x: Any) -> Any:
    return np.clip(x, -1, 1, out=x) * 2.0


def masked_in_place(g: Any, x: Any) -> Any:
    g[x <= 0] = 0.0
    return g.copy()


def labels_in_place(x: Any, labels: Any) -> Any:
    labels[labels < 0] += 3
    return (x * np.eye(3)[labels]).sum(axis=1)


def zeros_kept() -> Any:
    nothing = np.zeros(4)
    return unregistered(lambda x, y: x * x, x=lambda g, x: 2 * g * x, y=lambda g: nothing)


def doubled(is_shared: bool) -> Maker:
    """Make a doubled sum whose rules return one array, or an array each."""

    def make() -> Any:
        buffer = np.empty(4)

        def rule(g: Any) -> Any:
            return np.multiply(g, 2.0, out=buffer) if is_shared else g * 2.0

        return unregistered(lambda a, b: 2 * (a + b), a=rule, b=rule)

    return make


def with_labels(rng: np.random.Generator) -> list[Any]:
    return [rng.normal(size=(4, 3)), np.array([-1, 0, 2, -3])]


MEMORY: dict[str, tuple[Maker, Maker, Points, Verdict]] = {
    "clips its input in place": (
        rules(clipped_in_place, x=lambda g, x: 2 * g * (np.abs(x) < 1)),
        rules(lambda x: np.clip(x, -1, 1) * 2.0, x=lambda g, x: 2 * g * (np.abs(x) < 1)),
        lambda rng: [np.array([1.6, -0.4, 0.3, -2, 2.5]) + rng.uniform(-0.2, 0.2, 5)],
        Verdict.MUTATES_INPUT),
    "masks the gradient in place": (
        rules(lambda x: np.maximum(x, 0), x=masked_in_place),
        rules(lambda x: np.maximum(x, 0), x=lambda g, x: g * (x > 0)),
        distinct((6,)), Verdict.MUTATES_INPUT),
    "wraps labels in place": (
        lambda: labels_in_place,
        lambda: lambda x, labels: labels_in_place(x, labels.copy()),
        with_labels, Verdict.MUTATES_INPUT),
    "the diagonal of its input is set": (
        rules(lambda x: (np.fill_diagonal(x, 0.0), x @ x)[1], x=lambda g, x: g @ x.T + x.T @ g),
        rules(lambda x: x @ x, x=lambda g, x: g @ x.T + x.T @ g),
        normal((3, 3)), Verdict.MUTATES_INPUT),
    "one array of zeros for every gradient": (
        zeros_kept, rules(lambda x, y: x * x, x=lambda g, x: 2 * g * x, y=lambda g, y: 0 * y),
        normal((4,), (4,)), Verdict.ALIASED),
    "one array for two gradients": (
        doubled(True), doubled(False),
        normal((4,), (4,)), Verdict.ALIASED),
    "running sum in float32": (
        lambda: lambda x: np.cumsum(x.astype(np.float32)).astype(np.float64),
        lambda: np.cumsum, normal((6,)), Verdict.PRECISION),
    "kernel in float16": (
        lambda: lambda x: x @ np.exp(-(x.astype(np.float16) ** 2)).astype(np.float64),
        lambda: lambda x: x @ np.exp(-(x**2)), normal((5,)), Verdict.PRECISION),
    "whole division of the gradient": (
        rules(lambda x: x / 7, x=lambda g: g // 7), rules(lambda x: x / 7, x=lambda g: g / 7),
        normal((4,)), Verdict.WRONG_RULE),
    "a bias for each example": (
        rules(lambda x, b: x + b, x=lambda g: g * 1.0, b=lambda g: g * 1.0),
        rules(lambda x, b: x + b, x=lambda g: g * 1.0, b=lambda g: g.sum(axis=0)),
        normal((3, 4), (4,)), Verdict.WRONG_CONTRACT),
    "a scale of shape (1,) with a sum of no axis": (
        rules(lambda x, s: x * s, x=lambda g, s: g * s, s=lambda g, x: (g * x).sum()),
        rules(lambda x, s: x * s, x=lambda g, s: g * s, s=lambda g, x: (g * x).sum(keepdims=True)),
        normal((4,), (1,)), Verdict.WRONG_CONTRACT),
    "a result that is 0 at one place": (
        rules(lambda x: np.prod(x), x=lambda g, x, out: g * out / x),
        lambda: np.prod, lambda rng: [np.array([0.0, *rng.normal(size=3)])], Verdict.UNDEFINED),
    "a quotient at 0": (
        rules(lambda x: np.sinc(x), x=lambda g, x, out: g * (np.cos(np.pi * x) - out) / x),
        lambda: np.sinc, lambda rng: [np.array([0.0, *rng.normal(size=3)])], Verdict.UNDEFINED),
    "a patch of one constant, pooled": (
        lambda: lambda x: F.max_pool1d(x, 2), lambda: lambda x: F.avg_pool1d(x, 2),
        lambda rng: [np.full((1, 1, 4), rng.normal())], Verdict.KINK),
    "a half that is rounded": (
        lambda: lambda x: x + np.round(x), lambda: lambda x: x + np.round(x + 0.3),
        lambda rng: [np.array([0.5, 1.25]) + rng.integers(0, 3)], Verdict.KINK),
}  # fmt: skip


for what, (wrong, right, points, verdict) in MEMORY.items():
    slip(what, points, wrong, right, verdict)
