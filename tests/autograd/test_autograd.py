"""The names of torch.autograd: backward, anomaly mode, profiler, derivatives in PyTorch's call."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.autograd import functional


def leaf(*values: float) -> Any:
    return tg.tensor(list(values), dtype=tg.float64, requires_grad=True)


def test_backward_of_several_tensors() -> None:
    x = leaf(1.0, 2.0)
    square = x * x
    tg.autograd.backward([square.sum(), square], [None, tg.tensor(np.array([1.0, 10.0]))])
    assert x.grad.tolist() == [4.0, 44.0]


def test_anomaly_mode_finds_nan_in_gradients_only() -> None:
    x = leaf(0.0)
    with np.errstate(all="ignore"), tg.autograd.set_detect_anomaly(True):
        assert x.log().item() == -np.inf
        with pytest.raises(tg.AnomalyError, match="sqrt: the rule for 'x' returned nan"):
            (x.sqrt() * 0).sum().backward()
    with np.errstate(all="ignore"):
        (x.sqrt() * 0).sum().backward()


def test_profiler_takes_pytorchs_arguments() -> None:
    x = leaf(1.0)
    profiler = tg.autograd.profiler
    with profiler.profile(use_cuda=False) as run, profiler.record_function("loss"):
        (x * x).sum().backward()
    assert "multiply" in run.key_averages().table(sort_by="cpu_time_total", row_limit=10)
    with tg.autograd.profiler.profile(enabled=False) as run:
        x * x
    assert not run.totals


def test_gradcheck_returns_a_boolean_or_raises() -> None:
    def wrong(x: Any) -> Any:
        return x * x.detach()

    x = leaf(1.0, 2.0)
    assert tg.autograd.gradcheck(lambda x: x * x, x) is True
    assert tg.autograd.gradgradcheck(lambda x: x**3, [x], eps=1e-6, atol=1e-4) is True
    assert tg.autograd.gradcheck(wrong, (x,), raise_exception=False) is False
    with pytest.raises(tg.testing.GradcheckError):
        tg.autograd.gradcheck(wrong, (x,))


def test_functional_takes_pytorchs_arguments() -> None:
    x = leaf(1.0, 2.0)
    both = functional.jacobian(lambda x: (x * x, x.sum()), x, vectorize=True)
    assert [each.tolist() for each in both] == [[[2.0, 0.0], [0.0, 4.0]], [1.0, 1.0]]
    value, product = functional.vhp(lambda x: (x**3).sum(), x, leaf(1.0, 1.0), True)
    assert value.item() == 9.0
    assert product.tolist() == [6.0, 12.0]
    hessian = functional.hessian(func=lambda x: (x**3).sum(), inputs=x, strict=False)
    assert hessian.tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_gradcheck_is_a_function_and_a_module() -> None:
    module = importlib.import_module("tinygrad_w2v.autograd.gradcheck")
    assert module.gradcheck is tg.autograd.gradcheck
    assert module.gradgradcheck is tg.autograd.gradgradcheck
