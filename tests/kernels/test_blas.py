"""BLAS is kept to one thread inside the block, and has its threads back after."""

import numpy as np
import pytest

from tinygrad_w2v.kernels.blas import single_threaded_blas


def blas_threads() -> list[int]:
    threadpoolctl = pytest.importorskip("threadpoolctl")
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]


def test_one_thread_inside() -> None:
    before = blas_threads()
    with single_threaded_blas():
        assert set(blas_threads()) <= {1}
        assert np.ones((2, 2)) @ np.ones(2) == pytest.approx([2, 2])
    assert blas_threads() == before


def test_without_threadpoolctl_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with single_threaded_blas():
        pass
