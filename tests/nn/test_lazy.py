"""Layers that take the size of their input from the first call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v import nn

X = np.random.default_rng(0).normal(size=(2, 4, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("lazy", "plain", "args"),
    [
        ("LazyLinear", "Linear", (6, (3, False))),
        ("LazyConv1d", "Conv1d", (4, (3, 2))),
        ("LazyConvTranspose1d", "ConvTranspose1d", (4, (3, 2))),
        ("LazyBatchNorm1d", "BatchNorm1d", (4, ())),
        ("LazyInstanceNorm1d", "InstanceNorm1d", (4, ())),
    ],
)
def test_becomes_the_layer_at_the_first_call(lazy: str, plain: str, args: Any) -> None:
    size, rest = args
    layer, expected = getattr(nn, lazy)(*rest), getattr(nn, plain)(size, *rest)
    assert not list(layer.parameters())
    found = nn.Sequential(layer)(X)
    assert type(layer) is type(expected)
    assert found.shape == expected(X).shape
    assert layer.spec() == expected.spec()
    assert list(layer.state_dict()) == list(expected.state_dict())


def test_mode_and_initial_values_are_those_of_the_layer() -> None:
    tg.manual_seed(0)
    layer = nn.LazyLinear(3).eval()
    assert repr(layer) == "LazyLinear(3)"
    layer(X)
    tg.manual_seed(0)
    np.testing.assert_array_equal(
        layer.weight.detach().numpy(), nn.Linear(6, 3).weight.detach().numpy()
    )
    assert not layer.training


def test_submodule_is_replaced_by_its_name() -> None:
    model = nn.Sequential(nn.Sequential(nn.ReLU()))
    model.set_submodule("0.0", nn.Tanh())
    assert type(model[0][0]) is nn.Tanh


def test_spec_is_that_of_the_class_until_the_first_call() -> None:
    layer = nn.LazyLinear(3)
    assert nn.build(layer.spec()).spec() == layer.spec()
    layer(X)
    assert layer.spec()["type"] == "Linear"
