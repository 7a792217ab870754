"""Hooks see, and may replace, the gradient of a tensor; retain_grad keeps it."""

import gc
import weakref

import numpy as np
import pytest

import tinygrad_w2v as tg


def leaf(*values):
    return tg.tensor(np.array(values), requires_grad=True)


def test_a_hook_on_a_leaf_sees_the_complete_gradient_once():
    x, seen = leaf(2.0), []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * x + x).backward()
    assert seen == [[5.0]]
    assert x.grad.tolist() == [5.0]


def test_a_hook_on_an_intermediate_tensor_changes_what_flows_on():
    x = leaf(2.0)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    (y * 1).backward()
    assert x.grad.tolist() == [30.0]


def test_hooks_run_in_order_and_can_be_removed():
    x = leaf(1.0)
    x.register_hook(lambda g: g + 1)
    handle = x.register_hook(lambda g: g * 2)
    x.sum().backward()
    assert x.grad.tolist() == [4.0]
    handle.remove()
    handle.remove()
    x.grad = None
    x.sum().backward()
    assert x.grad.tolist() == [2.0]


def test_hooks_run_for_grad_too():
    x = leaf(1.0)
    x.register_hook(lambda g: g * 7)
    assert tg.grad(x * 2, x)[0].tolist() == [14.0]


def test_hooks_stay_in_the_graph_under_create_graph():
    x = leaf(3.0)
    y = x * x
    y.register_hook(lambda g: g * g)
    (slope,) = tg.grad(y * 2, x, create_graph=True)  # (2)² · 2x
    assert slope.tolist() == [24.0]
    assert tg.grad(slope, x)[0].tolist() == [8.0]


def test_a_hook_sees_a_row_sparse_gradient_as_it_is():
    table, seen = tg.tensor(np.ones((3, 2)), requires_grad=True), []
    table.register_hook(seen.append)
    tg.nn.functional.embedding([0], table).sum().backward()
    assert isinstance(seen[0], tg.RowSparse)


def test_a_hook_that_returns_another_shape_is_refused():
    x = leaf(1.0, 2.0)
    x.register_hook(lambda g: g.sum())
    with pytest.raises(RuntimeError, match=r"hook returned shape \(\) for a gradient of shape"):
        (x * 2).sum().backward()


@pytest.mark.parametrize("through", [lambda y: y + 1, lambda y: y * 1, lambda y: y])
def test_what_a_hook_returns_is_brought_to_the_dtype_of_the_tensor(through):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    for tensor in (x, y := through(x)):
        tensor.register_hook(lambda g: g.numpy().astype(np.float64) * 3)
    y.sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [9.0, 9.0]


def test_a_hook_where_no_gradient_will_come_is_refused():
    with pytest.raises(RuntimeError, match="does not require a gradient, so it gets none"):
        tg.tensor([1.0]).register_hook(print)


def test_retain_grad_keeps_the_gradient_of_an_intermediate_tensor():
    x = leaf(2.0)
    y = x * 3
    y.retain_grad()
    (y * y).backward()
    assert y.grad.tolist() == [12.0]
    assert x.grad.tolist() == [36.0]


def test_retain_grad_keeps_no_tensor_alive():
    x = leaf(2.0)
    y = x * 3
    y.retain_grad()
    reference, z = weakref.ref(y), y + 1
    gc.disable()
    try:
        del y
        assert reference() is None
    finally:
        gc.enable()
    z.backward()
    assert x.grad.tolist() == [3.0]
