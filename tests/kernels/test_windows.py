"""Sums and means over windows, and their adjoint."""

import numpy as np
import pytest

from tests.kernels.comparison import TOLERANCE, both, dtypes, random_windows, widths
from tinygrad_w2v.kernels.windows import (
    first_invalid_window,
    table_window_mean,
    window_mean,
    window_spread,
    window_sum,
)

VALID, TOO_LONG = np.array([0, 1, 0]), np.array([0, 2, 0])
invalid = pytest.mark.parametrize(
    ("left", "right"), [(TOO_LONG, VALID), (VALID, TOO_LONG), (-VALID, VALID)]
)


@dtypes
@pytest.mark.parametrize(
    "kernel",
    [(window_sum,), (window_mean,), (window_spread, 0), (window_spread, 1), (window_spread, 0.5)],
)
@pytest.mark.parametrize("tokens", [0, 1, 7, 255, 256, 257, 1000])
@pytest.mark.parametrize("reach", [0, 1, 5, 40])
@widths
def test_backends_agree(numba_backend, dtype, kernel, tokens, reach, width):
    rng = np.random.default_rng(tokens)
    rows = rng.normal(size=(tokens, width)).astype(dtype)
    args = rows, *random_windows(rng, tokens, reach), *kernel[1:]
    (expected, _), (found, _) = both(kernel[0], *args)
    assert found.dtype == dtype
    assert np.allclose(found, expected, rtol=0, atol=30 * TOLERANCE[dtype])


@dtypes
@pytest.mark.parametrize("tokens", [0, 1, 257, 1000])
@widths
def test_backends_agree_on_the_rows_of_a_table(numba_backend, dtype, tokens, width):
    rng = np.random.default_rng(tokens)
    table, words = rng.normal(size=(20, width)).astype(dtype), rng.integers(20, size=tokens)
    windows = random_windows(rng, tokens, 5)
    (expected, _), (found, _) = both(table_window_mean, table, words, *windows)
    assert found.dtype == dtype
    assert np.allclose(found, expected, rtol=0, atol=30 * TOLERANCE[dtype])
    (expected, _), (strided, _) = both(table_window_mean, table[::2], words // 2, *windows)
    assert np.allclose(strided, expected, rtol=0, atol=30 * TOLERANCE[dtype])


@invalid
def test_first_invalid_window(left, right):
    assert first_invalid_window(left, right) == 1
    assert first_invalid_window(VALID, VALID) == -1
    assert first_invalid_window(VALID[:0], VALID[:0]) == -1


@invalid
def test_windows_that_exceed_the_run_have_no_result(backend, left, right):
    rows = np.ones((3, 2))
    for kernel in (window_sum, window_mean, lambda *args: window_spread(*args, 1.0)):
        assert kernel(rows, VALID, VALID) is not None
        assert kernel(rows, left, right) is None
    words = np.array([0, 1, 1])
    assert table_window_mean(rows, words, VALID, VALID) is not None
    assert table_window_mean(rows, words, left, right) is None


@pytest.mark.parametrize("first", [-1, 2])
def test_tokens_outside_the_table_have_no_result(backend, first):
    words = np.array([0, 1, 1]) + first
    assert table_window_mean(np.ones((3, 2)), words, VALID, VALID) is None
