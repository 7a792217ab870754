"""Derivatives of functions against their analytic values."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.autograd.functional import hessian, hvp, jacobian, jvp, vjp

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def point(*values):
    return tg.tensor(np.array(values))


def cubes(x):
    return np.sum(x**3)


def test_vjp_is_the_transposed_jacobian_times_v():
    value, product = vjp(lambda x: np.matmul(A, x), point(1.0, 1.0, 1.0), np.array([1.0, 10.0]))
    assert value.tolist() == [6.0, 15.0]
    assert product.tolist() == (A.T @ [1, 10]).tolist()


def test_jvp_is_the_jacobian_times_v():
    value, product = jvp(lambda x: np.sin(x) * x[0], point(1.0, 2.0), np.array([0.5, -1.0]))
    expected = [
        0.5 * (np.cos(1) + np.sin(1)),
        0.5 * np.sin(2) - np.cos(2),
    ]
    assert value.tolist() == pytest.approx([np.sin(1), np.sin(2)])
    assert product.tolist() == pytest.approx(expected)


def test_jvp_of_a_linear_function_and_of_a_constant():
    assert jvp(lambda x: x * 2, point(1.0), np.array([3.0]))[1].tolist() == [6.0]
    assert jvp(lambda x: x.detach() * 2, point(1.0), np.array([3.0]))[1].tolist() == [0.0]


def test_jacobian_of_several_inputs():
    x, y = point(1.0, 2.0), point(3.0)
    by_x, by_y = jacobian(lambda x, y: x * x * y, (x, y))
    assert by_x.tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert by_y.tolist() == [[1.0], [4.0]]


def test_jacobian_has_the_shapes_of_output_and_input():
    result = jacobian(lambda x: np.reshape(x, (3, 2)), tg.tensor(np.zeros((2, 3))))
    assert result.shape == (3, 2, 2, 3)
    assert jacobian(lambda x: x[:0], point(1.0)).shape == (0, 1)


def test_hessian_is_symmetric_and_right():
    def f(x):
        return x[0] ** 2 * x[1] + np.exp(x[1])

    found = hessian(f, point(2.0, 3.0)).detach().numpy()
    assert found == pytest.approx(np.array([[6.0, 4.0], [4.0, np.exp(3)]]))


def test_hessian_of_several_inputs_has_all_blocks():
    (xx, xy), (yx, yy) = hessian(lambda x, y: np.sum(x * y * y), (point(1.0, 2.0), point(3.0)))
    assert xx.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert xy.tolist() == [[6.0], [6.0]]
    assert yx.tolist() == [[6.0, 6.0]]
    assert yy.tolist() == [[6.0]]


def test_hvp_is_the_hessian_times_v():
    _, product = hvp(cubes, point(1.0, 2.0), np.array([1.0, 1.0]))
    assert product.tolist() == [6.0, 12.0]
    assert hvp(lambda x: np.sum(x * 2), point(1.0), np.array([1.0]))[1].tolist() == [0.0]


def test_create_graph_lets_results_be_differentiated():
    x = tg.tensor(np.array([2.0]), requires_grad=True)
    _, product = hvp(cubes, x, np.array([1.0]), create_graph=True)
    (third,) = tg.grad(product.sum(), x)
    assert third.tolist() == [6.0]


def test_the_callers_tensors_are_left_alone():
    x = tg.tensor(np.array([2.0]), requires_grad=True)
    vjp(cubes, x)
    hessian(cubes, x)
    assert x.grad is None


def test_gradients_of_tables_come_back_dense():
    table = tg.tensor(np.ones((3, 2)))
    _, g = vjp(lambda w: tg.nn.functional.embedding([1, 1], w).sum(), table)
    assert g.tolist() == [[0, 0], [2, 2], [0, 0]]


def test_messages():
    with pytest.raises(TypeError, match="returned list: it must return one Tensor"):
        vjp(lambda x: [x], point(1.0))
    with pytest.raises(ValueError, match=r"v has shape \(3,\), its input \(2,\)"):
        jvp(lambda x: x, point(1.0, 2.0), np.ones(3))
    with pytest.raises(ValueError, match="needs a direction: pass v"):
        jvp(lambda x: x, point(1.0, 2.0))
    with pytest.raises(
        ValueError, match=r"need a function that returns a single value.*shape \(2,\)"
    ):
        hvp(lambda x: x, point(1.0, 2.0), np.ones(2))
