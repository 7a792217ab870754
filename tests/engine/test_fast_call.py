"""The unrolled calls do exactly what the general call does."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine.fast_call import binary_call, unary_call
from tinygrad_w2v.engine.node import Node

X = tg.tensor(np.array([[1.0, 2.0]]), requires_grad=True)
C = tg.tensor(np.array([3.0, 4.0]))


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, tuple):
        assert a == b
        return
    assert np.array_equal(np.asarray(a), np.asarray(b))
    if isinstance(a, tg.Tensor):
        assert a.requires_grad == b.requires_grad
        assert (a.node is None) == (b.node is None)
        if a.node is not None:
            skipped = {"__weakref__", "order", "plan", "saved"}
            for name in set(Node.__slots__) - skipped:
                assert getattr(a.node, name) == getattr(b.node, name), name
            assert a.node.plan.names == b.node.plan.names
            for left, right in zip(a.node.saved, b.node.saved, strict=True):
                same(left, right)


@pytest.mark.parametrize("name", ["negative", "exp", "tanh", "sign", "absolute"])
@pytest.mark.parametrize("x", [X, C, C.data, 2.0])
def test_one_input(name, x):
    op = tg.get_op(name)
    same(unary_call(op)(x), op(x))


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "less", "maximum", "matmul"])
@pytest.mark.parametrize("a", [X, C, C.data])
@pytest.mark.parametrize("b", [C, tg.tensor(np.ones(2), requires_grad=True), np.ones(2)])
def test_two_inputs(name, a, b):
    op = tg.get_op(name)
    same(binary_call(op)(a, b), op(a, b))


def test_under_no_grad():
    with tg.no_grad():
        same(binary_call(tg.get_op("multiply"))(X, C), tg.get_op("multiply")(X, C))
        same(unary_call(tg.get_op("exp"))(X), tg.get_op("exp")(X))


def test_failures_read_the_same():
    op = tg.get_op("add")
    with pytest.raises(ValueError, match=r"add: shapes \(1, 2\) and \(3,\) do not broadcast"):
        binary_call(op)(X, np.ones(3))


def test_observers_see_the_calls():
    with tg.profile() as profile:
        binary_call(tg.get_op("add"))(X, C)
        unary_call(tg.get_op("exp"))(X)
    assert set(profile.totals) == {"add", "exp"}
