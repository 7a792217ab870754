"""Fixtures of the kernels' tests."""

import pytest


@pytest.fixture(params=[True, False], ids=["blas", "loops"])
def _with_and_without_blas(request, monkeypatch):
    """Run a test with NumPy's BLAS, and with the loops that replace it."""
    if not request.param:
        module = pytest.importorskip("tinygrad_w2v.kernels.compiled.negative_sampling")
        monkeypatch.setattr(module, "sgemm_address", lambda: 0)
