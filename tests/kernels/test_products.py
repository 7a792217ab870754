"""Matrix products in compiled routines, by NumPy's BLAS or by loops."""

import importlib.util

import numpy as np
import pytest

pytest.importorskip("numba")

from tinygrad_w2v.kernels.compiled import products
from tinygrad_w2v.kernels.compiled.products import multiply, sgemm_address, transpose

SIZES = [(1, 1, 1), (7, 3, 5), (8, 3, 5), (64, 24, 100), (13, 40, 33), (9, 0, 4), (9, 4, 0)]


@pytest.fixture(params=[True, False], ids=["blas", "loops"])
def blas(request):
    return sgemm_address() if request.param else 0


@pytest.mark.parametrize(("rows", "inner", "width"), SIZES)
def test_product(blas, rows, inner, width):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(rows, inner)).astype(np.float32)
    b = rng.normal(size=(inner, width)).astype(np.float32)
    out = np.full((rows, width), np.nan, np.float32)
    multiply(blas, a, b, out, False)
    assert np.allclose(out, a.astype(float) @ b, atol=1e-5)


@pytest.mark.parametrize(("rows", "columns", "width"), SIZES)
def test_product_with_a_transpose(blas, rows, columns, width):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(rows, columns)).astype(np.float32)
    b = rng.normal(size=(rows, width)).astype(np.float32)
    out = np.full((columns, width), np.nan, np.float32)
    multiply(blas, a, b, out, True)
    assert np.allclose(out, a.T.astype(float) @ b, atol=1e-5)


def test_transpose():
    rows = np.arange(15, dtype=np.float32).reshape(3, 5)
    out = np.empty((5, 3), np.float32)
    transpose(rows, out)
    assert np.array_equal(out, rows.T)


def test_loops_without_threadpoolctl(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert sgemm_address.__wrapped__() == 0


def test_incorrect_blas_is_not_used(monkeypatch):
    monkeypatch.setattr(products, "_multiplies", lambda address: False)
    assert sgemm_address.__wrapped__() == 0


def test_32_bit_sizes_are_not_passed_on_a_packed_stack(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    assert not products._can_be_called("cblas_sgemm")
    assert products._can_be_called("scipy_cblas_sgemm64_")


def test_blas_of_numpy_is_found():
    pytest.importorskip("threadpoolctl")
    if "openblas" not in np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]:
        pytest.skip("NumPy was built with another BLAS")
    assert sgemm_address()
