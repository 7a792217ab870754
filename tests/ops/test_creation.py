"""Tensors made from sizes, values and arrays, with PyTorch's signatures, dtypes and sharing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg


@pytest.mark.parametrize("sizes", [(2, 3), ((2, 3),), ([2, 3],)])
@pytest.mark.parametrize("create", [tg.zeros, tg.ones, tg.empty, tg.Tensor, tg.ones(1).new_zeros])
def test_sizes_are_arguments_or_one_sequence(create: Any, sizes: tuple[Any, ...]) -> None:
    if create is tg.Tensor and sizes != (2, 3):
        pytest.skip("Tensor([2, 3]) holds two values")
    result = create(*sizes)
    assert result.shape == (2, 3)
    assert result.dtype == np.float32


def test_a_negative_size_is_named() -> None:
    with pytest.raises(ValueError, match=r"size is \(2, -1\): sizes must not be negative"):
        tg.zeros(2, -1)


def test_options_of_every_factory() -> None:
    result = tg.zeros(2, dtype=tg.float64, device="cpu", requires_grad=True)
    assert (result.dtype, result.requires_grad) == (np.float64, True)
    out = tg.empty(2)
    assert tg.ones(2, out=out) is out
    assert out.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="device 'cuda:1' is not available: tensors are NumPy"):
        tg.ones(2, device="cuda:1")
    with pytest.raises(RuntimeError, match="pin_memory=True is for transfers to a GPU"):
        tg.ones(2, pin_memory=True)
    with pytest.raises(RuntimeError, match="layout='sparse' is not available"):
        tg.ones(2, layout="sparse")


def test_values_determine_the_dtype() -> None:
    assert tg.full((2,), 7).dtype == np.int64
    assert tg.full((2,), True).dtype == np.bool_
    assert tg.full([2], 1.5).dtype == np.float32
    assert tg.arange(3).dtype == np.int64
    assert tg.arange(0, 1, 0.25).tolist() == [0.0, 0.25, 0.5, 0.75]
    assert tg.tensor([1.0, 2]).dtype == np.float32
    assert tg.tensor(np.ones(2)).dtype == np.float64
    assert tg.Tensor([1, 2]).dtype == np.float32


def test_arange_that_does_not_lead_to_its_end_is_refused() -> None:
    with pytest.raises(ValueError, match="step is -1 from 0 to 3: it must not be 0, and lead"):
        tg.arange(0, 3, -1)


def test_like_functions_take_shape_and_dtype() -> None:
    x = tg.ones(2, 3, dtype=tg.float64, requires_grad=True)
    for like in (tg.zeros_like(x), tg.ones_like(x), tg.empty_like(x), tg.full_like(x, 3)):
        assert (like.shape, like.dtype, like.requires_grad) == ((2, 3), np.float64, False)
    assert tg.zeros_like(x, dtype=tg.long).dtype == np.int64
    assert x.new_full((2,), 5).tolist() == [5.0, 5.0]
    assert x.new_tensor([1, 2]).dtype == np.float64
    assert (x.new(2, 3).shape, x.new([1, 2]).dtype) == ((2, 3), np.float64)


def test_from_numpy_and_as_tensor_share_memory() -> None:
    values = np.zeros(3)
    first, second, copy = tg.from_numpy(values), tg.as_tensor(values), tg.tensor(values)
    values[0] = 1.0
    assert (first.tolist(), second.tolist(), copy.tolist()) == ([1, 0, 0], [1, 0, 0], [0, 0, 0])
    assert tg.as_tensor(first) is first
    assert tg.as_tensor(values, dtype=tg.float32).dtype == np.float32
    with pytest.raises(TypeError, match="expected an ndarray, got list: use tensor"):
        tg.from_numpy([1.0])
    with pytest.raises(ValueError, match="copy=False, and the data must be copied"):
        tg.asarray(values, dtype=tg.int32, copy=False)


def test_typed_constructors() -> None:
    assert tg.LongTensor([1.0, 2.0]).tolist() == [1, 2]
    assert tg.FloatTensor(2, 3).shape == (2, 3)
    assert tg.ByteTensor(np.array([1, 2])).dtype == np.uint8
    assert isinstance(tg.ones(2), tg.FloatTensor)
    assert not isinstance(tg.ones(2), tg.LongTensor)
    with pytest.raises(TypeError, match=r"got 2 arguments: use Tensor\(data, requires_grad=...\)"):
        tg.Tensor([1.0], True)


def test_combinations_of_vectors_carry_gradients() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    for result in (
        tg.meshgrid(x, tg.arange(3.0), indexing="xy")[0],
        tg.cartesian_prod(x, x),
        tg.combinations(x, with_replacement=True),
        tg.block_diag(x, tg.ones(2, 2)),
    ):
        result.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3 + 4 + 3 + 1, 3 + 4 + 3 + 1]


# --- the default dtype --------------------------------------------------------------------------


def test_default_dtype() -> None:
    assert tg.get_default_dtype() == tg.float32
    tg.set_default_dtype(tg.float64)
    try:
        assert tg.tensor([1.0]).dtype == tg.zeros(1).dtype == tg.Tensor(1).dtype == tg.double
    finally:
        tg.set_default_dtype(tg.float32)
    with pytest.raises(TypeError, match="must be a floating one, not int64: use float32"):
        tg.set_default_dtype(tg.int64)


def test_dtypes_are_numpy_dtypes_under_the_names_of_pytorch() -> None:
    assert tg.float is tg.float32
    assert tg.long == np.int64
    assert isinstance(tg.half, tg.dtype)
    assert tg.ones(2).dtype == tg.float32
    assert tg.finfo(tg.float32).eps == np.finfo(np.float32).eps
    assert tg.iinfo(tg.int8).max == 127
    assert tg.is_tensor(tg.ones(1))
    assert tg.is_floating_point(tg.ones(1))
    assert tg.can_cast(tg.int64, tg.float32)
    assert not tg.can_cast(tg.float32, tg.int64)


# --- as PyTorch ---------------------------------------------------------------------------------

CALLS = """
linspace(0, 1, 7) | linspace(-3, 3, 100) | linspace(2, 5, 1) | logspace(-2, 2, 5) | arange(5.0)
arange(2.5, 7, dtype=torch.long) | arange(end=4) | arange(1, 10, 3) | eye(2, 3) | full((2, 2), 3)
tril_indices(3, 4, -1) | triu_indices(3, 4, 1) | combinations(torch.arange(4), r=3)
cartesian_prod(torch.arange(2), torch.arange(3)) | block_diag(torch.ones(2), torch.ones(2, 1))
meshgrid(torch.arange(2), torch.arange(3), indexing="ij")[1] | scalar_tensor(3)
meshgrid(torch.arange(2), torch.arange(3), indexing="xy")[0] | Tensor([[1, 2]]) | LongTensor([3])
promote_types(torch.int8, torch.uint8) | promote_types(torch.float16, torch.int64)
result_type(torch.ones(2, dtype=torch.int32), 1.5) | result_type(torch.ones(2), 1)
result_type(torch.ones(2, dtype=torch.float16), torch.tensor(1.0, dtype=torch.float64))
result_type(torch.ones((), dtype=torch.float16), torch.tensor(1)) | typename(torch.ones(1))
result_type(torch.ones(2, dtype=torch.uint8), torch.tensor(True)) | typename(3)
is_floating_point(torch.ones(1)) | can_cast(torch.float64, torch.float32) | tensor([]).dtype
tensor([True, 2]) | as_tensor([1, 2.5]) | asarray([1.0]) | full_like(torch.ones(2), 3)
frombuffer(bytearray(b"\\1\\0\\2\\0"), dtype=torch.int16)
"""


@pytest.mark.parametrize("call", [c.strip() for c in CALLS.replace("\n", "|").split("|") if c])
def test_as_pytorch(call: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (eval(f"torch.{call}", {"torch": module}) for module in (tg, torch))
    if not isinstance(ours, tg.Tensor):
        assert str(ours) == str(theirs).removeprefix("torch.") or ours == theirs
        return
    assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")
    np.testing.assert_array_equal(ours.detach().numpy(), theirs.numpy())
