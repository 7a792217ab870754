"""Functions and rules that keep state, draw random numbers or reuse memory; with correct twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.testing.rules import unregistered
from tinygrad_w2v.testing import Verdict, gradcheck

SEEDS = range(20)


def verdicts(function: Any, size: int = 6) -> set[Any]:
    points = [np.random.default_rng(seed).normal(size=size) for seed in SEEDS]
    return {
        gradcheck(function, [point], seed=seed, raise_exception=False).verdict
        for seed, point in enumerate(points)
    }


# --- state between calls -------------------------------------------------------------------------


def test_saved_mask_of_the_last_call_is_found() -> None:
    masks: dict[Any, Any] = {}

    def forward(x: Any) -> Any:
        masks[x.shape] = x > 0
        return np.maximum(x, 0)

    wrong = unregistered(forward, x=lambda g: g * masks[g.shape])
    assert verdicts(wrong) == {Verdict.NOT_DETERMINISTIC}
    assert verdicts(unregistered(forward, x=lambda g, x: g * (x > 0))) == {None}


def test_saved_mask_of_magnitudes_is_found() -> None:
    masks: dict[str, Any] = {}

    def forward(x: Any) -> Any:
        masks["large"] = np.abs(x) > 0.5
        return np.where(masks["large"], x, 0 * x)

    wrong = unregistered(forward, x=lambda g: g * masks["large"])
    assert verdicts(wrong) == {Verdict.NOT_DETERMINISTIC}
    assert verdicts(unregistered(forward, x=lambda g, x: g * (np.abs(x) > 0.5))) == {None}


def test_saved_argmax_of_the_last_call_is_found() -> None:
    places: dict[str, Any] = {}

    def forward(x: Any) -> Any:
        places["max"] = int(x.argmax())
        return x.max() * 1.0

    def one_hot(g: Any, size: int, place: int) -> Any:
        return g * (np.arange(size) == place)

    wrong = unregistered(forward, x=lambda g, shapes: one_hot(g, shapes.x[0], places["max"]))
    right = unregistered(forward, x=lambda g, x: one_hot(g, x.size, x.argmax()))
    assert verdicts(wrong) == {Verdict.NOT_DETERMINISTIC}
    assert verdicts(right) == {None}


def test_saved_permutation_of_the_last_call_is_found() -> None:
    orders: dict[str, Any] = {}

    def forward(x: Any) -> Any:
        orders["sort"] = np.argsort(x)
        return x[orders["sort"]]

    wrong = unregistered(forward, x=lambda g: g[np.argsort(orders["sort"])])
    right = unregistered(forward, x=lambda g, x: g[np.argsort(np.argsort(x))])
    assert verdicts(wrong) == {Verdict.NOT_DETERMINISTIC}
    assert verdicts(right) == {None}


def test_values_of_the_first_call_are_found() -> None:
    def keeping(first: dict[str, Any]) -> Any:
        def forward(x: Any) -> Any:
            first.setdefault("x", x.copy())
            return x * x

        return unregistered(forward, x=lambda g: 2 * g * first["x"])

    for seed in SEEDS:
        point = np.random.default_rng(seed).normal(size=4)
        report = gradcheck(keeping({}), [point], seed=seed, raise_exception=False)
        assert report.verdict is Verdict.NOT_DETERMINISTIC
        assert "is right at the inputs, but not at others" in str(report)


def test_weights_of_the_first_call_are_found() -> None:
    first: dict[str, Any] = {}

    def forward(x: Any, w: Any) -> Any:
        first.setdefault("w", w.copy())
        return x @ w

    wrong = unregistered(forward, x=lambda g: g @ first["w"].T, w=lambda g, x: x.T @ g)
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(2, 3)), rng.normal(size=(3, 4))]
    assert gradcheck(wrong, inputs, raise_exception=False).verdict is Verdict.NOT_DETERMINISTIC


# --- memory --------------------------------------------------------------------------------------


def test_view_of_a_shared_workspace_is_found() -> None:
    workspace = np.zeros(100)

    def rule(g: Any, x: Any) -> Any:
        return np.multiply(2 * g, x, out=workspace[: g.size])

    assert verdicts(unregistered(lambda x: x * x, x=rule)) == {Verdict.ALIASED}
    assert verdicts(unregistered(lambda x: x * x, x=lambda g, x: rule(g, x).copy())) == {None}


def test_forward_that_returns_a_shared_buffer_is_found() -> None:
    buffers: dict[Any, Any] = {}

    def forward(x: Any) -> Any:
        return np.sin(x, out=buffers.setdefault(x.shape, np.zeros(x.shape)))

    def copying(x: Any) -> Any:
        return forward(x).copy()

    assert verdicts(unregistered(forward, x=lambda g, x: g * np.cos(x))) == {Verdict.ALIASED}
    assert verdicts(unregistered(copying, x=lambda g, x: g * np.cos(x))) == {None}


# --- random numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 6])
@pytest.mark.parametrize("probability", [0.25, 0.5])
def test_dropout_is_not_deterministic(probability: float, size: int) -> None:
    rng = np.random.default_rng(0)

    def dropout(x: Any) -> Any:
        return x * (rng.random(x.shape) >= probability) / (1 - probability)

    assert verdicts(dropout, size) == {Verdict.NOT_DETERMINISTIC}


@pytest.mark.parametrize("calls", [3, 20, 60])
def test_warm_up_is_not_deterministic(calls: int) -> None:
    count = [0]

    def warming(x: Any) -> Any:
        count[0] += 1
        return x * x * (1.0 if count[0] < calls else 1.5)

    for seed in SEEDS:
        count[0] = 0
        point = np.random.default_rng(seed).normal(size=6)
        report = gradcheck(warming, [point], raise_exception=False)
        assert report.verdict is Verdict.NOT_DETERMINISTIC


# --- precision -----------------------------------------------------------------------------------


def test_float32_inside_the_forward_is_reported() -> None:
    def single(x: Any) -> Any:
        return np.sin(x.astype(np.float32)).astype(np.float64)

    def rule(g: Any, x: Any) -> Any:
        return g * np.cos(x) * (1 + 1e-5)

    assert verdicts(single) == {Verdict.PRECISION}
    assert verdicts(unregistered(single, x=rule)) == {Verdict.PRECISION}
    assert verdicts(lambda x: np.sin(x.astype(np.float64))) == {None}


def part_in_single(x: Any) -> Any:
    return x + np.exp(x.astype(np.float32))


def scaled_single_sum(x: Any) -> Any:
    return np.pi * x.astype(np.float32).sum().astype(np.float64)


@pytest.mark.parametrize("function", [part_in_single, scaled_single_sum])
def test_part_of_the_forward_in_float32_is_reported(function: Any) -> None:
    assert verdicts(function) == {Verdict.PRECISION}


def test_rounded_forward_with_straight_through_gradient_is_wrong() -> None:
    wrong = unregistered(lambda x: np.round(10 * x) / 10, x=lambda g: g * 1)
    assert verdicts(wrong) == {Verdict.WRONG_RULE}


def test_negative_strides_of_the_point_are_kept() -> None:
    def in_memory_order(g: Any, x: Any) -> Any:
        start = x if x.strides[0] > 0 else x[::-1]
        return 2 * g * start

    wrong = unregistered(lambda x: x * x, x=in_memory_order)
    assert gradcheck(wrong, [np.arange(1.0, 5.0)])
    report = gradcheck(wrong, [np.arange(1.0, 5.0)[::-1]], raise_exception=False)
    assert report.verdict is Verdict.WRONG_RULE
