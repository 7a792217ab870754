"""The losses of negative sampling and their gradients."""

import numpy as np
import pytest

from tests.kernels.comparison import assert_same_loss_and_gradients, both, dtypes, widths
from tinygrad_w2v.kernels.negative_sampling import negative_sampling_with_gradients, sampling_losses

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
