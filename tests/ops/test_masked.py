"""Reductions of masked values are those of the values that are left."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck

masked: Any = tg.masked
X = np.random.default_rng(0).normal(size=(3, 4))
MASK = np.array([[1, 0, 1, 1], [0, 1, 1, 0], [1, 1, 1, 1]], bool)


@pytest.mark.parametrize("name", ["sum", "prod", "amax", "amin", "mean", "var", "std", "norm"])
def test_each_row_is_reduced_over_the_values_that_are_left(name: str) -> None:
    reduce = {"norm": tg.linalg.norm}.get(name) or getattr(tg, name)
    options = {"ord": 2} if name == "norm" else {}
    found = getattr(masked, name)(tg.Tensor(X), dim=1, mask=MASK, **options)
    rows = [reduce(tg.Tensor(row[chosen])).item() for row, chosen in zip(X, MASK, strict=True)]
    np.testing.assert_allclose(found, rows)
    assert gradcheck(lambda x: getattr(masked, name)(x, dim=1, mask=MASK, **options), [X], order=2)


def test_softmax_is_zero_outside_the_mask() -> None:
    found = masked.softmax(tg.Tensor(X), 1, mask=MASK).numpy()
    np.testing.assert_allclose(found.sum(1), 1)
    assert not found[~MASK].any()


def test_rows_without_values() -> None:
    nothing = np.zeros((3, 4), bool)
    assert masked.sum(tg.Tensor(X), mask=nothing).item() == 0
    assert np.isnan(masked.mean(tg.Tensor(X), mask=nothing).item())
    assert masked.amax(tg.Tensor(np.array([[1, 2]])), mask=nothing[:1, :2]).item() < -(2**62)
