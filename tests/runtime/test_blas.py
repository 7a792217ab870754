"""BLAS uses one thread inside the block, and its former number of threads after it."""

import contextlib

import numpy as np
import pytest

from tinygrad_w2v.runtime.blas import _openblas_threads, single_threaded_blas


def blas_threads() -> list[int]:
    threadpoolctl = pytest.importorskip("threadpoolctl")
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]


def test_one_thread_inside_the_block() -> None:
    before = blas_threads()
    with single_threaded_blas():
        assert set(blas_threads()) <= {1}
        assert np.ones((2, 2)) @ np.ones(2) == pytest.approx([2, 2])
    assert blas_threads() == before


def test_openblas_without_threadpoolctl(monkeypatch: pytest.MonkeyPatch) -> None:
    if _openblas_threads() is None:
        pytest.skip("no OpenBLAS was found")
    count_threads, set_threads = _openblas_threads()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    before = count_threads()
    set_threads(2)
    try:
        with contextlib.suppress(KeyError), single_threaded_blas():
            assert count_threads() == 1
            raise KeyError
        assert count_threads() == 2
    finally:
        set_threads(before)


def test_other_blas_without_threadpoolctl_is_unchanged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("tinygrad_w2v.runtime.blas._openblas_threads", lambda: None)
    with single_threaded_blas():
        pass
