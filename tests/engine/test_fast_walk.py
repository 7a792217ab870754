"""The quick walk gives what the general one gives."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.test_conformance import DIFFERENTIABLE, samples_of, wanted


def leaves_and_output(op, sample):
    positions = wanted(op, sample)
    tensors = [tg.Tensor(arg, requires_grad=i in positions) for i, arg in enumerate(sample.args)]
    return [tensors[i] for i in positions], op(*tensors, **sample.attributes)


@pytest.mark.parametrize("op", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE.keys())
def test_gradients_of_every_op_are_the_same_to_the_bit(op):
    for sample in samples_of(op):
        leaves, out = leaves_and_output(op, sample)
        cotangent = np.random.default_rng(0).normal(size=out.shape).astype(out.dtype)
        general = tg.grad(out, leaves, cotangent, retain_graph=True)
        out.backward(cotangent)
        for leaf, expected in zip(leaves, general, strict=True):
            assert type(leaf.grad) is type(expected)
            assert leaf.grad.dtype == expected.dtype
            np.testing.assert_array_equal(np.asarray(leaf.grad), np.asarray(expected))


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
        np.testing.assert_allclose(leaf.grad.data, gradient.data, rtol=1e-12)


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
    tg.nn.functional.embedding(table, [1, 1]).sum().backward()
    assert [type(g) for g in seen] == [tg.RowSparse]
    assert np.asarray(w.grad).tolist() == [[0, 0], [4, 4], [0, 0]]


@pytest.mark.parametrize("shape", [(1,), (3, 1), (2, 3)])
def test_a_gradient_that_is_passed_on_is_unbroadcast(shape):
    x = tg.tensor(np.ones(shape), requires_grad=True)
    y = x + np.zeros((2, 3)) if shape == (2, 3) else x + np.zeros((3, 3))
    y.sum().backward()
    assert x.grad.shape == shape
    assert np.asarray(x.grad).sum() == y.size


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
