"""Quantization of rows."""

import numpy as np
import pytest

from tests.kernels.comparison import both, widths
from tinygrad_w2v.kernels.quantization import quantize_rows


@pytest.mark.parametrize("rows", [0, 1, 300])
@widths
def test_backends_agree(numba_backend, rows, width):
    matrix = np.random.default_rng(rows).normal(size=(rows, width)).astype(np.float32)
    residual = np.random.default_rng(7).normal(size=(rows, width)).astype(np.float32)
    expected, found = ((*r, *a) for r, a in both(quantize_rows, matrix, residual))
    assert np.array_equal(found[2], matrix)
    assert [x.dtype for x in found] == [x.dtype for x in expected]
    for e, f in zip(expected, found, strict=True):
        assert np.allclose(f, e, rtol=1e-6, atol=1e-6)


def test_values_times_scales_and_the_residual_sum_to_the_matrix_and_the_last_residual(backend):
    matrix, residual = np.random.default_rng(0).normal(size=(2, 50, 40)).astype(np.float32)
    total = matrix + residual
    values, scales = quantize_rows(matrix, residual)
    assert np.abs(values).max(axis=1).tolist() == [127] * 50
    assert np.allclose(values * scales[:, None] + residual, total, atol=1e-6)
    assert (np.abs(residual) <= scales[:, None] * 0.5001).all()


def test_rows_of_zeros_and_of_tiny_numbers_become_zero(backend):
    matrix = np.array([[0, 0], [1e-37, 1e-38]], np.float32)
    residual = np.zeros_like(matrix)
    values, _ = quantize_rows(matrix, residual)
    assert not values.any()
    assert np.array_equal(residual, matrix)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_scale_of_a_row_that_is_not_finite_is_not_finite(backend, wrong):
    matrix = np.ones((3, 50), np.float32)
    matrix[1, 30] = wrong
    assert np.isfinite(quantize_rows(matrix, np.zeros_like(matrix))[1]).tolist() == [
        True,
        False,
        True,
    ]
