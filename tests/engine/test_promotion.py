"""Results have PyTorch's dtypes: integers divide to the default dtype, scalars do not promote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.reference import reference_engine

I64, I32, U8 = (tg.tensor(np.array([4, 9], dtype)) for dtype in ("int64", "int32", "uint8"))
F32, F64, B = tg.tensor([4.0, 9.0]), tg.tensor(np.array([4.0, 9.0])), tg.tensor([True, False])
CASES: list[tuple[Callable[[], Any], str]] = [
    (lambda: I64 / I64, "float32"),
    (lambda: I64 / 2, "float32"),
    (lambda: 1 / I64, "float32"),
    (lambda: np.sqrt(I64), "float32"),
    (lambda: I32.exp(), "float32"),
    (lambda: I64 * 2.5, "float32"),
    (lambda: B + 0.5, "float32"),
    (lambda: tg.where(B, 1.0, 0.0), "float32"),
    (lambda: I64 / F64, "float64"),
    (lambda: F32 * np.float64(2), "float32"),
    (lambda: F32 + I64, "float32"),
    (lambda: F32 + tg.tensor(np.array(1.0)), "float32"),
    (lambda: F32 + F64, "float64"),
    (lambda: I32 + tg.tensor(1), "int32"),
    (lambda: I32 + I64, "int64"),
    (lambda: I32 * 2, "int32"),
    (lambda: I64 // 2, "int64"),
    (lambda: B + 1, "int64"),
    (lambda: B.sum(), "int64"),
    (lambda: I32.sum(), "int64"),
    (lambda: U8.sum(), "int64"),
    (lambda: U8.cumsum(0), "int64"),
    (lambda: U8.prod(), "int64"),
    (lambda: F32 > 0.5, "bool"),
    (lambda: I64.sum(dtype=tg.float64), "float64"),
    (lambda: I64.mean(dtype=tg.float32), "float32"),
    (lambda: F64.float(), "float32"),
    (lambda: I64.double(), "float64"),
    (lambda: I64.argmax(), "int64"),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_results_have_pytorchs_dtype(number: int) -> None:
    call, expected = CASES[number]
    assert call().dtype == expected
    with reference_engine():
        assert call().dtype == expected
    with tg.no_grad():
        assert call().dtype == expected


def test_the_default_dtype_decides() -> None:
    tg.set_default_dtype(tg.float64)
    try:
        assert (I64 / 2).dtype == np.float64
    finally:
        tg.set_default_dtype(tg.float32)


def test_mean_of_integers_is_refused() -> None:
    with pytest.raises(TypeError, match=r"mean: x int64 \(2,\): the mean of integers.*dtype="):
        I64.mean()
    assert np.mean(I64).dtype == np.float32
