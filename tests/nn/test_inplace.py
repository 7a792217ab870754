"""``inplace=True`` of functions and layers: the input takes the result and its history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v import nn
from tinygrad_w2v.nn import functional as F

NAMES = """
    relu relu6 leaky_relu elu celu selu silu mish hardtanh hardswish hardsigmoid rrelu
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_input_becomes_the_result(name: str) -> None:
    function: Any = getattr(F, name)
    values = np.linspace(-4, 4, 7)
    plain, changed = (tg.tensor(values, requires_grad=True) for _ in range(2))
    x = plain * 1.0
    expected = function(x)
    y = changed * 1.0
    assert function(y, inplace=True) is y
    (expected * expected).sum().backward()
    (y * y).sum().backward()
    np.testing.assert_array_equal(y.detach().numpy(), expected.detach().numpy())
    np.testing.assert_array_equal(changed.grad.numpy(), plain.grad.numpy())


def test_option_is_taken_by_position_and_by_layers() -> None:
    x = tg.tensor([-1.0, 2.0])
    F.relu(x, True)
    assert x.tolist() == [0.0, 2.0]
    nn.Threshold(1.0, 7.0, inplace=True)(x)
    assert x.tolist() == [7.0, 2.0]
    F.dropout(x, 1.0, True, True)
    assert x.tolist() == [0.0, 0.0]
    y = tg.ones(2, 3, 4)
    assert nn.Dropout1d(0.5, inplace=True)(y) is y
    assert set(y.numpy().ravel().tolist()) <= {0.0, 2.0}


def test_leaf_is_refused_and_its_values_are_left() -> None:
    x = tg.tensor([-1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"relu: a leaf that requires a gradient"):
        F.relu(x, inplace=True)
    assert x.tolist() == [-1.0]


def test_arrays_are_not_changed() -> None:
    x = np.array([-1.0])
    assert F.relu(x, inplace=True).tolist() == [0.0]
    assert F.threshold(x, 0.0, 5.0, inplace=True).tolist() == [5.0]
    assert x.tolist() == [-1.0]
