"""Tensors are printed as PyTorch prints them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg


@pytest.fixture(autouse=True)
def default_options() -> Iterator[None]:
    yield
    tg.set_printoptions(profile="default")


CASES: list[tuple[Any, str]] = [
    (1.5, "tensor(1.5000)"),
    ([1.5, 2, -30], "tensor([  1.5000,   2.0000, -30.0000])"),
    ([1.0, 2.0], "tensor([1., 2.])"),
    ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
    ([float("nan"), float("inf"), 1.5], "tensor([   nan,    inf, 1.5000])"),
    ([1, 2, -30], "tensor([  1,   2, -30])"),
    ([True, False], "tensor([ True, False])"),
    ([], "tensor([])"),
    ([[0.1], [22.0]], "tensor([[ 0.1000],\n        [22.0000]])"),
]


@pytest.mark.parametrize(("values", "text"), CASES, ids=[text for _, text in CASES])
def test_values_are_printed_as_in_pytorch(values: Any, text: str) -> None:
    assert repr(tg.tensor(values)) == text


@pytest.mark.parametrize("values", [values for values, _ in CASES])
def test_text_matches_pytorch(values: Any) -> None:
    torch = pytest.importorskip("torch")
    assert repr(tg.tensor(values)) == repr(torch.tensor(values))


def test_options_change_precision_and_summary() -> None:
    x = tg.tensor(np.arange(6.0, dtype=np.float32) / 7)
    tg.set_printoptions(precision=2, threshold=4, edgeitems=1)
    assert repr(x) == "tensor([0.00, ..., 0.71])"
    tg.set_printoptions(profile="short", sci_mode=True)
    assert repr(x[1:2]) == "tensor([1.43e-01])"


def test_the_dtype_is_printed_unless_it_is_the_default() -> None:
    assert repr(tg.tensor(np.array([1.5]))) == "tensor([1.5000], dtype=float64)"
