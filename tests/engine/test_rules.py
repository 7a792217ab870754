"""Rules that do nothing but pass their cotangent on are known by what they do."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.engine.test_op import unique
from tinygrad_w2v.engine.rules import passes_on


def named(cotangent):
    return cotangent


def test_a_rule_that_passes_its_cotangent_on_is_known_by_whatever_name():
    assert passes_on(lambda g: g)
    assert passes_on(named)


def test_what_is_alike_but_not_the_same_is_not():
    def closing_over(g):
        return lambda x: g

    for rule in (
        lambda g: -g,
        lambda g: (yield g),
        lambda g: (g,),
        lambda g, x: g,
        lambda g, x: x,
        lambda g, *x: g,
        lambda *g: g,
        lambda g, *, x: g,
        closing_over(np.ones(2)),
        np.positive,
    ):
        assert not passes_on(rule)


def test_what_is_passed_on_is_held_to_the_contract():
    op = tg.op(lambda x: x[:1], name=unique("first"), x=lambda g: g)
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.RuleError, match=r"of shape \(1,\), the input has shape \(2,\)"):
        op(x).sum().backward()
