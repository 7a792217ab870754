"""A node keeps one edge and one value without a tuple, and shows all in one form."""

import weakref

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.engine.test_op import unique

X = tg.tensor([1.0, 2.0], requires_grad=True)
Y = tg.tensor([3.0, 4.0], requires_grad=True)
C = np.array([5.0, 6.0], np.float32)


@pytest.fixture(scope="module")
def three():
    """An op of three inputs whose rules want, in turn, nothing, an input and the result."""
    return tg.op(
        lambda a, b, c: a + b * c,
        name=unique("three"),
        a=lambda g: g,
        b=lambda g, c: g * c,
        c=lambda g, out, a, c: g * (out - a) / c,
    )


def test_one_edge_and_one_value():
    node = (X * C).node
    assert (node.edges, node.kept) == (X, C)
    assert (node.sources, node.inputs) == ((X,), (X, None))
    assert node.saved == (C,)


def test_several_edges_and_values():
    node = (X * Y).node
    assert node.sources == node.inputs == (X, Y)
    assert node.saved == (Y, X)


def test_nothing_saved():
    assert (X + Y).node.saved == ()


def test_edges_are_nodes_where_inputs_were_computed():
    z = X * C
    assert (z + C).node.inputs == (z.node, None)


def test_inputs_without_a_gradient_have_no_edge(three):
    middle, ends = three(C, X, C).node, three(X, C, Y).node
    assert (middle.sources, middle.inputs) == ((X,), (None, X, None))
    assert (ends.sources, ends.inputs) == ((X, Y), (X, None, Y))
    assert [len(node.saved) for node in (middle, ends)] == [1, 3]


def test_an_op_of_any_number_of_inputs():
    one, two = (np.stack(parts).node for parts in ([C, X], [X, C, Y]))
    assert (one.sources, one.inputs) == ((X,), (None, X))
    assert (two.sources, two.inputs) == ((X, Y), (X, None, Y))


def test_what_is_kept_to_run_the_forward_again_is_not_among_the_saved():
    def forward(x, *, power=2):
        return x**power, x ** (power - 1)

    power = tg.op(forward, name=unique("power"), residuals=True)
    power.backward("x")(lambda g, residuals, power: g * power * residuals)
    node = power(X, power=3).node
    assert [np.shape(value) for value in node.saved] == [(2,), ()]
    assert node.recompute == ((X,), {"power": 3})
    assert (X * C).node.recompute is None


def test_a_node_that_was_walked_has_nothing_left():
    y = X * C
    y.sum().backward()
    node = y.node
    assert (node.sources, node.inputs, node.saved, node.recompute) == ((), (), None, None)
    X.grad = None


def test_nodes_of_one_kind_share_a_plan_until_one_gets_a_hook():
    first, second = X * C, X * C
    plan = first.node.plan
    assert second.node.plan is plan
    hook = first.register_hook(lambda g: g).remove
    assert first.node.plan is not plan
    assert (first.node.op, first.node.inputs) == (second.node.op, second.node.inputs)
    assert len(first.node.hooks) == 1
    assert second.node.hooks is None
    hook()
    assert first.node.hooks == []


def test_a_node_does_not_outlive_its_tensor():
    y = X * C
    y.register_hook(lambda g: g)
    reference = weakref.ref(y.node)
    del y
    assert reference() is None


def test_later_nodes_have_greater_numbers():
    y = X * C
    assert (y + C).node.order > y.node.order
    assert repr((y + C).node).startswith("<Node add #")
