"""Layers declared by a function and settings."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import nn
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer, Positive


class _Scaled(Layer, function=lambda x, scale: x * scale):
    scale: Positive = 2.0


def test_forward_passes_inputs_and_current_settings() -> None:
    layer = _Scaled()
    assert (layer(3.0), layer(x=3.0)) == (6.0, 6.0)
    layer.scale = 4.0
    assert layer(3.0) == 12.0


def test_settings_are_constructor_arguments_checked_by_annotation() -> None:
    assert (_Scaled(5.0).scale, _Scaled(scale=5.0).scale) == (5.0, 5.0)
    with pytest.raises(InputError, match="scale is 0: it must be a number above 0"):
        _Scaled(0)
    wrong: Any = "tan"
    with pytest.raises(InputError, match="approximate is 'tan': use 'none' or 'tanh'"):
        nn.GELU(wrong)


def test_repr_is_pytorchs() -> None:
    assert repr(nn.GELU()) == "GELU(approximate='none')"
    assert repr(nn.HuberLoss("sum")) == "HuberLoss()"
    assert repr(nn.Embedding(5, 2, padding_idx=0)) == "Embedding(5, 2, padding_idx=0)"
    assert repr(nn.LSTM(3, 2, bias=False)) == "LSTM(3, 2, bias=False)"
    assert repr(nn.AvgPool1d(3)) == "AvgPool1d(kernel_size=(3,), stride=(3,), padding=(0,))"
    assert repr(nn.ReLU(inplace=True)) == "ReLU(inplace=True)"


LAYERS = [cls for cls in vars(nn).values() if isinstance(cls, type) and issubclass(cls, Layer)]


@pytest.mark.parametrize("cls", LAYERS)
def test_docstring_documents_every_setting_once(cls: type) -> None:
    doc = inspect.getdoc(cls) or ""
    _, _, parameters = doc.partition("Parameters\n----------\n")
    parameters = parameters.partition("\n\nExamples")[0]
    lines = (line.partition(" : ")[0] for line in parameters.splitlines())
    entries = [line for line in lines if not line.startswith(" ")]
    documented = ", ".join(entries).split(", ") if entries else []
    assert documented == list(inspect.signature(cls).parameters)


def test_arguments_of_the_constructor_that_are_not_settings_are_no_attributes() -> None:
    assert not hasattr(nn.Linear(2, 2), "dtype")
    assert nn.Linear(2, 2, bias=False).bias is None


def test_settings_cannot_be_passed_to_forward() -> None:
    with pytest.raises(TypeError, match="multiple values for keyword argument 'scale'"):
        _Scaled()(3.0, scale=1.0)


def test_subclass_keeps_its_own_constructor_and_annotations() -> None:
    class Shifted(nn.MSELoss):
        shift: float

        def __init__(self, shift: float) -> None:
            super().__init__(reduction="sum")
            self.shift = shift

        def forward(self, x: Any, target: Any) -> Any:
            return super().forward(x + self.shift, target)

    x = np.array([1.0, 2.0])
    assert Shifted(1.0)(x, x) == F.mse_loss(x + 1, x, reduction="sum") == 2.0
    assert Shifted(1.0).reduction == "sum"
