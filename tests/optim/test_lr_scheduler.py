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
from tinygrad_w2v.optim import lr_scheduler


def sgd(*rates: float) -> optim.SGD:
    groups = [{"params": [nn.Parameter(np.ones(1))], "lr": rate} for rate in rates]
    return optim.SGD(groups, lr=1.0)


ALL: dict[str, Callable[[Any], Any]] = {
    "LinearDecay": lambda o: lr_scheduler.LinearDecay(o, 20, floor=0.1),
    "StepLR": lambda o: lr_scheduler.StepLR(o, 3, 0.5),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [2, 9], 0.5),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o, 0.5, 4),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=8),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, 9, 2.0),
    "CosineLR": lambda o: lr_scheduler.CosineLR(o, 20, warmup=5, floor=0.1),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 20),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, [0.1, 0.4], [0.5, 2.0], 4),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, [0.5, 2.0], 50),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda done: 1 / (1 + done)),
    "MultiplicativeLR": lambda o: lr_scheduler.MultiplicativeLR(o, lambda done: 0.9),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.CosineLR(o, 8, warmup=4), lr_scheduler.StepLR(o, 2)], [6]
    ),
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.LinearLR(o), lr_scheduler.ExponentialLR(o, 0.9)]
    ),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1),
}


def test_all_schedulers_are_tested() -> None:
    classes = {name for name, value in vars(lr_scheduler).items() if isinstance(value, type)}
    assert classes - {"LRScheduler", "_LRScheduler"} == set(ALL)


@pytest.mark.parametrize("name", ALL)
@given(st.lists(st.floats(0, 3), max_size=8), st.lists(st.floats(0, 3), max_size=8))
def test_restored_state_continues_schedule(
    name: str, before: list[float], after: list[float]
) -> None:
    optimizer, other = sgd(0.5, 2.0), sgd(0.5, 2.0)
    schedule, resumed = ALL[name](optimizer), ALL[name](other)

    def advance(which: Any, amount: float) -> None:
        if name == "ReduceLROnPlateau":
            which.step(amount)
        else:
            which.advance(amount)

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
    ALL[name](optimizer).advance(done)
    first, second = (group["lr"] for group in optimizer.param_groups)
    assert math.isclose(second, 4 * first, abs_tol=1e-12)


def test_warmup_is_linear_and_cosine_ends_at_floor() -> None:
    schedule = lr_scheduler.CosineLR(sgd(1.0), 110, warmup=10, floor=0.2, start=0.1)
    assert schedule.factor(0) == pytest.approx(0.1)
    assert schedule.factor(5) == pytest.approx(0.55)
    assert schedule.factor(10) == 1.0
    assert schedule.factor(60) == pytest.approx(0.6)
    assert schedule.factor(110) == schedule.factor(500) == pytest.approx(0.2)


def test_constructor_sets_first_rate() -> None:
    optimizer = sgd(1.0)
    lr_scheduler.CosineLR(optimizer, 100, warmup=10, start=0.25)
    assert optimizer.param_groups[0]["lr"] == 0.25


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: lr_scheduler.LinearDecay(o, 0), r"total is 0: it must be a number above 0"),
        (lambda o: lr_scheduler.CosineLR(o, 10, warmup=10), r"warmup is 10: .* from 0 to below 10"),
        (
            lambda o: lr_scheduler.MultiStepLR(o, [5, 3]),
            r"milestones is \[5, 3\]: .* ascending order",
        ),
        (
            lambda o: lr_scheduler.OneCycleLR(o, 1, 10, anneal_strategy="sin"),
            r"use 'cos' or 'linear'",
        ),
        (
            lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 1)], [3]),
            r"1 schedulers and 1 mile",
        ),
        (
            lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ReduceLROnPlateau(o)]),
            r"schedulers\[0\] needs measured values",
        ),
        (lambda o: lr_scheduler.ChainedScheduler([]), r"schedulers is empty: give at least one"),
        (
            lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 1)], sgd(1.0)),
            r"schedulers\[0\] is of another optimizer",
        ),
        (
            lambda o: lr_scheduler.OneCycleLR(o, [1, 2], 10),
            r"max_lr has 2 values, the optimizer has",
        ),
        (lambda o: lr_scheduler.OneCycleLR(o, 1), r"needs total_steps, or epochs and steps_per"),
        (lambda o: lr_scheduler.CyclicLR(o, 1, 2, mode="round"), r"mode is 'round': use 'triang"),
        (lambda o: lr_scheduler.StepLR(o, 1, last_epoch=3), r"group 0 of the .* no 'initial_lr'"),
        (lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=1.0), r"factor is 1.0: .* below 1"),
    ],
)
def test_arguments_are_checked_by_constructor(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(sgd(1.0))


def test_cycle_ends() -> None:
    scheduler = lr_scheduler.OneCycleLR(sgd(1.0), 1.0, epochs=1, steps_per_epoch=2)
    scheduler.step()
    scheduler.step()
    with pytest.raises(InputError, match=r"step 3 of a cycle of 2 steps: make total_steps"):
        scheduler.step()


def test_scheduler_with_get_lr() -> None:
    class Warmup(lr_scheduler._LRScheduler):
        def __init__(self, optimizer: Any, steps: int, last_epoch: int = -1) -> None:
            self.steps = steps
            super().__init__(optimizer, last_epoch)

        def get_lr(self) -> list[float]:
            return [base * min(1, (self.last_epoch + 1) / self.steps) for base in self.base_lrs]

    optimizer = sgd(1.0)
    scheduler = Warmup(optimizer, 4)
    assert scheduler.get_last_lr() == [0.25]
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert scheduler.state_dict()["last_epoch"] == 1


def test_assigned_rate_is_scaled_on() -> None:
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler.step()
    optimizer.param_groups[0]["lr"] = 8.0
    scheduler.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [2.0]
    scheduler.step(3)
    assert scheduler.get_last_lr() == [0.125]


def test_resumed_scheduler_continues() -> None:
    optimizer, other = sgd(1.0), sgd(3.0)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    for _ in range(3):
        scheduler.step()
    other.load_state_dict(optimizer.state_dict())
    resumed = lr_scheduler.StepLR(other, 2, last_epoch=3)
    scheduler.step()
    assert resumed.get_last_lr() == scheduler.get_last_lr()


def test_state_of_other_groups_is_refused() -> None:
    saved = lr_scheduler.StepLR(sgd(1.0, 2.0), 3).state_dict()
    with pytest.raises(InputError, match=r"of 2 parameter groups, the optimizer has 1"):
        lr_scheduler.StepLR(sgd(1.0), 3).load_state_dict(saved)


def test_state_with_an_argument_out_of_range_is_refused() -> None:
    scheduler = lr_scheduler.LinearDecay(sgd(1.0), total=10)
    with pytest.raises(InputError, match="total is 0: it must be a number above 0"):
        scheduler.load_state_dict({**scheduler.state_dict(), "total": 0})
