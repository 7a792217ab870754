"""The backward walk: sums over paths, orders of derivatives, freeing, and refusals."""

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg


def leaf(*values: float) -> tg.Tensor:
    return tg.tensor(np.array(values), requires_grad=True)


def test_gradients_of_all_paths_add_up():
    x = leaf(3.0)
    y = x * x
    (y * x + y).backward()  # x³ + x²
    assert x.grad.item() == 3 * 9 + 2 * 3


def test_backward_adds_to_what_is_there():
    x = leaf(2.0)
    (x * 3).backward()
    (x * 4).backward()
    assert x.grad.item() == 7


def test_sums_over_the_paths_of_a_single_value_stay_tensors():
    x = leaf(2.0).sum().detach().requires_grad_()
    (g,) = tg.grad(x * x * x, x)
    assert isinstance(g, tg.Tensor)
    assert g.item() == 12


def test_an_unbroadcast_gradient_of_a_single_value_is_a_tensor_to_any_order():
    x = tg.tensor(np.asarray(5.0), requires_grad=True)
    for create_graph in (False, True):
        (g,) = tg.grad((x // np.full((2, 3), 2.0)).sum(), x, create_graph=create_graph)
        assert isinstance(g, tg.Tensor)


def test_a_leaf_is_its_own_gradient():
    x = leaf(2.0)
    x.backward()
    assert x.grad.item() == 1


def test_a_cotangent_of_the_outputs_shape_starts_the_walk():
    x = leaf(1.0, 2.0)
    (x * x).backward(np.array([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]


def test_gradients_are_unbroadcast():
    a, b = tg.tensor(np.ones((2, 3)), requires_grad=True), leaf(1.0, 1.0, 1.0)
    (a * b * leaf(2.0)).sum().backward()
    assert a.grad.shape == (2, 3)
    assert b.grad.tolist() == [4.0, 4.0, 4.0]


def test_leaf_gradients_share_no_memory():
    a, b = leaf(1.0, 2.0), leaf(1.0, 2.0)
    seed = np.ones(2)
    (a + b).backward(seed)
    a.grad.detach().numpy()[0] = 99
    assert b.grad.tolist() == [1.0, 1.0]
    assert seed.tolist() == [1.0, 1.0]


def test_grad_returns_gradients_and_sets_none():
    x, y = leaf(2.0), leaf(5.0)
    gx, gy = tg.grad(x * y, [x, y])
    assert (gx.item(), gy.item()) == (5.0, 2.0)
    assert x.grad is None


def test_grad_reaches_intermediate_tensors():
    x = leaf(2.0)
    middle = x * x
    (g,) = tg.grad(middle * 3, middle)
    assert g.item() == 3


def test_grad_with_respect_to_a_tensor_and_what_it_was_made_from():
    x = leaf(2.0)
    middle = x * x
    g_middle, g_x = tg.grad(middle * 3, [middle, x])
    assert (g_middle.item(), g_x.item()) == (3.0, 12.0)


def test_grad_runs_only_the_rules_on_the_way():
    def forbidden(g):
        raise AssertionError("this rule leads nowhere that was asked for")

    trap = tg.op(lambda x: x * 1, name="walk_trap", x=forbidden)
    x, other = leaf(2.0), leaf(3.0)
    (g,) = tg.grad(x * trap(other), x)
    assert g.item() == 3


def test_grad_of_an_unused_input():
    x, unused = leaf(1.0), leaf(1.0)
    with pytest.raises(RuntimeError, match=r"do not depend on input 1: pass allow_unused=True"):
        tg.grad(x * 2, [x, unused])
    assert tg.grad(x * 2, [x, unused], allow_unused=True)[1] is None


@given(st.floats(-2, 2), st.integers(1, 5))
def test_derivatives_of_any_order_come_from_the_one_rule(value, order):
    x = leaf(value)
    y = np.exp(2 * x)
    for _ in range(order):
        (y,) = tg.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(2**order * np.exp(2 * value), rel=1e-12)


def test_backward_with_create_graph_leaves_gradients_that_can_be_differentiated():
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.backward()
    assert x.grad.item() == 18


def test_second_derivatives_go_through_an_embedding():
    table = tg.tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    rows = tg.nn.functional.embedding(np.array([2, 0, 2]), table)
    (g,) = tg.grad((rows**3).sum(), table, create_graph=True)
    assert isinstance(g, tg.RowSparse)
    (gg,) = tg.grad(g.to_dense().sum(), table)
    assert np.allclose(np.asarray(gg), np.array([[1], [0], [2]]) * 6 * table.detach().numpy())


def test_a_freed_graph_says_so():
    x = leaf(2.0)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match=r"through 'multiply' was already walked and freed"):
        y.backward()


def test_retain_graph_keeps_it():
    x = leaf(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 8


def test_backward_needs_a_single_value_or_a_cotangent():
    with pytest.raises(RuntimeError, match=r"shape \(2,\).*call \.sum\(\) or \.mean\(\) first"):
        (leaf(1.0, 2.0) * 2).backward()


def test_backward_on_what_requires_no_gradient():
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        tg.tensor([1.0]).backward()
    with tg.no_grad():
        y = leaf(1.0) * 2
    with pytest.raises(RuntimeError, match=r"computed under no_grad\(\)"):
        y.backward()


def test_a_cotangent_of_another_shape_is_refused():
    with pytest.raises(RuntimeError, match=r"gradient has shape \(3,\), the tensor \(2,\)"):
        (leaf(1.0, 2.0) * 2).backward(np.ones(3))


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.__setitem__(0, 5.0),
        lambda w: setattr(w, "data", np.ones(2)),
        lambda w: tg.optim.SGD([w], lr=0.1).apply({w: tg.tensor(np.ones(2))}),
    ],
    ids=["assignment", "data", "optimizer step"],
)
def test_a_saved_tensor_that_was_changed_is_found_out(change):
    w = leaf(1.0, 2.0)
    loss = (w * w).sum()
    with tg.no_grad():
        change(w)
    with pytest.raises(RuntimeError, match="'multiply' saved b, a, and it was changed in place"):
        loss.backward()


def test_a_change_of_something_that_was_not_saved_does_no_harm():
    w = leaf(1.0, 2.0)
    loss = (w + 1).sum()
    with tg.no_grad():
        w[0] = 5
    loss.backward()
    assert w.grad.tolist() == [1.0, 1.0]


def test_a_hundred_thousand_ops_deep():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    del y


def test_a_deep_graph_that_is_never_walked_can_be_dropped():
    y = leaf(1.0)
    for _ in range(100_000):
        y = y * 1
    del y


def test_nothing_is_left_for_the_garbage_collector():
    x = leaf(1.0, 2.0)
    gc.collect()
    gc.disable()
    try:
        y = np.exp(x * 2)
        node = weakref.ref(y.node)
        loss = (y * y).sum()
        loss.backward()
        x.grad = None
        del y, loss
        assert node() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_nodes_let_go_of_what_they_saved_during_the_walk():
    x = leaf(1.0)
    y = np.exp(x)
    node = y.node
    y.backward()
    assert node.saved is None
    assert node.next_functions == ()


def test_threads_walk_graphs_over_shared_leaves():
    w = leaf(*np.ones(10))

    def work():
        for _ in range(100):
            (w * w).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad.tolist() == [800.0] * 10


def net(x, w):
    """A graph in which paths of several lengths meet."""
    h = np.tanh(x @ w)
    for _ in range(3):
        h = h * h + h @ w.T @ w - np.exp(-h)
    return (h.sum(axis=0) * h.mean(axis=1).sum()).sum()


def test_paths_of_several_lengths_meet_before_a_node_is_run():
    rng = np.random.default_rng(1)
    x, w = (tg.tensor(0.3 * rng.normal(size=(4, 4)), requires_grad=True) for _ in range(2))
    expected = tg.grad(net(x, w), [x, w])
    net(x, w).backward()
    for leaf, gradient in zip((x, w), expected, strict=True):
        np.testing.assert_allclose(
            leaf.grad.detach().numpy(), gradient.detach().numpy(), rtol=1e-12
        )


def test_thousands_of_branches_are_each_run_once():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    parts = [x * float(i) for i in range(3000)]
    np.concatenate(parts[::-1]).sum().backward()
    assert x.grad.tolist() == [sum(range(3000))] * 2


def test_a_hook_that_meets_a_row_sparse_gradient_inside_the_graph_sees_it_as_such():
    w = tg.tensor(np.ones((3, 2)), requires_grad=True)
    seen = []
    table = w * 2
    table.register_hook(seen.append)
    tg.nn.functional.embedding([1, 1], table).sum().backward()
    assert [type(g) for g in seen] == [tg.RowSparse]
    assert np.asarray(w.grad).tolist() == [[0, 0], [4, 4], [0, 0]]


@pytest.mark.parametrize("shape", [(1,), (3, 1), (2, 3)])
def test_a_gradient_that_is_passed_on_is_unbroadcast(shape):
    x = tg.tensor(np.ones(shape), requires_grad=True)
    y = x + np.zeros((2, 3)) if shape == (2, 3) else x + np.zeros((3, 3))
    y.sum().backward()
    assert x.grad.shape == shape
    assert np.asarray(x.grad).sum() == y.numel()


def test_a_gradient_that_is_passed_on_reaches_hooks_and_leaves():
    x, seen = tg.tensor([1.0, 2.0], requires_grad=True), []
    y = x + np.float32(1)
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y - np.float32(1)).backward(np.array([1.0, 2.0]))
    assert seen == [[1.0, 2.0]]
    assert x.grad.tolist() == [1.0, 2.0]


def test_a_cotangent_of_another_dtype_is_brought_to_the_outputs():
    for cotangent in (np.ones(2), tg.tensor(np.ones(2)), tg.RowSparse([0, 1], np.ones(2), (2,))):
        x = tg.tensor([1.0, 2.0], requires_grad=True)
        (x + 1).backward(cotangent)
        assert x.grad.dtype == np.float32
        assert x.grad.tolist() == [1.0, 1.0]


def test_a_graph_that_is_kept_can_be_walked_again():
    x = tg.tensor([2.0], requires_grad=True)
    y = (x * x + x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [10.0]
    with pytest.raises(RuntimeError, match="through 'sum' was already walked and freed"):
        y.backward()


def test_a_part_that_another_walk_freed_is_named():
    x = tg.tensor([2.0], requires_grad=True)
    middle = np.exp(x)
    a, b = middle.sum(), (middle * 3).sum()
    a.backward()
    with pytest.raises(RuntimeError, match="through 'exp' was already walked and freed"):
        b.backward()


@pytest.mark.parametrize("walk", [lambda y, x: y.backward(), lambda y, x: tg.grad(y, x)])
def test_writing_into_a_result_that_its_own_rule_needs_is_found_out(walk):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = np.exp(x)
    with tg.no_grad():
        y[0] = 5.0
    with pytest.raises(RuntimeError, match="'exp' saved its result, and it was changed in place"):
        walk(y.sum(), x)


def test_writing_into_a_result_that_nothing_needs_does_no_harm():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    with tg.no_grad():
        y[0] = 5.0
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_backward_adds_to_the_grad_of_the_inputs_that_are_named():
    x, y = (tg.tensor(value, requires_grad=True) for value in (2.0, 3.0))
    product = x * y
    product.backward(inputs=[x])
    assert (x.grad.item(), y.grad) == (3.0, None)


def test_grad_returns_zeros_for_unused_inputs_if_asked():
    x, y = (tg.tensor(value, requires_grad=True) for value in (2.0, 3.0))
    assert tg.grad(x * x, [x, y], materialize_grads=True)[1].item() == 0.0
    with pytest.raises(RuntimeError, match="is_grads_batched=True is not available"):
        tg.grad(x * x, x, is_grads_batched=True)
