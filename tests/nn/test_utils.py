"""nn.utils: parameters as a vector, weight and spectral normalization; and nn.modules."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from tests.nn.torch_parity import assert_layers_agree, normal
from tinygrad_w2v import nn, tensor
from tinygrad_w2v.errors import InputError


def test_parameters_become_a_vector_and_are_set_from_one() -> None:
    layer = nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(layer.parameters())
    assert vector.shape == (8,)
    nn.utils.vector_to_parameters(tensor(np.arange(8.0)), layer.parameters())
    assert layer.bias.tolist() == [6.0, 7.0]
    with pytest.raises(InputError, match=r"vec has shape \(3,\): it must be \(8,\)"):
        nn.utils.vector_to_parameters(tensor([1.0, 2.0, 3.0]), layer.parameters())


@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm_agrees_with_pytorch(dim: int | None) -> None:
    torch = pytest.importorskip("torch")
    with pytest.warns(FutureWarning):
        theirs = torch.nn.utils.weight_norm(torch.nn.Linear(4, 3), dim=dim)
    ours = nn.utils.weight_norm(nn.Linear(4, 3, dtype=np.float64), dim=dim)
    assert_layers_agree(ours, theirs, normal(5, 4))


def test_spectral_norm_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name, x in (("Conv2d", normal(2, 3, 5, 5)), ("ConvTranspose2d", normal(2, 3, 5, 5))):
        ours = nn.utils.spectral_norm(getattr(nn, name)(3, 4, 3, dtype=np.float64), eps=1e-6)
        theirs = torch.nn.utils.spectral_norm(getattr(torch.nn, name)(3, 4, 3), eps=1e-6)
        assert_layers_agree(ours, theirs, x)
        assert_layers_agree(ours.eval(), theirs.eval(), x)


def test_removed_norm_leaves_the_weight() -> None:
    for wrap, remove in (
        (nn.utils.weight_norm, nn.utils.remove_weight_norm),
        (nn.utils.spectral_norm, nn.utils.remove_spectral_norm),
    ):
        layer: Any = wrap(nn.Linear(4, 3)).eval()
        x = normal(2, 4).astype(np.float32)
        before = layer(x)
        with pytest.raises(InputError, match="weight of Linear is computed already"):
            wrap(layer)
        remove(layer)
        assert sorted(layer.state_dict()) == ["bias", "weight"]
        np.testing.assert_allclose(layer(x).detach().numpy(), before.detach().numpy(), rtol=1e-5)
        with pytest.raises(InputError, match="there is nothing to remove"):
            remove(layer)


def test_import_paths_of_pytorch_are_known() -> None:
    activation = importlib.import_module("tinygrad_w2v.nn.modules.activation")
    assert activation.MultiheadAttention is nn.MultiheadAttention
    assert nn.modules.linear.NonDynamicallyQuantizableLinear(2, 1).bias is not None
    assert issubclass(nn.BatchNorm1d, nn.modules.batchnorm._BatchNorm)
    with pytest.raises(AttributeError, match="has no class 'Missing'"):
        nn.modules.Missing  # noqa: B018


def test_equal_neighbours_in_a_list_are_printed_as_one() -> None:
    layers = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])
    assert repr(layers) == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"
