"""Products of matrices in compiled routines are NumPy's, by its BLAS or by loops."""

import importlib.util

import numpy as np
import pytest

pytest.importorskip("numba")

from tinygrad_w2v.kernels.compiled import products
from tinygrad_w2v.kernels.compiled.products import (
    multiply,
    multiply_transposed,
    sgemm_address,
    transpose,
)

SIZES = [(1, 1, 1), (7, 3, 5), (8, 3, 5), (64, 24, 100), (13, 40, 33), (9, 0, 4), (9, 4, 0)]


@pytest.fixture(params=[True, False], ids=["blas", "loops"])
def blas(request):
    return sgemm_address() if request.param else 0


@pytest.mark.parametrize(("rows", "inner", "width"), SIZES)
def test_a_product(blas, rows, inner, width):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(rows, inner)).astype(np.float32)
    b = rng.normal(size=(inner, width)).astype(np.float32)
    out = np.full((rows, width), np.nan, np.float32)
    multiply(blas, a, b, out)
    assert np.allclose(out, a.astype(float) @ b, atol=1e-5)


@pytest.mark.parametrize(("rows", "columns", "width"), SIZES)
def test_a_product_with_a_transpose(blas, rows, columns, width):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(rows, columns)).astype(np.float32)
    b = rng.normal(size=(rows, width)).astype(np.float32)
    out = np.full((columns, width), np.nan, np.float32)
    multiply_transposed(blas, a, b, out)
    assert np.allclose(out, a.T.astype(float) @ b, atol=1e-5)


def test_a_transpose():
    rows = np.arange(15, dtype=np.float32).reshape(3, 5)
    out = np.empty((5, 3), np.float32)
    transpose(rows, out)
    assert np.array_equal(out, rows.T)


def test_without_threadpoolctl_there_are_loops(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert sgemm_address.__wrapped__() == 0


def test_a_blas_that_multiplies_wrongly_is_not_used(monkeypatch):
    monkeypatch.setattr(products, "_multiplies", lambda address: False)
    assert sgemm_address.__wrapped__() == 0


def test_sizes_of_32_bits_are_left_alone_where_the_stack_is_packed(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert not products._can_be_called("cblas_sgemm")
    assert products._can_be_called("scipy_cblas_sgemm64_")
