"""Hints: a common mistake is named, and no hint contradicts the entries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.testing.rules import unregistered
from tinygrad_w2v.testing import gradcheck

X = np.random.default_rng(0).normal(size=(3, 4))


def hint(function: Any, *inputs: Any) -> str:
    finding = gradcheck(function, inputs, raise_exception=False).finding
    assert finding is not None
    return finding.hint


def with_indices(forward: Any, rule: Any) -> tg.Op:
    made = tg.Op(forward, name="example")
    made.backward("x")(rule)
    return made


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (lambda g, x: -2 * g * x, "every entry has the wrong sign"),
        (lambda g, x: 6 * g * x, "every entry is 3 times too large"),
        (lambda g, x: 24 * g * x, "every entry is 12 times too large: a division by 12 is missing"),
        (lambda g, x: 2.002 * g * x, "every entry is off by the same 0.1 %"),
        (lambda g, x: -4 * g * x, "every entry has a wrong sign and is 2 times too large"),
        (lambda g, x: 0 * g, "the gradient is 0 everywhere"),
    ],
)
def test_hint_names_common_mistake(rule: Any, expected: str) -> None:
    assert hint(unregistered(lambda x: x * x, x=rule), X).startswith(expected)


def test_hint_names_missing_broadcast_sum() -> None:
    wrong = unregistered(lambda x, b: x + b, x=lambda g: g * 1, b=lambda g: g[0] * 1)
    assert "the sum over the broadcast axes" in hint(wrong, X, X[0])


def test_hint_names_overwritten_repeated_indices() -> None:
    def rule(g: Any, shapes: Any, indices: Any) -> Any:
        dense = np.zeros(shapes.x)
        dense[indices] = g
        return dense

    wrong = with_indices(lambda x, indices: x[indices], rule)
    assert "gradients of equal indices must be added" in hint(wrong, X, np.array([1, 1, 0]))


def test_hint_names_function_that_leaves_graph() -> None:
    assert "the function left the graph" in hint(lambda x: np.sin(x.detach()), X)


def test_constant_factor_must_explain_every_entry() -> None:
    x = np.array([-1.0, 0.5, 2.0, 3.0, 7.0])
    relu6 = unregistered(lambda x: np.clip(x, 0, 6), x=lambda g, x: g * (x > 0))
    assert hint(relu6, x) == "1 of 4 entries are wrong, the others are right"


def test_padding_is_no_broadcast() -> None:
    def rule(g: Any) -> Any:
        return g[1:-1] * 1

    reflect = unregistered(lambda x: np.concatenate([x[1:2], x, x[-2:-1]]), x=rule)
    assert hint(reflect, np.array([0.3, 1.2, -0.7])) == (
        "2 entries are 0 but should not be, the others are right"
    )


def test_integers_that_select_nothing_twice_are_no_repeated_indices() -> None:
    def rule(g: Any, shapes: Any, offsets: Any) -> Any:
        dense = np.zeros(shapes.x)
        dense[0] = g[0]
        return dense

    made = with_indices(lambda x, offsets: x[:2] * (1 + 0 * offsets.sum()), rule)
    found = hint(made, np.array([0.3, 1.2, -0.7]), np.array([2, 2]))
    assert "indices" not in found
