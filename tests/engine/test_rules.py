"""Rules that do nothing but pass their cotangent on are known by what they do."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.engine.test_op import unique
from tinygrad_w2v.engine.rules import passes_on, scales


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


def test_a_rule_that_multiplies_by_what_is_kept_is_known_by_whatever_names():
    def method_like(self, g):
        return self * g

    assert scales(lambda g, b: g * b)
    assert scales(lambda cotangent, out: cotangent * out)
    assert scales(method_like)
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
        assert not scales(rule)


class Marked(np.ndarray):
    """An array of another class."""


@pytest.mark.parametrize("x", [2.0, [1.0, 2.0], [[1.0], [2.0]]])
@pytest.mark.parametrize(
    "c", [3.0, [3.0, 4.0], np.float64(3), np.array([3.0, 4.0]), np.ones(2).view(Marked)]
)
def test_products_that_the_walk_makes_are_those_of_the_rules(x, c):
    for call in (lambda x: x * c, lambda x: c * x, np.exp, lambda x: np.exp(x * c)):
        leaf = tg.tensor(x, requires_grad=True)
        y = call(leaf)
        (general,) = tg.grad(y, leaf, np.ones(y.shape), retain_graph=True)
        y.backward(np.ones(y.shape))
        assert type(leaf.grad.data) is np.ndarray
        assert (leaf.grad.dtype, leaf.grad.shape) == (leaf.dtype, leaf.shape)
        assert leaf.grad.tolist() == general.tolist()


def test_a_product_of_another_op_is_held_to_the_contract():
    op = tg.op(lambda x, y: x + y[0], name=unique("other"), x=lambda g, y: g * y)
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.RuleError, match=r"of shape \(3, 2\), the input has shape \(2,\)"):
        op(x, np.ones((3, 2), np.float32)).sum().backward()
    op(x, np.ones((1, 2))[0]).sum().backward()
    assert x.grad.dtype == np.float32


def test_what_is_passed_on_is_held_to_the_contract():
    op = tg.op(lambda x: x[:1], name=unique("first"), x=lambda g: g)
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(tg.RuleError, match=r"of shape \(1,\), the input has shape \(2,\)"):
        op(x).sum().backward()


def gather(rows_of):
    """An op that reads the first rows of a table, with rows for its gradient, of some kind."""
    return tg.op(lambda w: w[:2], name=unique("gather"), w=rows_of)


def test_rows_that_fit_a_leaf_are_its_gradient_as_they_are():
    made = []

    def rule(g, shapes):
        made.append(tg.RowSparse([0, 1], g, shapes.w))
        return made[0]

    w = tg.tensor(np.ones((3, 2)), requires_grad=True)
    gather(rule)(w).sum().backward()
    assert w.grad is made[0]


def test_rows_that_do_not_fit_are_brought_to_the_contract_or_refused():
    w = tg.tensor(np.ones((3, 2), np.float32), requires_grad=True)
    wide = gather(lambda g, shapes: tg.RowSparse([0, 1], g.astype(np.float64), shapes.w))
    wide(w).sum().backward()
    assert type(w.grad) is tg.RowSparse
    assert w.grad.dtype == np.float32
    tall = gather(lambda g: tg.RowSparse([0, 1], g, (4, 2)))
    with pytest.raises(tg.RuleError, match=r"of shape \(4, 2\), the input has shape \(3, 2\)"):
        tall(w).sum().backward()


def test_rows_become_a_matrix_where_a_rule_reads_them():
    w = tg.tensor(np.ones((3, 2)), requires_grad=True)
    op = gather(lambda g, shapes: tg.RowSparse([0, 1], g, shapes.w))
    op(w * 3).sum().backward()
    assert type(w.grad) is tg.Tensor
    assert w.grad.tolist() == [[3, 3], [3, 3], [0, 0]]
