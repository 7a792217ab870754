"""Adaptive softmax: as PyTorch's, and a distribution over all classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.nn.torch_parity import (
    assert_close,
    assert_layers_agree,
    assert_same_values_after_a_seed,
    normal,
    values,
)
from tinygrad_w2v import nn
from tinygrad_w2v.errors import InputError

CLASSES = np.array([0, 19, 4, 7, 11, 2])
SETTINGS: list[dict[str, Any]] = [{}, {"div_value": 2.0, "head_bias": True}]


def made(library: Any, settings: dict[str, Any], **dtype: Any) -> Any:
    return library.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 11], **settings, **dtype)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_losses_agree_with_pytorch(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")

    def pair() -> tuple[nn.Module, Any]:
        return made(nn, settings, dtype=np.float64), made(torch.nn, settings)

    assert_layers_agree(*pair(), normal(6, 16), CLASSES)
    assert_layers_agree(*pair(), normal(2, 16), np.array([1, 3]))  # no cluster is used
    ours, theirs = pair()
    assert_layers_agree(ours, theirs, normal(16), np.array(12))
    x = normal(5, 16)
    assert_close(ours.log_prob(x), theirs.log_prob(torch.tensor(x)))
    assert_close(ours.predict(x), theirs.predict(torch.tensor(x)))
    assert_same_values_after_a_seed("AdaptiveLogSoftmaxWithLoss", 16, 20, [4, 11], **settings)


def test_probabilities_of_all_classes_sum_to_one() -> None:
    layer, x = made(nn, {}, dtype=np.float64), normal(3, 16)
    log_probs = values(layer.log_prob(x))
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1.0)
    for number in range(20):
        output, loss = layer(x, np.full(3, number))
        np.testing.assert_allclose(values(output), log_probs[:, number])
        np.testing.assert_allclose(values(loss), -log_probs[:, number].mean())


def test_wrong_arguments_raise() -> None:
    for cutoffs in ([], [4, 4], [0, 3], [4, 20]):
        with pytest.raises(InputError, match="they must ascend from at least 1 to at most 19"):
            nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs)
    layer = made(nn, {})
    with pytest.raises(InputError, match=r"input \(2, 16\) and target \(3,\)"):
        layer(np.ones((2, 16), np.float32), [1, 2, 3])
    with pytest.raises(IndexError, match=r"target\[0\] is 20, outside the valid range 0 to 19"):
        layer(np.ones((1, 16), np.float32), [20])
