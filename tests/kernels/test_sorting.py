"""Stable orders from sorting packed integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.kernels.rows import stable_sort


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000, 4096])
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint16])
def test_it_is_numpys_stable_order(count: int, dtype: Any) -> None:
    numbers = np.random.default_rng(count).integers(100, size=count).astype(dtype)
    ordered, order = stable_sort(numbers)
    np.testing.assert_array_equal(order, np.argsort(numbers, kind="stable"))
    np.testing.assert_array_equal(ordered, np.sort(numbers))


@pytest.mark.parametrize("wide", [-(2**62), 2**62, -(2**40), 2**40, -1])
def test_numbers_too_wide_to_be_packed_are_ordered_too(wide: int) -> None:
    numbers = np.random.default_rng(0).integers(10, size=1000)
    numbers[::7] = wide
    ordered, order = stable_sort(numbers)
    np.testing.assert_array_equal(order, np.argsort(numbers, kind="stable"))
    np.testing.assert_array_equal(ordered, np.sort(numbers))
