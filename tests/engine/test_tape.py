"""The tape: what a recorded call saves, and where its gradients flow."""

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


def test_edges_and_saved_values_of_one_wanted_input():
    node = (X * C).node
    assert node.next_functions == (X, None)
    assert node.saved == (C,)


def test_several_edges_and_values():
    node = (X * Y).node
    assert node.next_functions == (X, Y)
    assert node.saved == (Y, X)


def test_nothing_saved():
    assert (X + Y).node.saved == ()


def test_edge_of_a_computed_input_is_its_node():
    z = X * C
    assert (z + C).node.next_functions == (z.node, None)


def test_inputs_without_a_gradient_have_no_edge(three):
    middle, ends = three(C, X, C).node, three(X, C, Y).node
    assert middle.next_functions == (None, X, None)
    assert ends.next_functions == (X, None, Y)
    assert [len(node.saved) for node in (middle, ends)] == [1, 3]


def test_variadic_op():
    one, two = (np.stack(parts).node for parts in ([C, X], [X, C, Y]))
    assert one.next_functions == (None, X)
    assert two.next_functions == (X, None, Y)


def test_saved_call_is_not_among_the_saved_values():
    def forward(x, *, power=2):
        return x**power, x ** (power - 1)

    power = tg.op(forward, name=unique("power"), residuals=True)
    power.backward("x")(lambda g, residuals, power: g * power * residuals)
    node = power(X, power=3).node
    assert [np.shape(value) for value in node.saved] == [(2,), ()]
    assert node.call == ((X,), {"power": 3})
    assert (X * C).node.call is None


def test_walked_node_is_released():
    y = X * C
    y.sum().backward()
    node = y.node
    assert (node.next_functions, node.saved, node.call) == ((), None, None)
    X.grad = None


def test_a_node_does_not_outlive_its_tensor():
    y = X * C
    y.register_hook(lambda g: g)
    reference = weakref.ref(y.node)
    del y
    assert reference() is None


def test_order_grows():
    y = X * C
    assert (y + C).node.order > y.node.order
    assert repr((y + C).node).startswith("<Node add #")


def test_write_through_detach_is_detected():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    y = w * w
    w.detach()[0] = 100.0
    with pytest.raises(RuntimeError, match="'multiply' saved b, a, and it was changed in place"):
        y.sum().backward()


def test_write_through_a_view_is_detected():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    for view_of in (lambda t: t[:1], lambda t: t.reshape(2, 1), lambda t: t.T, lambda t: t[:1][:1]):
        y = w * w
        with tg.no_grad():
            view_of(w)[0] = 100.0
        with pytest.raises(RuntimeError, match="changed in place"):
            y.sum().backward()


def test_write_through_a_view_made_before_the_save_is_detected():
    c = tg.tensor([1.0, 2.0])
    view = c.reshape(2, 1)
    y = X * c
    view[0, 0] = 5.0
    with pytest.raises(RuntimeError, match="'multiply' saved b, and it was changed in place"):
        y.sum().backward()


def test_write_to_the_base_of_a_saved_view_is_detected():
    c = tg.tensor([1.0, 2.0, 3.0])
    y = X * c[:2]
    c[0] = 5.0
    with pytest.raises(RuntimeError, match="changed in place"):
        y.sum().backward()


def test_write_through_a_view_of_a_saved_result_is_detected():
    y = np.exp(X)
    y.detach()[0] = 5.0
    with pytest.raises(RuntimeError, match="'exp' saved its result, and it was changed in place"):
        y.sum().backward()


def test_write_to_a_copy_is_not_a_change():
    c = tg.tensor([1.0, 2.0])
    y = X * c
    tg.tensor(c)[0] = 5.0
    (c + 0.0)[0] = 5.0
    c[[0, 1]][0] = 5.0
    y.sum().backward()
    assert X.grad.tolist() == [1.0, 2.0]
    X.grad = None
