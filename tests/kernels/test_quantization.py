"""Quantization of rows."""

import numpy as np
import pytest

from tests.kernels.comparison import both, widths
from tinygrad_w2v.kernels.quantization import quantize_rows


@pytest.mark.parametrize("rows", [0, 1, 300])
@widths
def test_backends_agree(numba_backend, rows, width):
    matrix = np.random.default_rng(rows).normal(size=(rows, width)).astype(np.float32)
    (expected, _), (found, (after,)) = both(quantize_rows, matrix)
    assert np.array_equal(after, matrix)
    assert [x.dtype for x in found] == [x.dtype for x in expected]
    for e, f in zip(expected, found, strict=True):
        assert np.allclose(f, e, rtol=1e-6, atol=1e-6)


def test_values_times_scales_and_the_residual_sum_to_the_matrix(backend):
    matrix = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)
    values, scales, residual = quantize_rows(matrix)
    assert np.abs(values).max(axis=1).tolist() == [127] * 50
    assert np.allclose(values * scales[:, None] + residual, matrix, atol=1e-6)
    assert (np.abs(residual) <= scales[:, None] * 0.5001).all()


def test_rows_of_zeros_and_of_tiny_numbers_become_zero(backend):
    matrix = np.array([[0, 0], [1e-37, 1e-38]], np.float32)
    values, _, residual = quantize_rows(matrix)
    assert not values.any()
    assert np.array_equal(residual, matrix)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_scale_of_a_row_that_is_not_finite_is_not_finite(backend, wrong):
    matrix = np.ones((3, 50), np.float32)
    matrix[1, 30] = wrong
    assert np.isfinite(quantize_rows(matrix)[1]).tolist() == [True, False, True]
