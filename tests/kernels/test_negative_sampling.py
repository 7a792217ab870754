"""Negative sampling: drawing by the alias method; the losses and their gradients."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.kernels.comparison import assert_same_loss_and_gradients, both, dtypes, widths
from tinygrad_w2v.kernels.negative_sampling import (
    build_alias_table,
    choose_alias,
    draw_alias,
    negative_sampling_with_gradients,
    sampling_losses,
)

# --- drawing -------------------------------------------------------------------------------------

WEIGHTS = hnp.arrays(
    np.float64, st.integers(1, 30), elements=st.sampled_from([0, 1e-6, 0.3, 1, 7, 1e6])
).filter(np.any)


@given(WEIGHTS)
def test_table_reproduces_the_probabilities(weights: np.ndarray) -> None:
    share, alias = build_alias_table(weights)
    probability = share.copy()
    np.add.at(probability, alias, 1 - share)
    np.testing.assert_allclose(
        probability / len(weights), weights / weights.sum(), rtol=1e-9, atol=1e-12
    )
    assert (share >= 0).all()
    assert (share <= 1).all()


@given(WEIGHTS)
def test_zero_weight_has_no_share_and_is_no_alias(weights: np.ndarray) -> None:
    share, alias = build_alias_table(weights)
    never = np.flatnonzero(weights == 0)
    assert (share[never] == 0).all()
    assert not np.isin(alias[share < 1], never).any()


@given(WEIGHTS, st.integers(0, 2**32))
def test_zero_weight_is_never_drawn(weights: np.ndarray, seed: int) -> None:
    drawn = draw_alias(*build_alias_table(weights), (50, 4), np.random.default_rng(seed))
    assert drawn.shape == (50, 4)
    assert drawn.dtype == np.intp
    assert (weights[drawn] > 0).all()


def test_frequencies_follow_the_weights() -> None:
    weights = np.array([1.0, 0.0, 2.0, 5.0])
    drawn = draw_alias(*build_alias_table(weights), (80_000,), np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=4)
    expected = 10_000 * weights
    # Five standard deviations of a binomial count.
    assert (abs(counts - expected) <= 5 * np.sqrt(expected * (1 - weights / 8))).all()


@pytest.mark.parametrize("count", [0, 1, 35])
def test_backends_choose_the_same(numba_backend: None, count: int) -> None:
    share, alias = build_alias_table(np.arange(9))
    uniform = np.random.default_rng(0).random(count)
    (expected, _), (chosen, _) = both(choose_alias, uniform, share, alias)
    np.testing.assert_array_equal(chosen, expected)
    assert chosen.dtype == np.intp


# --- losses and gradients -------------------------------------------------------------------------

sizes = pytest.mark.parametrize(
    ("predictions", "blocks", "shared"),
    [
        (0, 0, 3),
        (1, 1, 1),
        (20, 2, 0),
        (5, 5, 4),
        (5, 4, 3),
        (64, 1, 40),
        (130, 3, 70),
        (257, 4, 200),
    ],
)


def random_case(dtype, predictions, blocks, shared, width=7):
    """Return arguments in which some negatives are targets."""
    rng = np.random.default_rng(predictions)
    hidden, table = (rng.normal(size=(n, width)).astype(dtype) for n in (predictions, 20))
    hidden *= 3
    target, negatives = rng.integers(20, size=predictions), rng.integers(20, size=(blocks, shared))
    return hidden, table, target, negatives, 0.3


@dtypes
@sizes
@widths
@pytest.mark.usefixtures("numba_backend", "_with_and_without_blas")
def test_backends_agree(dtype, width, predictions, blocks, shared):
    case = random_case(dtype, predictions, blocks, shared, width)
    assert_same_loss_and_gradients(negative_sampling_with_gradients, dtype, *case)


@sizes
def test_losses_follow_the_formula(predictions, blocks, shared):
    case = random_case(np.float64, predictions, blocks, shared)
    hidden, table, target, negatives, weight = case
    rows = table[target], table[negatives]
    losses, _, _ = sampling_losses(hidden, *rows, target, negatives, weight)
    for i in range(predictions):
        g = i // -(-predictions // blocks)
        others = table[negatives[g][negatives[g] != target[i]]]
        loss = np.logaddexp(0, -hidden[i] @ table[target[i]])
        loss += weight * np.logaddexp(0, others @ hidden[i]).sum()
        assert losses[i] == pytest.approx(loss, rel=1e-12)
    assert negative_sampling_with_gradients(*case)[0] == pytest.approx(losses.sum(), rel=1e-12)


@dtypes
@pytest.mark.parametrize("rows", [[0, 20], [-1, 3]])
def test_rows_outside_the_table_have_no_result(backend, dtype, rows):
    hidden, table, target, negatives, weight = random_case(dtype, 2, 1, 2)
    kernel = negative_sampling_with_gradients
    assert kernel(hidden, table, np.array(rows), negatives, weight) is None
    assert kernel(hidden, table, target, np.array([rows]), weight) is None


def test_nan_stays_in_its_row(numba_backend):
    hidden, *rest = random_case(np.float32, 64, 1, 40)
    hidden[3, 2] = np.nan
    (expected, _), (found, _) = both(negative_sampling_with_gradients, hidden, *rest)
    for loss, grad_hidden, _, _ in (expected, found):
        assert np.isnan(loss)
        assert np.flatnonzero(np.isnan(grad_hidden).any(axis=1)).tolist() == [3]
