"""Rules that do nothing but one operation are known by what they do, and by nothing else."""

import numpy as np
import pytest

from tinygrad_w2v.engine.rule_text import is_identity, rule_text

FACTOR = 2.0


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (lambda g: g, "g"),
        (lambda cotangent: -cotangent, "-g"),
        (lambda g, b: g * b, "g * x"),
        (lambda slope, divisor: slope / divisor, "g / x"),
    ],
)
def test_short_rules_are_written_out_whatever_their_parameters_are_called(rule, text):
    assert rule_text(rule, ["g", "x"][: rule.__code__.co_argcount]) == text


@pytest.mark.parametrize("sign", [*"+-*/", "**", "//", "%", "@", "&"])
def test_what_is_written_is_what_the_rule_does(sign):
    rule = eval(f"lambda g, x: g {sign} x")
    assert rule_text(rule, ["g", "x"]) in (f"g {sign} x", None)


def test_what_is_alike_but_not_the_same_is_called():
    def closing_over(g):
        return lambda x: g * x

    for rule in (
        lambda g, x: x * g,
        lambda g, x: x / g,
        lambda g, x: g * x * x,
        lambda g, x: g * FACTOR,
        lambda g, x: g * 2.0,
        lambda g, *x: g * x,
        lambda g, *, x: g * x,
        lambda g, x: (yield g * x),
        closing_over(np.ones(2)),
        np.multiply,
    ):
        assert rule_text(rule, ["g", "x"]) is None


def test_the_identity_is_known():
    assert is_identity(lambda g: g)
    assert not is_identity(lambda g: -g)
    assert not is_identity(lambda g, x: g)
    assert not is_identity(lambda g, x: x)
