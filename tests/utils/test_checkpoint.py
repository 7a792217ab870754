"""utils.checkpoint: PyTorch's arguments, and the same random numbers in the second call."""

from __future__ import annotations

import tinygrad_w2v as tg
from tinygrad_w2v.utils.checkpoint import checkpoint


def test_second_call_draws_same_numbers() -> None:
    def noisy(x: tg.Tensor, *, scale: float) -> tg.Tensor:
        return tg.nn.functional.dropout(x * scale, 0.5)

    x = tg.ones(50, requires_grad=True)
    tg.manual_seed(0)
    y = checkpoint(noisy, x, scale=3.0, use_reentrant=False)
    follows = tg.rand(1).item()
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == y.detach().tolist()
    tg.manual_seed(0)
    noisy(x, scale=3.0)
    assert tg.rand(1).item() == follows
