"""The losses of skip-gram over a run and their gradients."""

import numpy as np
import pytest

from tests.kernels.comparison import assert_same_loss_and_gradients, dtypes, random_windows, widths
from tinygrad_w2v.kernels.skip_gram import skip_gram_with_gradients, window_logistic, window_matches


@dtypes
@widths
@pytest.mark.parametrize(("tokens", "blocks"), [(1, 1), (50, 50), (50, 13), (64, 1), (200, 3)])
@pytest.mark.usefixtures("numba_backend", "_with_and_without_blas")
def test_backends_agree(dtype, width, tokens, blocks):
    rng = np.random.default_rng(0)
    hidden, table = (rng.normal(size=(n, width)).astype(dtype) for n in (tokens, 9))
    words, negatives = rng.integers(9, size=tokens), rng.integers(9, size=(blocks, 3))
    case = hidden, table, words, *random_windows(rng, tokens, 5), negatives, 0.3
    assert_same_loss_and_gradients(skip_gram_with_gradients, dtype, *case)


@dtypes
@pytest.mark.parametrize(
    ("left", "right"), [([0, 2, 0], [0, 1, 0]), ([0, 1, 0], [0, 2, 0]), ([0, -1, 0], [0, 1, 0])]
)
def test_windows_that_exceed_the_run_have_no_result(backend, dtype, left, right):
    rows, words, one = np.ones((3, 2), dtype), np.array([0, 1, 1]), np.array([0, 1, 0])
    case = rows, rows, words
    assert skip_gram_with_gradients(*case, one, one, words[:1, None], 0.5) is not None
    windows = np.array(left), np.array(right)
    assert skip_gram_with_gradients(*case, *windows, words[:1, None], 0.5) is None


@dtypes
@pytest.mark.parametrize("tokens", [1, 64, 200])
def test_window_logistic_sums_over_all_pairs(dtype, tokens):
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(2, tokens, 5)).astype(dtype)
    windows = random_windows(rng, tokens, 5)
    naive = sum(
        np.logaddexp(0, -rows[i] @ others[j])
        for i, (left, right) in enumerate(zip(*windows, strict=True))
        for j in range(i - left, i + right + 1)
        if j != i
    )
    grads = np.zeros((2, tokens, 5), dtype)
    assert window_logistic(rows, others, *windows, *grads) == pytest.approx(naive, rel=1e-5)


@pytest.mark.parametrize("block", [1, 4, 64])
def test_window_matches_counts_occurrences(block):
    rng = np.random.default_rng(0)
    tokens, negatives = rng.integers(5, size=50), rng.integers(5, size=(-(-50 // block), 3))
    left, right = random_windows(rng, 50, 3)
    found = window_matches(tokens, left, right, negatives, block)
    i = 20
    window = [*tokens[i - left[i] : i], *tokens[i + 1 : i + right[i] + 1]]
    for k, word in enumerate(negatives[i // block]):
        assert found[i // block, i % block, k] == window.count(word)
