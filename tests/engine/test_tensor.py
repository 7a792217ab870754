"""What a Tensor is, apart from its operators."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.runtime.shared_memory import is_shared


def test_python_floats_become_float32_and_integers_int64():
    assert tg.tensor([1.0, 2.5]).dtype == np.float32
    assert tg.tensor(1.0).dtype == np.float32
    assert tg.tensor([1, 2]).dtype == np.int64
    assert tg.tensor([True]).dtype == np.bool_


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8])
def test_arrays_keep_their_dtype(dtype):
    assert tg.tensor(np.ones(3, dtype)).dtype == dtype
    assert tg.tensor([np.ones(3, dtype)]).dtype == dtype


def test_the_function_copies_and_the_class_shares():
    array = np.zeros(3)
    copied, shared = tg.tensor(array), tg.Tensor(array)
    array[0] = 1
    assert copied.detach().numpy()[0] == 0
    assert shared.detach().numpy()[0] == 1


def test_ragged_lists_are_refused_by_name():
    with pytest.raises((TypeError, ValueError)):
        tg.tensor([[1.0, 2.0], [3.0]])


def test_only_floats_can_require_a_gradient():
    with pytest.raises(TypeError, match=r"this one is int64: create it with tensor\(data, dtype="):
        tg.tensor([1, 2], requires_grad=True)


def test_numpy_reads_a_tensor_and_its_gradient():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    assert np.asarray(x.grad).tolist() == [2.0, 4.0]
    x = x.detach()
    assert np.asarray(x).tolist() == [1.0, 2.0]
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.asarray(x) is x.detach().numpy()
    assert np.array(x) is not x.detach().numpy()


@pytest.mark.parametrize(
    "convert",
    [np.asarray, np.array, lambda t: t.numpy(), lambda t: np.array([t, t]), lambda t: np.mean([t])],
)
def test_conversion_that_would_lose_the_gradient_is_refused(convert):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"use t\.detach\(\)\.numpy\(\) for its values, tg\.st"):
        convert(x)
    with tg.no_grad():
        assert convert(x * 2) is not None


def test_grad_is_assignable_and_keeps_the_shape():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    x.grad = np.ones(2)
    assert isinstance(x.grad, tg.Tensor)
    x.grad = None
    assert x.grad is None
    with pytest.raises(
        ValueError, match=r"grad of shape \(3,\) assigned to a tensor of shape \(2,\)"
    ):
        x.grad = np.ones(3)


def test_item_needs_a_single_value():
    assert tg.tensor([[2.5]]).item() == 2.5
    with pytest.raises(ValueError, match=r"item\(\) needs a tensor of one value.*shape \(2,\)"):
        tg.tensor([1.0, 2.0]).item()


def test_python_conversions():
    assert float(tg.tensor(2.5)) == 2.5
    assert int(tg.tensor([3])) == 3
    assert bool(tg.tensor(1.0))
    assert [10, 20, 30][tg.tensor(1)] == 20
    assert len(tg.tensor([[1.0], [2.0]])) == 2
    assert [row.tolist() for row in tg.tensor([[1.0], [2.0]])] == [[1.0], [2.0]]
    with pytest.raises(TypeError, match="no length"):
        len(tg.tensor(1.0))


def test_detach_shares_the_values_and_leaves_the_graph():
    x = tg.tensor([1.0], requires_grad=True)
    y = (x * 2).detach()
    assert not y.requires_grad
    assert y.is_leaf


def test_writing_in_place_counts_as_a_change():
    t = tg.tensor([1.0, 2.0])
    t[0] = 5
    assert t.tolist() == [5.0, 2.0]
    assert t.version == 1
    t.data = np.zeros(2)
    assert t.version == 2


def test_requires_grad_can_be_switched_off_on_leaves_only():
    x = tg.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"result of 'multiply': use t.detach\(\)"):
        (x * 2).requires_grad_(False)
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_repr_shows_values_dtype_and_origin():
    assert repr(tg.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    assert repr(tg.tensor([1.0], dtype=np.float64)) == "tensor([1.], dtype=float64)"
    x = tg.tensor([1.0], requires_grad=True)
    assert repr(x) == "tensor([1.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2.], grad_fn=<MultiplyBackward>)"


def test_a_deep_copy_is_a_leaf_of_its_own():
    x = tg.tensor([1.0], requires_grad=True)
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.detach().numpy() is not x.detach().numpy()
    assert twin.is_leaf


def test_tensors_are_hashable_by_identity():
    x, y = tg.tensor([1.0]), tg.tensor([1.0])
    assert len({x, y, x}) == 2


def test_share_memory_keeps_the_values_and_is_done_once():
    t = tg.tensor([[1.0, 2.0]], requires_grad=True)
    square = t * t
    assert t.share_memory_() is t
    assert is_shared(t.detach().numpy())
    assert t.detach().numpy().tolist() == [[1.0, 2.0]]
    array = t.detach().numpy()
    assert t.share_memory_().detach().numpy() is array
    square.sum().backward()  # nothing has changed
    assert t.grad.tolist() == [[2.0, 4.0]]


def test_pickle_of_a_result_is_a_leaf_with_its_values():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    copied = pickle.loads(pickle.dumps(x * x))
    assert copied.tolist() == [1.0, 4.0]
    assert copied.requires_grad
    assert copied.is_leaf
    assert tg.grad(copy.copy(x * x).sum(), x)[0].tolist() == [2.0, 4.0]
    assert pickle.loads(pickle.dumps(tg.get_op("multiply"))) is tg.get_op("multiply")


def test_in_place_operators_change_the_tensor_under_no_grad():
    p = tg.tensor([4.0, 6.0], requires_grad=True)
    same = p
    with tg.no_grad():
        p += 2.0
        p -= tg.tensor([1.0, 1.0])
        p *= 2
        p /= np.array([5.0, 7.0], np.float32)
    assert p is same
    assert p.tolist() == [2.0, 2.0]
    assert (p.dtype, p.requires_grad, p.version) == (np.float32, True, 4)


def test_gradient_descent_by_in_place_operators_learns():
    p = tg.tensor([4.0], requires_grad=True)
    for _ in range(50):
        p.grad = None
        (p * p).sum().backward()
        with tg.no_grad():
            p -= 0.1 * p.grad
    assert abs(p.item()) < 1e-3


def test_in_place_operator_on_a_leaf_is_refused_while_recording():
    p = tg.tensor([4.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"\+=: a leaf that requires a gradient.*no_grad\(\)"):
        p += 1.0


def test_in_place_operator_on_a_result_is_recorded():
    x = tg.tensor([3.0], requires_grad=True)
    y = x * 1.0
    y *= x
    y += tg.tensor([1.0])
    assert tg.grad(y.sum(), x)[0].tolist() == [6.0]
    total = tg.tensor([0.0])
    total += x * x
    assert tg.grad(total.sum(), x)[0].tolist() == [6.0]


def test_in_place_change_of_a_saved_constant_is_detected():
    x, c = tg.tensor([3.0], requires_grad=True), tg.tensor([2.0])
    y = x * c
    c += 1.0
    with pytest.raises(RuntimeError, match="changed in place"):
        y.sum().backward()


def test_in_place_result_of_another_shape_or_dtype_is_refused():
    t, n = tg.tensor([1.0]), tg.tensor([1])
    with pytest.raises(ValueError, match="broadcast"):
        t += np.ones((2, 3), np.float32)
    with pytest.raises(TypeError, match="cast"):
        n += 0.5
    with pytest.raises(RuntimeError, match=r"add_: the result has shape \(3, 1\), the tensor"):
        t.add_(tg.tensor([[1.0], [2.0], [3.0]]))
    with pytest.raises(RuntimeError, match="add_: the result has dtype float64, the tensor int64"):
        n.add_(tg.tensor(np.array(0.5)))


def test_new_tensors_and_assignments_take_the_values_of_a_tensor_with_gradient():
    p = tg.tensor([1.0, 2.0], requires_grad=True)
    for made in (tg.tensor(p), tg.Tensor(p), tg.nn.Parameter(p)):
        assert made.is_leaf
        assert made.tolist() == [1.0, 2.0]
    q = tg.tensor([0.0, 0.0])
    q.data = p
    assert q.tolist() == [1.0, 2.0]
    with tg.no_grad():
        q[...] = p * 2
    assert q.tolist() == [2.0, 4.0]


def test_data_shares_memory_but_not_the_graph_or_the_version():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    values = w.data
    assert isinstance(values, tg.Tensor)
    assert not values.requires_grad
    values += 1
    assert w.tolist() == [2.0, 3.0]
    loss.backward()  # not refused, as in PyTorch
    w.data -= 0.5 * w.grad.data
    assert w.tolist() == [0.0, 0.0]
    assert w.requires_grad
    assert w.is_leaf


def test_size_is_a_call_and_shape_counts_values():
    x = tg.tensor(np.zeros((2, 3)))
    assert x.size() == x.shape == (2, 3)
    assert x.size(-1) == 3
    assert x.shape.numel() == x.numel() == x.nelement() == 6
    assert x.dim() == x.ndimension() == x.ndim == 2
    assert x.element_size() == 8
    assert x.stride() == (3, 1)
    assert x.stride(0) == 3
    assert x.is_contiguous()
    assert not x.t().is_contiguous()


def test_transpose_exchanges_two_axes_and_numpy_permutes():
    x = tg.tensor(np.zeros((2, 3, 4)))
    assert x.transpose(0, -1).shape == tg.transpose(x, 0, 2).shape == (4, 3, 2)
    assert np.transpose(x).shape == (4, 3, 2)
    assert np.transpose(x, (1, 0, 2)).shape == x.permute(1, 0, 2).shape == (3, 2, 4)
    assert x.movedim(0, 1).shape == (3, 2, 4)
    assert tg.tensor([[1, 2]]).t().shape == (2, 1)
    assert tg.tensor([1, 2]).t().shape == (2,)
    with pytest.raises(ValueError, match=r"t: shape \(2, 3, 4\): it takes at most two axes"):
        x.t()


def test_squeeze_leaves_longer_axes_alone_and_numpy_refuses():
    x = tg.tensor(np.zeros((1, 3)))
    assert x.squeeze(1).shape == (1, 3)
    assert x.squeeze((0, 1)).shape == (3,)
    assert tg.tensor(1.0).squeeze(0).shape == ()
    with pytest.raises(ValueError, match="size not equal to one"):
        np.squeeze(x, 1)


def test_a_single_value_is_formatted_as_a_number():
    assert f"{tg.tensor(1.5):.2f} {tg.tensor(2)}" == "1.50 2"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{tg.tensor([1.5]):.2f}"


@pytest.mark.parametrize("create", [tg.tensor, tg.as_tensor, tg.Tensor, tg.FloatTensor])
def test_a_tensor_of_one_value_in_a_list_is_a_number(create):
    one, two = tg.tensor([1.0]), tg.tensor([[2.0]])
    assert create([one, two]).tolist() == [1.0, 2.0]
    assert create([[one], [3.0]]).tolist() == [[1.0], [3.0]]
    assert create([3.0, two]).dtype == create([two, 3.0]).dtype == np.float32
    assert create([tg.tensor([1.0, 2.0])]).tolist() == [[1.0, 2.0]]


def test_tensors_in_a_list_determine_the_dtype():
    assert tg.tensor([tg.tensor([1]), tg.tensor(2)]).dtype == np.int64
    assert tg.tensor([tg.tensor([1.0], dtype=tg.float64)]).dtype == np.float64


def test_grad_fn_names_the_op_and_leads_to_the_leaves():
    x = tg.tensor(2.0, requires_grad=True)
    y = x * x + 1
    assert x.grad_fn is None
    assert y.grad_fn.name() == "AddBackward"
    ((product, place), constant) = y.grad_fn.next_functions
    assert (product.name(), place, constant) == ("MultiplyBackward", 0, (None, 0))
    assert product.next_functions[0][0].variable is x
    assert product == (y.grad_fn.next_functions[0][0])
    with pytest.raises(AttributeError, match="MultiplyBackward has no leaf"):
        _ = product.variable


def test_grad_fn_lists_inputs_without_a_gradient_last():
    x = tg.tensor(2.0, requires_grad=True)
    assert (2 * x).grad_fn.next_functions[0][0].variable is x
    assert (2 * x).grad_fn.next_functions[1] == (None, 0)


def test_detach_in_place_makes_a_leaf():
    y = tg.tensor([2.0], requires_grad=True) * 2
    assert y.detach_() is y
    assert y.is_leaf
    assert not y.requires_grad
