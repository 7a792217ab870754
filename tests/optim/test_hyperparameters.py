"""Hyperparameters are checked, documented and declared."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from tests.optim.optimizers import ALL
from tinygrad_w2v import nn, optim, tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.hyperparameters import Alpha
from tinygrad_w2v.optim.optimizer import required


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: optim.SGD([], lr=0.1), r"needs parameters, it got none"),
        (lambda w: optim.SGD([3.0], lr=0.1), r"updates tensors, it got a float: pass model.param"),
        (
            lambda w: optim.SGD([{"params": [w]}, {"params": w}], lr=0.1),
            r"parameter '1' was already added as '0': put it",
        ),
        (lambda w: optim.SGD([w * 2]), r"parameter '0' is the result of 'multiply': an optim"),
        (lambda w: optim.SGD([w, ("b", w)]), r"some parameters of the group have names, others"),
        (lambda w: optim.SGD([w], lr=-1), r"lr is -1: it must be a number of at least 0"),
        (lambda w: optim.SGD([w], lr="0.1"), r"lr is '0.1': it must be a number of at least 0"),
        (lambda w: optim.SGD([w], foreach=True), r"foreach is True: there is one implementation"),
        (lambda w: optim.Rprop([w], etas=(1.2, 0.5)), r"etas is \(1.2, 0.5\): it must be two numb"),
        (lambda w: optim.Rprop([w], step_sizes=1), r"step_sizes is 1: it must be two numbers"),
        (lambda w: optim.LBFGS([w], line_search_fn="wolf"), r"use 'strong_wolfe' or None"),
        (lambda w: optim.LBFGS([w]).step(), r"LBFGS.step needs a closure"),
        (lambda w: optim.SGD([w], lr=1, nesterov=True), r"nesterov needs momentum above 0"),
        (lambda w: optim.SGD([w], lr=1, clip_row=0), r"clip_row is 0: it must be above 0"),
        (lambda w: optim.Adam([w], betas=(0.9, 1.0)), r"betas is \(0.9, 1.0\): both must be"),
        (lambda w: optim.Adam([w], betas=0.9), r"betas is 0.9: it must be two numbers"),
        (lambda w: optim.Adam([w], eps=0.0), r"eps is 0.0: it must be a number above 0"),
        (lambda w: optim.Adam([w], sparse="lzy"), r"sparse is 'lzy': .*did you mean lazy"),
        (
            lambda w: optim.Adam([{"params": [w], "beta": 1}]),
            r"no hyperparameter 'beta': did you mean be",
        ),
    ],
)
def test_hyperparameters_are_checked_by_constructor(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(nn.Parameter(np.ones((2, 2))))


def test_docstring_describes_every_argument_with_its_default() -> None:
    for name in (*ALL, "SparseAdam"):
        optimizer = getattr(optim, name)
        for argument, parameter in inspect.signature(optimizer).parameters.items():
            has_default = parameter.default is not parameter.empty
            entry = f"{argument} : default {parameter.default!r}" if has_default else argument
            assert f"\n{entry}\n    " in optimizer.__doc__


def test_user_optimizer_is_checked_and_described_by_annotations() -> None:
    class Signed(optim.BlockwiseOptimizer):
        """Steps along the gradient's sign."""

        def __init__(
            self, params: Any, lr: Any, alpha: Alpha = 0.5, eps: float = 1.0, sparse: str = "lazy"
        ) -> None:
            super().__init__(params, locals())

    assert Signed.__doc__ is not None
    assert "alpha : default 0.5\n    Decay rate of the moving averages." in Signed.__doc__
    w = nn.Parameter(np.ones(2))
    assert Signed([w], 0.1).defaults == {"lr": 0.1, "alpha": 0.5, "eps": 1.0, "sparse": "lazy"}
    for wrong in ({"alpha": 2}, {"eps": 0}, {"sparse": "lzy"}):
        with pytest.raises(InputError, match=f"{next(iter(wrong))} is "):
            Signed([w], 0.1, **wrong)  # type: ignore[arg-type]


class Declared(optim.BlockwiseOptimizer, declared=True):
    """Steps along the gradient's sign."""

    lr: float = 0.5
    alpha: Alpha = 0.5
    sparse: str = "lazy"

    def rule(self, c: Any, values: Any, gradient: Any, scratch: Any, state: Any) -> None:
        values -= c["lr"] * np.sign(gradient)


def test_a_required_hyperparameter_is_stated_by_each_group() -> None:
    class Step(optim.Optimizer):
        def __init__(self, params: Any, lr: Any = required) -> None:
            super().__init__(params, {"lr": lr})

    w = tensor([1.0], requires_grad=True)
    assert Step([{"params": [w], "lr": 0.5}]).param_groups[0]["lr"] == 0.5
    with pytest.raises(InputError, match="Step: a group does not state 'lr'"):
        Step([w])
    assert repr(required) == "<required parameter>"


def test_fields_of_declared_optimizer_are_its_arguments() -> None:
    w = nn.Parameter(np.ones(2))
    optimizer = Declared([w], alpha=0.25)
    assert optimizer.defaults == {"maximize": False, "lr": 0.5, "alpha": 0.25, "sparse": "lazy"}
    assert optimizer.spec()["alpha"] == 0.25
    assert "alpha : default 0.5\n    Decay rate of the moving averages." in (Declared.__doc__ or "")
    w.grad = tensor(np.array([3.0, -1.0]))
    optimizer.step()
    assert w.detach().numpy().tolist() == [0.5, 1.5]
    with pytest.raises(InputError, match="alpha is 2: it must be a number from 0 to 1"):
        Declared([w], alpha=2)
