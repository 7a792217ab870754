"""Packed nodes, and the rules that the walk runs without calling them."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine.unrolled.packed import is_identity, is_product

X = tg.tensor([1.0, 2.0], requires_grad=True)
C = np.array([5.0, 6.0], np.float32)


def test_one_edge_and_one_value_are_stored_without_tuples():
    node = (X * C).node
    assert (node.edges, node.packed) == (X, C)
    assert node.next_functions == (X, None)
    assert node.saved == (C,)


def test_nodes_share_a_plan_until_one_gets_a_hook():
    first, second = X * C, X * C
    plan = first.node.plan
    assert second.node.plan is plan
    hook = first.register_hook(lambda g: g).remove
    assert first.node.plan is not plan
    assert (first.node.op, first.node.next_functions) == (
        second.node.op,
        second.node.next_functions,
    )
    assert len(first.node.hooks) == 1
    assert second.node.hooks is None
    hook()
    assert first.node.hooks == []


def named(cotangent):
    return cotangent


def test_identity_rule_is_recognised_by_any_name():
    assert is_identity(lambda g: g)
    assert is_identity(named)


def test_similar_rules_are_not_identity():
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
        assert not is_identity(rule)


def test_product_rule_is_recognised_by_any_names():
    def method_like(self, g):
        return self * g

    assert is_product(lambda g, b: g * b)
    assert is_product(lambda cotangent, out: cotangent * out)
    assert is_product(method_like)
    for rule in (
        lambda g, x: x * g,
        lambda g, x: g / x,
        lambda g, x: g * x * x,
        lambda g, x, y: g * x,
        lambda g, *x: g * x,
        lambda g, *, x: g * x,
        lambda g, x: (yield g * x),
        method_like.__get__(np.ones(2)),
        np.multiply,
    ):
        assert not is_product(rule)


class Marked(np.ndarray):
    """An array of another class."""


@pytest.mark.parametrize("x", [2.0, [1.0, 2.0], [[1.0], [2.0]]])
@pytest.mark.parametrize(
    "c", [3.0, [3.0, 4.0], np.float64(3), np.array([3.0, 4.0]), np.ones(2).view(Marked)]
)
def test_products_of_the_walk_match_the_rules(x, c):
    for call in (lambda x: x * c, lambda x: c * x, np.exp, lambda x: np.exp(x * c)):
        leaf = tg.tensor(x, requires_grad=True)
        y = call(leaf)
        (general,) = tg.grad(y, leaf, np.ones(y.shape), retain_graph=True)
        y.backward(np.ones(y.shape))
        assert type(leaf.grad.detach().numpy()) is np.ndarray
        assert (leaf.grad.dtype, leaf.grad.shape) == (leaf.dtype, leaf.shape)
        assert leaf.grad.tolist() == general.tolist()
