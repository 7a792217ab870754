"""The dtypes of results and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.test_conformance import DIFFERENTIABLE, cast, samples_of, wanted
from tinygrad_w2v.engine import Node
from tinygrad_w2v.nn import functional as F

BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "remainder"]


def differentiated(op: tg.Op, sample: tg.Sample, dtype: Any) -> list[Any]:
    """Return the result of a call, and its gradients as parts of a graph."""
    positions = wanted(op, sample)
    tensors = [
        tg.Tensor(cast(arg, dtype), requires_grad=position in positions)
        for position, arg in enumerate(sample.args)
    ]
    attributes = {**sample.attributes, **({"dtype": dtype} if "dtype" in op.defaults else {})}
    out = op(*tensors, **attributes)
    sources = [tensors[position] for position in positions]
    start = tg.Tensor(np.ones(out.shape, out.dtype), requires_grad=True)
    found = tg.grad(out, sources, start, create_graph=op.order is None, allow_unused=True)
    return [out, *[getattr(gradient, "values", gradient) for gradient in found]]


def nodes_behind(tensors: list[Any]) -> set[Node]:
    found: set[Node] = set()
    stack = [tensor.node for tensor in tensors if isinstance(tensor, tg.Tensor) and tensor.node]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [edge for edge in node.next_functions if isinstance(edge, Node)]
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("op", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE.keys())
def test_results_and_gradients_are_not_wider_than_the_inputs(op: tg.Op, dtype: Any) -> None:
    of_linalg = op.name in ("solve", "inv", "det", "logabsdet", "cholesky")
    file = op.forward.__module__.rpartition(".")[2]
    if dtype == np.float16 and (of_linalg or file in ("decomposition", "lu", "orthogonal")):
        pytest.skip("LAPACK knows no half precision")
    for sample in samples_of(op):
        with np.errstate(over="ignore"):
            results = differentiated(op, sample, dtype)
        assert {str(r.dtype) for r in results} == {np.dtype(dtype).name}
        wider = {n.op.name for n in nodes_behind(results) if n.dtype.itemsize > 4}
        assert wider == set()


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("number", [2, 0.5, True])
def test_python_numbers_do_not_widen_float32(name: str, number: float) -> None:
    op = tg.get_op(name)
    x = tg.tensor([1.5, 2.5], requires_grad=True)
    assert x.dtype == np.float32
    for out in (op(x, number), op(number, x)):
        (gradient,) = tg.grad(out.sum(), x, create_graph=True)
        assert out.dtype == gradient.dtype == np.float32
        assert all(n.dtype == np.float32 for n in nodes_behind([gradient, out]))


def test_masks_do_not_widen_float32() -> None:
    x = tg.tensor([1.0, 2.0])
    assert (x * (x > 1)).dtype == np.float32
    assert np.where(x > 1, x, 0.0).dtype == np.float32
    assert x.masked_fill(x > 1, 0.5).dtype == np.float32


ONES = np.array([1, 1])
FLOATING = [np.float16, np.float32, np.float64]
MIXING = ["add", "subtract", "multiply", "divide", "power", "maximum", "hypot", "remainder"]


@pytest.mark.parametrize("dtype", FLOATING)
@pytest.mark.parametrize("name", MIXING)
@pytest.mark.parametrize("other", [np.int64, np.int32, np.uint8, np.bool_])
def test_integers_and_booleans_take_the_dtype_of_a_float_tensor(
    name: str, dtype: Any, other: Any
) -> None:
    op = tg.get_op(name)
    x = tg.tensor(np.array([1.0, 2.0], dtype), requires_grad=True)
    for ones in (ONES.astype(other), tg.tensor(ONES.astype(other)), np.array(1, other)):
        for out in (op(x, ones), op(ones, x)):
            (slope,) = tg.grad(out.sum(), x, create_graph=True)
            assert out.dtype == slope.dtype == dtype
            assert {n.dtype for n in nodes_behind([out, slope])} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", MIXING)
def test_scalars_do_not_widen_a_float32_tensor(name: str) -> None:
    op = tg.get_op(name)
    x = tg.tensor([1.5, 2.5], requires_grad=True)
    for single in (np.float64(2.0), np.array(2.0), tg.tensor(np.array(2.0)), np.int64(2)):
        for out in (op(x, single), op(single, x)):
            assert out.dtype == np.float32


def test_numpy_scalars_do_not_widen_a_0d_tensor_but_arrays_do() -> None:
    x = tg.tensor(1.5)
    assert (x * np.float64(2.0)).dtype == (np.sqrt(2) * x).dtype == np.float32
    assert (x * np.array(2.0)).dtype == np.float64


def test_a_0d_float64_tensor_takes_the_dtype_of_a_float32_array() -> None:
    scale = tg.tensor(np.array(2.0), requires_grad=True)
    assert scale.dtype == np.float64
    out = scale * np.ones(3, np.float32)
    out.sum().backward()
    assert out.dtype == np.float32
    assert scale.grad.dtype == np.float64
    assert scale.grad.item() == 3.0


def test_float64_arrays_widen_float32() -> None:
    x = tg.tensor([1.0, 2.0])
    assert (x * np.array([1.0, 2.0])).dtype == (np.array([1.0, 2.0]) * x).dtype == np.float64
    assert (x * [1.0, 2.0]).dtype == np.float64


def test_functions_and_numpy_functions_promote_alike() -> None:
    x, whole = tg.tensor([[1.0, 2.0]]), np.array([[1, 2]])
    for out in (
        np.add(x, whole),
        np.maximum(whole, x),
        np.hypot(x, whole),
        np.where(whole > 1, x, whole),
        F.where(whole > 1, x, 2),
        F.pow(x, whole),
        F.lerp(x, whole, 0.5),
        np.concatenate([x, whole]),
        np.stack([whole, x]),
        x @ whole.T,
        np.einsum("ij,ij->i", x, whole),
        F.outer(x, whole),
        F.mse_loss(x, whole),
    ):
        assert out.dtype == np.float32


def test_comparisons_do_not_convert() -> None:
    large = 2**24
    assert (tg.tensor([float(large)]) == np.array([large + 1])).tolist() == [False]


def test_numpy_promotion_without_a_float_tensor() -> None:
    whole = tg.tensor([1, 2])
    assert (whole * np.array([1.0, 2.0])).dtype == np.float64
    assert (whole * 0.5).dtype == np.float32
    assert tg.get_op("add")(np.ones(2, np.float32), ONES).dtype == np.float64


def test_promotion_matches_pytorch() -> None:
    torch = pytest.importorskip("torch")
    arrays = [np.ones(shape, dtype) for shape in ((2,), ()) for dtype in (*FLOATING, int, bool)]
    for a in arrays:
        for b in arrays:
            if "f" not in (a.dtype.kind, b.dtype.kind):
                continue
            first, second = (a, b) if a.dtype.kind == "f" else (b, a)
            ours = tg.tensor(first) * second
            theirs = torch.tensor(first) * torch.tensor(second)
            assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch."), (a.dtype, b.dtype)


def test_float64_weights_of_losses_do_not_widen_float32() -> None:
    x = tg.tensor([[0.5, -1.0]], requires_grad=True)
    factors = np.array([1.0, 2.0])
    target = np.array([[0.0, 1.0]])
    assert F.cross_entropy(x, [1], weight=factors, label_smoothing=0.1).dtype == np.float32
    for loss in (
        F.binary_cross_entropy_with_logits(x, target, weight=factors, pos_weight=factors),
        F.binary_cross_entropy(x.sigmoid(), target, weight=factors),
    ):
        assert loss.dtype == np.float32


@pytest.mark.parametrize("function", [F.exp, F.sqrt, F.reciprocal, np.mean, F.sigmoid, F.erf])
def test_integers_become_the_default_dtype(function: Any) -> None:
    assert function(tg.tensor([1, 2])).dtype == np.float32


@pytest.mark.parametrize("function", [F.sum, F.prod, F.cumsum, F.abs, F.relu, F.max])
def test_integers_stay_integers(function: Any) -> None:
    options = {"axis": 0} if function is F.cumsum else {}
    assert function(tg.tensor([1, 2]), **options).dtype == np.int64


@pytest.mark.parametrize("function", [tg.softmax, tg.log_softmax, F.logsumexp])
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.bool_])
def test_softmax_of_integers_does_not_overflow(function: Any, dtype: Any) -> None:
    x = np.array([-128, 127], np.int8).astype(dtype)
    found = function(tg.tensor(x))
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found.detach().numpy(), function(x.astype(np.float64)), rtol=1e-6, atol=1e-30
    )


@pytest.mark.parametrize(
    "name", ["sigmoid", "softplus", "silu", "logsigmoid", "mish", "elu", "selu", "celu"]
)
def test_activations_convert_small_integers_to_the_default_dtype(name: str) -> None:
    assert getattr(F, name)(tg.tensor(np.array([1, -3], np.int8))).dtype == np.float32


@pytest.mark.parametrize("values", [np.array([None]), np.array(["a"]), np.array([1j])])
def test_array_without_real_numbers_is_refused(values: Any) -> None:
    with pytest.raises(TypeError, match=r"contain values that are not real numbers \(its dtype is"):
        tg.Tensor(values)
