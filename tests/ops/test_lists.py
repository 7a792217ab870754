"""Axes and shapes may be lists, as in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_w2v as tg
from tests.reference import reference_engine


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.sum([0, 1]),
        lambda x: tg.mean(x, dim=[0, 1]),
        lambda x: x.amax([0, 1]),
        lambda x: x.norm(dim=[0, 1]),
        lambda x: x.std([0, 1]),
        lambda x: tg.logsumexp(x, [0, 1]),
    ],
)
def test_axes_may_be_a_list(call: Callable[[Any], Any]) -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    for context in (reference_engine(), tg.enable_grad()):
        with context:
            result = call(x)
            assert result.shape == ()
            assert tg.grad(result, x)[0].shape == (2, 2)


def test_lists_of_axes_and_sizes_in_functions() -> None:
    x = tg.tensor([[1.0, 2.0], [3.0, 5.0]])
    assert x.any([0]).tolist() == [True, True]
    assert x.flip([0]).tolist() == [[3.0, 5.0], [1.0, 2.0]]
    assert tg.reshape(x, [4]).shape == x.view([4]).shape == (4,)
    assert tg.roll(x, [1], [0]).tolist() == [[3.0, 5.0], [1.0, 2.0]]
    assert tg.einsum("ij,ij->", [x, x]).item() == 39.0
