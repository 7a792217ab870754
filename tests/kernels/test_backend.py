"""The Numba forms of the hot routines agree with NumPy's to rounding."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.data import Windows
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend, set_backend
from tinygrad_w2v.kernels.logistic import logistic_losses
from tinygrad_w2v.kernels.rows import descend_rows
from tinygrad_w2v.kernels.windows import (
    window_logistic,
    window_matches,
    window_spread,
    window_sum,
)

TOLERANCE = {np.float32: 2e-5, np.float64: 1e-13}
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@pytest.fixture
def numba_forms():
    pytest.importorskip("numba")
    set_backend("numba")
    yield
    set_backend("numpy")


def both(routine, *args):
    """Return the NumPy form's results and the Numba form's, on copies of the arguments."""
    plain, fast = ([a.copy() if isinstance(a, np.ndarray) else a for a in args] for _ in range(2))
    return (routine.numpy_form(*plain), plain), (routine(*fast), fast)


def windows(rng, tokens, reach):
    before = np.arange(tokens)
    left, right = rng.integers(0, reach + 1, tokens), rng.integers(0, reach + 1, tokens)
    return np.minimum(left, before), np.minimum(right, before[::-1])


@dtypes
@pytest.mark.parametrize("routine", [window_sum, window_spread])
@pytest.mark.parametrize("tokens", [0, 1, 7, 255, 256, 257, 1000])
@pytest.mark.parametrize("reach", [0, 1, 5, 40])
def test_windows(numba_forms, dtype, routine, tokens, reach):
    rng = np.random.default_rng(tokens)
    rows = rng.normal(size=(tokens, 3)).astype(dtype)
    (expected, _), (found, _) = both(routine, rows, *windows(rng, tokens, reach))
    assert found.dtype == dtype
    assert np.allclose(found, expected, rtol=0, atol=30 * TOLERANCE[dtype])


@dtypes
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 5, 3), (3, 64, 40)])
def test_logistic_losses(numba_forms, dtype, shape):
    rng = np.random.default_rng(0)
    scores = (rng.normal(size=shape) * 20).astype(dtype)
    scores.flat[0] = 1e4
    counts = rng.integers(0, 3, shape).astype(dtype)
    (expected, _), (found, (_, left_alone)) = both(logistic_losses, scores, counts)
    for e, f in zip(expected, found, strict=True):
        assert f.dtype == dtype
        assert np.allclose(f, e, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert np.array_equal(left_alone, counts)


@dtypes
@pytest.mark.parametrize("tokens", [1, 64, 200])
def test_window_logistic(numba_forms, dtype, tokens):
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(2, tokens, 5)).astype(dtype)
    reaches = windows(rng, tokens, 5)
    (expected, _), (found, _) = both(window_logistic, rows, others, *reaches)
    naive = sum(
        np.logaddexp(0, -rows[i] @ others[j])
        for i, (left, right) in enumerate(zip(*reaches, strict=True))
        for j in range(i - left, i + right + 1)
        if j != i
    )
    assert found[0] == pytest.approx(naive, rel=1e-5)
    for e, f in zip(expected, found, strict=True):
        assert np.allclose(f, e, rtol=10 * TOLERANCE[dtype], atol=10 * TOLERANCE[dtype])


@pytest.mark.parametrize("block", [1, 4, 64])
def test_window_matches(numba_forms, block):
    rng = np.random.default_rng(0)
    tokens, drawn = rng.integers(5, size=50), rng.integers(5, size=(-(-50 // block), 3))
    left, right = windows(rng, 50, 3)
    (expected, _), (found, _) = both(window_matches, tokens, left, right, drawn, block)
    assert np.array_equal(found, expected)
    i = 20
    window = [*tokens[i - left[i] : i], *tokens[i + 1 : i + right[i] + 1]]
    for k, word in enumerate(drawn[i // block]):
        assert expected[i // block, i % block, k] == window.count(word)


@dtypes
@pytest.mark.parametrize("longest", [0.0, 0.5])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_descend_rows(numba_forms, dtype, longest, count):
    rng = np.random.default_rng(1)
    table = rng.normal(size=(9, 4)).astype(dtype)
    rows, values = rng.integers(9, size=count), rng.normal(size=(count, 4)).astype(dtype)
    (_, plain), (_, fast) = both(descend_rows, table, rows, values, 0.3, longest)
    assert np.allclose(fast[0], plain[0], atol=10 * TOLERANCE[dtype])
    assert np.array_equal(fast[2], values)


def test_a_training_step_is_the_same_to_rounding(numba_forms):
    rng = np.random.default_rng(0)
    left, right = windows(rng, 200, 5)
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


def test_second_derivatives_go_through_the_numpy_forms(numba_forms):
    sampling = tg.get_op("negative_sampling")
    for sample in sampling.samples(np.random.default_rng(0)):
        inputs = [tg.tensor(a) if a.dtype.kind == "f" else a for a in sample.args]
        tg.testing.gradgradcheck(lambda *a, s=sample: sampling(*a, **s.attributes), inputs)


def test_choosing_a_backend():
    assert get_backend() == "numpy"
    with pytest.raises(InputError, match="backend is 'cython': use 'numpy', 'numba' or 'auto'"):
        set_backend("cython")


def test_numba_that_is_not_installed_is_asked_for_by_its_extra(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'tinygrad-w2v\[fast\]'"):
        set_backend("numba")
    set_backend("auto")
    assert get_backend() == "numpy"
