"""Comparison of a kernel's NumPy and Numba implementations."""

import numpy as np
import pytest

TOLERANCE = {np.float32: 2e-5, np.float64: 1e-13}
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
widths = pytest.mark.parametrize("width", [7, 40])  # shared by all short rows; for this length


def both(kernel, *args):
    """Return the results of both implementations, each with its copy of the arguments."""
    plain, fast = ([a.copy() if isinstance(a, np.ndarray) else a for a in args] for _ in range(2))
    return (kernel.numpy_implementation(*plain), plain), (kernel(*fast), fast)


def assert_same_loss_and_gradients(kernel, dtype, *args):
    """Check (loss, grad_hidden, rows, grad_rows) of both, and that no argument was modified."""
    (expected, _), (found, arguments) = both(kernel, *args)
    for before, after in zip(args, arguments, strict=True):
        assert np.array_equal(before, after)
    assert np.isclose(found[0], expected[0], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert np.array_equal(found[2], expected[2])
    for e, f in zip(expected[1::2], found[1::2], strict=True):
        assert f.dtype == dtype
        assert np.allclose(f, e, rtol=TOLERANCE[dtype], atol=50 * TOLERANCE[dtype])


def random_windows(rng, tokens, reach):
    before = np.arange(tokens)
    left, right = rng.integers(0, reach + 1, tokens), rng.integers(0, reach + 1, tokens)
    return np.minimum(left, before), np.minimum(right, before[::-1])
