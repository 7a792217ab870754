"""NumPy's dispatch protocols on Tensors."""

import numpy as np
import pytest

import tinygrad_w2v as tg


@pytest.fixture
def x():
    return tg.tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True)


def test_numpy_functions_are_recorded(x):
    loss = np.sum(np.exp(np.concatenate([x, x])))
    assert isinstance(loss, tg.Tensor)
    loss.backward()
    assert np.allclose(np.asarray(x.grad), 2 * np.exp(x.detach().numpy()))


def test_array_on_the_left_returns_a_tensor(x):
    for result in (np.ones(2) * x, np.ones((2, 2)) @ x, 2.0 - x, np.float64(2) / x):
        assert isinstance(result, tg.Tensor)
        assert result.requires_grad


def test_ufunc_reduce(x):
    assert np.add.reduce(x, axis=0).tolist() == [4.0, 6.0]


def test_python_scalars_do_not_widen_float32():
    t = tg.tensor([1.0], requires_grad=True)
    for result in (t * 2.5, 2.5 + t, t**2, 1 / t, np.exp(t) - 1):
        assert result.dtype == np.float32


def test_shape_and_ndim_need_no_op(x):
    assert np.shape(x) == (2, 2)
    assert np.ndim(x) == 2


def test_function_without_op_names_the_remedy(x):
    with pytest.raises(TypeError, match=r"np\.nextafter has no op for Tensors: pass t.detach"):
        np.nextafter(x, 1.0)
    with pytest.raises(TypeError, match=r"np\.i0 has no op for Tensors"):
        np.i0(x)
    with pytest.raises(TypeError, match=r"np\.add\.at has no op"):
        np.add.at(x, 0, 1.0)


def test_out_is_refused(x):
    with pytest.raises(TypeError, match=r"np\.exp: parameter 'out' is not supported"):
        np.exp(x, out=np.zeros((2, 2)))


def test_refusal_names_the_function_that_was_called():
    t = tg.tensor(np.eye(2))
    with pytest.raises(TypeError, match=r"^np.linalg.eig has no op for Tensors.*'np.linalg.eig'"):
        np.linalg.eig(t)
    other = np.frompyfunc(lambda value: value, 1, 1)
    with pytest.raises(TypeError, match=r"^the ufunc '<lambda>.*' is not NumPy's and has no op"):
        other(t)
