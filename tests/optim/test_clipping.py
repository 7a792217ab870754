"""Clipping of gradients by norm, value and row, dense and row-sparse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.optim.test_optimizers import row_sparse
from tinygrad_w2v import RowSparse, nn, optim, tensor


def gradients(seed: int) -> tuple[nn.Parameter, nn.Parameter, nn.Parameter]:
    """Two dense gradients, and a table with a row-sparse one with a repeated row."""
    rng = np.random.default_rng(seed)
    parameters = (
        nn.Parameter(np.zeros((3, 2))),
        nn.Parameter(np.zeros(4)),
        nn.Parameter(np.zeros((7, 3))),
    )
    parameters[0].grad = tensor(rng.normal(size=(3, 2)))
    parameters[1].grad = tensor(rng.normal(size=4))
    parameters[2].grad = row_sparse(rng, 6)
    return parameters


@given(st.integers(0, 1000), st.floats(0.01, 20))
@settings(max_examples=30, deadline=None)
def test_clipping_by_norm_scales_all_gradients(seed: int, most: float) -> None:
    parameters, before = gradients(seed), gradients(seed)
    norm = optim.clip_grad_norm_(parameters, most)
    assert norm == pytest.approx(optim.total_norm(p.grad for p in before))
    assert optim.total_norm(p.grad for p in parameters) == pytest.approx(min(norm, most))
    factor = min(1.0, most / norm)
    for after, was in zip(parameters, before, strict=True):
        np.testing.assert_allclose(np.asarray(after.grad), factor * np.asarray(was.grad))


@given(st.integers(0, 1000), st.floats(0.01, 3))
@settings(max_examples=30, deadline=None)
def test_clipping_by_value_and_row_matches_dense(seed: int, most: float) -> None:
    parameters, before = gradients(seed), gradients(seed)
    optim.clip_grad_value_(parameters, most)
    for after, was in zip(parameters, before, strict=True):
        np.testing.assert_allclose(
            np.asarray(after.grad), np.clip(np.asarray(was.grad), -most, most)
        )
    parameters = gradients(seed)
    optim.clip_grad_rows_(parameters, most)
    assert isinstance(parameters[2].grad, RowSparse)
    for after, was in zip(parameters, before, strict=True):
        new, old = (np.atleast_2d(np.asarray(p.grad)) for p in (after, was))
        lengths = np.linalg.norm(old, axis=1)
        np.testing.assert_allclose(np.linalg.norm(new, axis=1), np.minimum(lengths, most))


def test_infinite_norm_is_returned_and_changes_nothing() -> None:
    w = nn.Parameter(np.zeros(2))
    w.grad = tensor(np.array([np.inf, 1.0]))
    assert optim.clip_grad_norm_([w], 1.0) == np.inf
    assert np.asarray(w.grad).tolist() == [np.inf, 1.0]
