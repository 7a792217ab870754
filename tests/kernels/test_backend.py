"""The choice of the backend, and what depends on it as a whole."""

import errno
import importlib

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.kernels.comparison import random_windows
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend, set_backend
from tinygrad_w2v.models.windows import Windows


def test_numpy_is_the_default():
    assert get_backend() == "numpy"


def test_unknown_backend_raises():
    with pytest.raises(InputError, match="backend is 'cython': use 'numpy', 'numba' or 'auto'"):
        set_backend("cython")


def test_missing_numba_names_the_extra(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'tinygrad-w2v\[fast\]'"):
        set_backend("numba")
    set_backend("auto")
    assert get_backend() == "numpy"


def test_numpy_runs_where_numba_must_not_compile(monkeypatch):
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    for name in ("numba", "auto"):
        with pytest.warns(UserWarning, match="NUMBA_DISABLE_JIT is set: the NumPy kernels are us"):
            set_backend(name)
        assert get_backend() == "numpy"


def test_kernels_are_compiled_without_a_place_for_the_cache(monkeypatch):
    caching = pytest.importorskip("numba.core.caching")
    jit = importlib.import_module("tinygrad_w2v.kernels.compiled.jit")
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    jit._warn_of_missing_cache.cache_clear()
    with pytest.warns(UserWarning, match="no writable place .*: set NUMBA_CACHE_DIR") as caught:
        routines = [jit.compiled(lambda x: x + 1), jit.compiled(lambda x: x + 2)]
    assert len(caught) == 1
    assert [routine(1) for routine in routines] == [2, 3]


def test_kernels_are_compiled_when_the_disk_is_full(monkeypatch):
    caching = pytest.importorskip("numba.core.caching")
    jit = importlib.import_module("tinygrad_w2v.kernels.compiled.jit")

    def fail(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_open_for_write", fail)
    jit._warn_of_missing_cache.cache_clear()
    with pytest.warns(UserWarning, match="no writable place .*: set NUMBA_CACHE_DIR") as caught:
        results = [jit.compiled(lambda x, n=n: x + n)(1) for n in (1, 2)]
    assert len(caught) == 1
    assert results == [2, 3]


def test_training_steps_agree(numba_backend):
    rng = np.random.default_rng(0)
    left, right = random_windows(rng, 200, 5)
    batch = Windows(rng.integers(30, size=200), left, right, 200)
    results = []
    for backend in ("numpy", "numba"):
        set_backend(backend)
        model = tg.models.CBOW(np.arange(1, 31), dim=8, shared=20, rng=0)
        optimizer = tg.optim.SGD(model.parameters(), lr=0.1, clip_row=0.5)
        for _ in range(3):
            model.zero_grad()
            (model(batch) * 200).backward()
            optimizer.step()
        results.append(model.vectors.copy())
    assert np.allclose(*results, atol=1e-5)


def test_second_derivatives_use_the_numpy_kernels(numba_backend):
    sampling = tg.get_op("negative_sampling")
    for sample in sampling.samples(np.random.default_rng(0)):
        inputs = [tg.tensor(a) if a.dtype.kind == "f" else a for a in sample.args]
        tg.testing.gradgradcheck(lambda *a, s=sample: sampling(*a, **s.attributes), inputs)
