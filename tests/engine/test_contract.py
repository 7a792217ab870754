"""A backward rule that breaks the contract is named, with what it returned."""

import itertools

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.engine.test_op import unique
from tinygrad_w2v.engine.contract import unbroadcast

numbers = itertools.count()


def run(rule, joint=False):
    name = f"contract_{next(numbers)}"
    broken = tg.op(lambda x, y: x * y, name=name)
    broken.backward(*("x", "y") if joint else ("x",))(rule)
    x = tg.tensor(np.ones((2, 3)), requires_grad=True)
    y = tg.tensor(np.ones((2, 3)), requires_grad=joint)
    broken(x, y).sum().backward()
    return x.grad


def test_a_wrong_shape_names_op_input_and_both_shapes():
    with pytest.raises(
        tg.RuleError,
        match=r"the rule for 'x' returned a gradient of shape \(6,\), the input has shape \(2, 3\)",
    ):
        run(lambda g: g.reshape(-1))


def test_an_integer_gradient_is_refused():
    with pytest.raises(tg.RuleError, match="returned a gradient of dtype int64"):
        run(lambda g: g.astype(np.int64))


def test_a_gradient_of_another_float_is_converted():
    assert run(lambda g: g.astype(np.float32)).dtype == np.float64


def test_none_is_refused():
    with pytest.raises(tg.RuleError, match=r"returned None, but a gradient of shape \(2, 3\)"):
        run(lambda g: None)


@pytest.mark.parametrize(
    ("returned", "found"), [(lambda g: g, "one value"), (lambda g: (g, g, g), "3 values")]
)
def test_a_wrong_count_is_refused(returned, found):
    with pytest.raises(tg.RuleError, match=f"the rule for 'x, y' returned {found}.*tuple of 2"):
        run(lambda g, needs: returned(g), joint=True)


def test_only_ops_that_broadcast_have_their_gradients_summed():
    with pytest.raises(tg.RuleError, match=r"returned a gradient of shape \(4, 2, 3\)"):
        run(lambda g: np.ones((4, 2, 3)))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (1, 3), (2, 1), (1, 1), (5, 2, 3)])
def test_unbroadcast_is_the_adjoint_of_broadcasting(shape):
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=shape), rng.normal(size=(5, 2, 3))
    # <broadcast(x), g> = <x, unbroadcast(g)> for every x and g
    left = np.sum(np.broadcast_to(x, (5, 2, 3)) * g)
    right = np.sum(x * unbroadcast(g, shape))
    assert left == pytest.approx(right)


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


def test_unbroadcast_gradient_of_a_0d_leaf_is_a_tensor():
    x = tg.tensor(2.0, requires_grad=True)
    (x * np.ones(3, np.float32)).sum().backward()
    assert type(x.grad) is tg.Tensor
    assert x.grad.item() == 3.0
