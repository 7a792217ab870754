"""Clipping of gradients by norm, value and row, dense and row-sparse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.optim.optimizers import row_sparse
from tinygrad_w2v import RowSparse, nn, tensor
from tinygrad_w2v.nn import utils


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
    norm = utils.clip_grad_norm_(parameters, most).item()
    assert norm == utils.get_total_norm(p.grad for p in before).item()
    left = utils.get_total_norm(p.grad for p in parameters).item()
    assert left == pytest.approx(min(norm, most), rel=1e-5)
    factor = min(1.0, most / (norm + 1e-6))
    for after, was in zip(parameters, before, strict=True):
        np.testing.assert_allclose(np.asarray(after.grad), factor * np.asarray(was.grad))


@given(st.integers(0, 1000), st.floats(0.01, 3))
@settings(max_examples=30, deadline=None)
def test_clipping_by_value_and_row_matches_dense(seed: int, most: float) -> None:
    parameters, before = gradients(seed), gradients(seed)
    utils.clip_grad_value_(parameters, most)
    for after, was in zip(parameters, before, strict=True):
        np.testing.assert_allclose(
            np.asarray(after.grad), np.clip(np.asarray(was.grad), -most, most)
        )
    parameters = gradients(seed)
    utils.clip_grad_rows_(parameters, most)
    assert isinstance(parameters[2].grad, RowSparse)
    for after, was in zip(parameters, before, strict=True):
        new, old = (np.atleast_2d(np.asarray(p.grad)) for p in (after, was))
        lengths = np.linalg.norm(old, axis=1)
        np.testing.assert_allclose(np.linalg.norm(new, axis=1), np.minimum(lengths, most))


def test_infinite_norm_is_returned_and_changes_nothing() -> None:
    w = nn.Parameter(np.zeros(2))
    w.grad = tensor(np.array([np.inf, 1.0]))
    assert utils.clip_grad_norm_([w], 1.0).item() == np.inf
    assert np.asarray(w.grad).tolist() == [np.inf, 1.0]
    with pytest.raises(RuntimeError, match=r"norm of order 2.0 of the gradients is inf"):
        utils.clip_grad_norm_(w, 1.0, error_if_nonfinite=True)


def test_infinite_limit_only_computes_norm() -> None:
    parameters, before = gradients(0), gradients(0)
    utils.clip_grad_norm_(parameters, float("inf"))
    for after, was in zip(parameters, before, strict=True):
        np.testing.assert_array_equal(np.asarray(after.grad), np.asarray(was.grad))


def test_no_gradients_have_norm_zero() -> None:
    assert utils.clip_grad_norm_([nn.Parameter(np.zeros(2))], 1.0).item() == 0.0


@pytest.mark.parametrize("order", [1, 2, 3.0, float("inf")])
def test_clipping_matches_pytorch(order: float) -> None:
    torch = pytest.importorskip("torch")
    ours = gradients(0)
    theirs = [torch.nn.Parameter(torch.zeros(p.shape).double()) for p in ours]
    for parameter, other in zip(ours, theirs, strict=True):
        other.grad = torch.tensor(np.asarray(parameter.grad))
    norm = torch.nn.utils.clip_grad_norm_(theirs, 1.5, order)
    assert utils.clip_grad_norm_(ours, 1.5, order).item() == pytest.approx(norm.item())
    for parameter, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(np.asarray(parameter.grad), other.grad.numpy(), rtol=1e-6)
