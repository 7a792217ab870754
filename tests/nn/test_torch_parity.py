"""Layers give the outputs and gradients that PyTorch's give with the same parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import nn, tensor
from tinygrad_w2v.nn import init

torch = pytest.importorskip("torch")

_RNG = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return _RNG.normal(size=shape)


def with_same_parameters(ours: nn.Module, theirs: Any) -> tuple[nn.Module, Any]:
    state = {name: torch.from_numpy(value._data) for name, value in ours.state_dict().items()}
    theirs.double().load_state_dict(state)
    return ours, theirs


def first(result: Any) -> Any:
    while isinstance(result, tuple):
        result = result[0]
    return result


def assert_parity(ours: nn.Module, theirs: Any, *inputs: Any, **options: Any) -> None:
    """Compare outputs and the gradients of inputs and parameters for a random cotangent."""
    ours, theirs = with_same_parameters(ours, theirs)
    mine = [tensor(x, requires_grad=True) for x in inputs]
    others = [torch.tensor(x, requires_grad=True) for x in inputs]
    torch_options = {k: torch.tensor(v) for k, v in options.items()}
    output, expected = first(ours(*mine, **options)), first(theirs(*others, **torch_options))
    np.testing.assert_allclose(
        output.detach().numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12
    )
    cotangent = normal(*output.shape)
    output.backward(tensor(cotangent))
    expected.backward(torch.tensor(cotangent))
    for x, y in zip(mine, others, strict=True):
        np.testing.assert_allclose(np.asarray(x.grad), y.grad.numpy(), rtol=1e-8, atol=1e-10)
    their_gradients = {name: p.grad for name, p in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        np.testing.assert_allclose(
            np.asarray(parameter.grad), their_gradients[name].numpy(), rtol=1e-8, atol=1e-10
        )


F64: dict[str, Any] = {"dtype": np.float64}


def test_linear_and_bilinear() -> None:
    assert_parity(nn.Linear(4, 3, **F64), torch.nn.Linear(4, 3), normal(2, 5, 4))
    assert_parity(
        nn.Bilinear(4, 3, 2, **F64), torch.nn.Bilinear(4, 3, 2), normal(5, 4), normal(5, 3)
    )


def test_layer_norm() -> None:
    assert_parity(nn.LayerNorm((3, 4), **F64), torch.nn.LayerNorm((3, 4)), normal(5, 3, 4))
    assert_parity(
        nn.LayerNorm(4, elementwise_affine=False),
        torch.nn.LayerNorm(4, elementwise_affine=False),
        normal(2, 3, 4),
    )


@pytest.mark.parametrize(
    "settings", [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "groups": 2}]
)
def test_convolutions(settings: dict[str, Any]) -> None:
    assert_parity(
        nn.Conv1d(4, 6, 3, **settings, **F64), torch.nn.Conv1d(4, 6, 3, **settings), normal(2, 4, 9)
    )
    assert_parity(
        nn.Conv2d(4, 6, (3, 2), **settings, **F64),
        torch.nn.Conv2d(4, 6, (3, 2), **settings),
        normal(2, 4, 7, 6),
    )


@pytest.mark.parametrize("kind", ["MaxPool1d", "AvgPool1d", "MaxPool2d", "AvgPool2d"])
def test_pooling(kind: str) -> None:
    x = normal(2, 3, 8) if kind.endswith("1d") else normal(2, 3, 8, 6)
    for settings in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}):
        assert_parity(getattr(nn, kind)(**settings), getattr(torch.nn, kind)(**settings), x)


@pytest.mark.parametrize(
    "kind",
    [
        "ReLU",
        "LeakyReLU",
        "ELU",
        "GELU",
        "SiLU",
        "Sigmoid",
        "LogSigmoid",
        "Tanh",
        "Hardtanh",
        "Softplus",
    ],
)
def test_activations(kind: str) -> None:
    assert_parity(getattr(nn, kind)(), getattr(torch.nn, kind)(), normal(4, 5))


def test_gains_are_pytorchs() -> None:
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert init.calculate_gain("leaky_relu", 0.3) == pytest.approx(
        torch.nn.init.calculate_gain("leaky_relu", 0.3)
    )


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {}),
        ("kaiming_uniform_", {"a": 0.2, "mode": "fan_out"}),
        ("kaiming_normal_", {"nonlinearity": "relu"}),
        ("trunc_normal_", {"std": 1.5}),
        ("orthogonal_", {"gain": 0.5}),
    ],
)
def test_initial_values_are_distributed_as_pytorchs(name: str, arguments: dict[str, Any]) -> None:
    ours = nn.Parameter(np.empty((300, 200), np.float32))
    getattr(init, name)(ours, **arguments, generator=0)
    torch.manual_seed(0)
    theirs = torch.empty(300, 200)
    getattr(torch.nn.init, name)(theirs, **arguments)
    quantiles = [0.01, 0.25, 0.5, 0.75, 0.99]
    np.testing.assert_allclose(
        np.quantile(ours.detach().numpy(), quantiles),
        np.quantile(theirs.numpy(), quantiles),
        atol=0.06 * float(theirs.std()),
    )


def test_dirac_and_eye_equal_pytorchs() -> None:
    weight, theirs = nn.Parameter(np.empty((6, 2, 3, 3))), torch.empty(6, 2, 3, 3)
    init.dirac_(weight, groups=2)
    torch.nn.init.dirac_(theirs, groups=2)
    np.testing.assert_array_equal(weight.detach().numpy(), theirs.numpy())
