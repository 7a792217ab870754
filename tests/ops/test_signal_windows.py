"""Windows are SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg

windows = pytest.importorskip("scipy.signal.windows")
ours: Any = tg.signal.windows
OPTIONS: dict[str, dict[str, Any]] = {
    "exponential": {"tau": 2.0},
    "gaussian": {"std": 1.5},
    "general_cosine": {"a": [0.5, 0.3, 0.2]},
    "general_hamming": {"alpha": 0.6},
    "kaiser": {"beta": 7.0},
}


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("size", [0, 1, 2, 7, 8])
@pytest.mark.parametrize("name", ours.__all__)
def test_values_are_scipys(name: str, size: int, symmetric: bool) -> None:
    options = OPTIONS.get(name, {})
    found = getattr(ours, name)(size, sym=symmetric, dtype=tg.float64, **options)
    expected = getattr(windows, name)(size, sym=symmetric, **options)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_periodic_windows_at_the_top_level() -> None:
    np.testing.assert_allclose(tg.hann_window(6), ours.hann(6, sym=False))
    np.testing.assert_allclose(tg.kaiser_window(6, False, 3.0), ours.kaiser(6, beta=3.0))


def test_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="the length of a window is -1: it must be 0 or more"):
        tg.hann_window(-1)
