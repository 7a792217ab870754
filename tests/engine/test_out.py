"""Results written into a Tensor that is passed as `out`."""

from __future__ import annotations

from typing import Any

import pytest

import tinygrad_w2v as tg

X = tg.tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    "call",
    [
        lambda **out: tg.matmul(X, X.T, **out),
        lambda **out: tg.mul(X, 2.0, **out),
        lambda **out: tg.exp(X, **out),
        lambda **out: tg.sum(X, dim=0, **out),
        lambda **out: tg.cat([X, X], **out),
        lambda **out: tg.zeros(2, **out),
        lambda **out: tg.stack([X, X], dim=1, **out),
    ],
)
def test_result_is_written(call: Any) -> None:
    out = tg.empty(3)
    version = out.version
    assert call(out=out) is out
    assert out.tolist() == call().tolist()
    assert out.version > version


def test_a_result_of_the_same_shape_keeps_memory_and_dtype() -> None:
    out = tg.zeros(2, 2, dtype=tg.float64)
    view = out.view(4)
    tg.add(X, 1, out=out)
    assert (view.tolist(), out.dtype) == ([2.0, 3.0, 4.0, 5.0], tg.float64)


def test_a_result_with_a_gradient_is_refused() -> None:
    x = tg.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"leave out= away, or call the function under no_grad"):
        tg.exp(x, out=tg.empty(2))
    with tg.no_grad():
        assert tg.exp(x, out=tg.empty(2)).requires_grad is False
