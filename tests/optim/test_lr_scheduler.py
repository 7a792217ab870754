"""Learning-rate schedules: factors, checks and saved state."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v import nn, optim
from tinygrad_w2v.errors import InputError


def sgd(*rates: float) -> optim.SGD:
    groups = [{"params": [nn.Parameter(np.ones(1))], "lr": rate} for rate in rates]
    return optim.SGD(groups, lr=1.0)


ALL: dict[str, Callable[[Any], Any]] = {
    "linear": lambda o: optim.LinearDecay(o, 20, floor=0.1),
    "step": lambda o: optim.StepLR(o, 3, 0.5),
    "multi-step": lambda o: optim.MultiStepLR(o, [2, 9], 0.5),
    "cosine": lambda o: optim.CosineLR(o, 20, warmup=5, floor=0.1),
    "one-cycle": lambda o: optim.OneCycleLR(o, 20),
    "lambda": lambda o: optim.LambdaLR(o, lambda done: 1 / (1 + done)),
    "sequence": lambda o: optim.SequentialLR(
        o, [optim.CosineLR(o, 8, warmup=4), optim.StepLR(o, 2)], [6]
    ),
    "plateau": lambda o: optim.ReduceLROnPlateau(o, patience=1),
}


@pytest.mark.parametrize("name", ALL)
@given(st.lists(st.floats(0, 3), max_size=8), st.lists(st.floats(0, 3), max_size=8))
def test_restored_state_continues_schedule(
    name: str, before: list[float], after: list[float]
) -> None:
    optimizer, other = sgd(0.5, 2.0), sgd(0.5, 2.0)
    schedule, resumed = ALL[name](optimizer), ALL[name](other)

    def advance(which: Any, amount: float) -> None:
        which.step(amount)
        if name == "plateau":
            which.observe(amount)

    for amount in before:
        advance(schedule, amount)
    resumed.load_state_dict(json.loads(json.dumps(schedule.state_dict())))
    for amount in after:
        advance(schedule, amount)
        advance(resumed, amount)
    rates = [group["lr"] for group in optimizer.param_groups]
    assert [group["lr"] for group in other.param_groups] == rates


@pytest.mark.parametrize("name", ALL)
@given(st.floats(0, 50))
def test_groups_keep_their_proportion(name: str, done: float) -> None:
    optimizer = sgd(0.5, 2.0)
    ALL[name](optimizer).step(done)
    first, second = (group["lr"] for group in optimizer.param_groups)
    assert math.isclose(second, 4 * first, abs_tol=1e-12)


def test_warmup_is_linear_and_cosine_ends_at_floor() -> None:
    schedule = optim.CosineLR(sgd(1.0), 110, warmup=10, floor=0.2, start=0.1)
    assert schedule.factor(0) == pytest.approx(0.1)
    assert schedule.factor(5) == pytest.approx(0.55)
    assert schedule.factor(10) == 1.0
    assert schedule.factor(60) == pytest.approx(0.6)
    assert schedule.factor(110) == schedule.factor(500) == pytest.approx(0.2)


def test_constructor_sets_first_rate() -> None:
    optimizer = sgd(1.0)
    optim.CosineLR(optimizer, 100, warmup=10, start=0.25)
    assert optimizer.param_groups[0]["lr"] == 0.25


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: optim.LinearDecay(o, 0), r"total is 0: it must be a number above 0"),
        (lambda o: optim.CosineLR(o, 10, warmup=10), r"warmup is 10: .* from 0 to below 10"),
        (lambda o: optim.MultiStepLR(o, [5, 3]), r"milestones is \[5, 3\]: .* ascending order"),
        (lambda o: optim.OneCycleLR(o, 10, anneal_strategy="sin"), r"use 'cos' or 'linear'"),
        (lambda o: optim.SequentialLR(o, [optim.StepLR(o, 1)], [3]), r"1 schedules and 1 mile"),
        (lambda o: optim.ReduceLROnPlateau(o, gamma=1.0), r"gamma is 1.0: .* below 1"),
    ],
)
def test_arguments_are_checked_by_constructor(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(sgd(1.0))


def test_state_of_other_groups_is_refused() -> None:
    saved = optim.StepLR(sgd(1.0, 2.0), 3).state_dict()
    with pytest.raises(InputError, match=r"of 2 parameter groups, the optimizer has 1"):
        optim.StepLR(sgd(1.0), 3).load_state_dict(saved)
