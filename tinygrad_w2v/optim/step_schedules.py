"""Schedules with steps, cosines and cycles, and those put together of others."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.references import find
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.optim.schedule import Schedule
from tinygrad_w2v.validation import above_zero, one_of, within


class StepLR(Schedule):
    """Multiply the rate with `gamma` every `step_size` units of progress.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    step_size, gamma
        How often, and by how much.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=0.8)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> schedule.step(4)
    >>> optimizer.param_groups[0]["lr"]
    0.2
    """

    def __init__(self, optimizer: Optimizer, step_size: float, gamma: float = 0.1) -> None:
        above_zero(step_size=step_size, gamma=gamma)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return gamma to the number of whole steps done."""
        return float(self.gamma ** (done // self.step_size))


class MultiStepLR(Schedule):
    """Multiply the rate with `gamma` at each milestone.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    milestones
        Units of progress, ascending.
    gamma
        By how much.
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[float], gamma: float = 0.1
    ) -> None:
        above_zero(gamma=gamma)
        check_ascending("milestones", milestones)
        self.milestones = list(milestones)
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return gamma to the number of milestones passed."""
        return float(self.gamma ** bisect_right(self.milestones, done))


class CosineLR(Schedule):
    """Warm up in a straight line, then fall along half a cosine to a floor.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", arXiv
    1608.03983, equation 5, without restarts; the warm-up as in Goyal et al., arXiv 1706.02677.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    total
        Units of progress at which the floor is reached, warm-up included; it stays there.
    warmup
        Units of progress of the warm-up.
    floor
        The fraction left at the end.
    start
        The fraction at which the warm-up begins.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total: float,
        warmup: float = 0.0,
        floor: float = 0.0,
        start: float = 0.0,
    ) -> None:
        above_zero(total=total)
        within(0, total, open_end=True, warmup=warmup)
        within(0, 1, floor=floor, start=start)
        self.total = total
        self.warmup = warmup
        self.floor = floor
        self.start = start
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return the fraction at this point of the warm-up or of the cosine."""
        if done < self.warmup:
            return self.start + (1 - self.start) * done / self.warmup
        share = min((done - self.warmup) / (self.total - self.warmup), 1.0)
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * share)) / 2


class OneCycleLR(Schedule):
    """Rise from a small rate to the optimizer's own, then fall to a very small one.

    Source: Smith and Topin, "Super-convergence", arXiv 1708.07120. The optimizer's rate is the
    highest, PyTorch's ``max_lr``; the momentum is left alone.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    total
        Units of progress of the whole cycle; PyTorch's ``total_steps`` − 1 steps.
    pct_start
        The fraction of the cycle that rises.
    div_factor, final_div_factor
        The rate starts at 1 / `div_factor` and ends at that over `final_div_factor`.
    anneal_strategy
        ``"cos"`` or ``"linear"``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total: float,
        *,
        pct_start: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        anneal_strategy: str = "cos",
    ) -> None:
        above_zero(total=total, div_factor=div_factor, final_div_factor=final_div_factor)
        within(0, 1, pct_start=pct_start)
        one_of(("cos", "linear"), anneal_strategy=anneal_strategy)
        self.total = total
        self.pct_start = pct_start
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor
        self.anneal_strategy = anneal_strategy
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return the fraction of the highest rate at this point of the cycle."""
        low = 1 / self.div_factor
        top = self.pct_start * (self.total + 1) - 1  # where PyTorch, which counts steps, has it
        if done <= top:
            return self._between(low, 1.0, done / top if top else 1.0)
        share = min((done - top) / (self.total - top), 1.0)
        return self._between(1.0, low / self.final_div_factor, share)

    def _between(self, start: float, end: float, share: float) -> float:
        if self.anneal_strategy == "cos":
            return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
        return start + (end - start) * share


class LambdaLR(Schedule):
    """A factor that a function of the progress gives.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    function
        Takes the units done and returns the factor; or its import path, ``package.module:name``,
        by which a spec names it.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> schedule = LambdaLR(optimizer, lambda done: 0.9**done)
    >>> schedule.step(2)
    >>> round(optimizer.param_groups[0]["lr"], 3)
    0.405
    """

    def __init__(self, optimizer: Optimizer, function: Callable[[float], float] | str) -> None:
        found = find(function, "function") if isinstance(function, str) else function
        self.function: Callable[[float], float] = found
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return what the function gives."""
        return float(self.function(done))


class SequentialLR(Schedule):
    """One schedule after another, each counting from where it begins.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    schedules
        Made with the same optimizer.
    milestones
        Units of progress at which the second, third, ... begin; one fewer than schedules.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> from tinygrad_w2v.optim import LinearDecay
    >>> first, second = StepLR(optimizer, 1, 0.5), LinearDecay(optimizer, 10)
    >>> schedule = SequentialLR(optimizer, [first, second], [3])
    >>> schedule.step(8)  # 5 of the 10 units of the linear decay
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    def __init__(
        self, optimizer: Optimizer, schedules: Sequence[Schedule], milestones: Sequence[float]
    ) -> None:
        if len(milestones) != len(schedules) - 1:
            raise InputError(
                f"{len(schedules)} schedules and {len(milestones)} milestones: give one milestone "
                f"fewer than schedules"
            )
        check_ascending("milestones", milestones)
        # Those that were made before moved the rates to their own factors at 0.
        for group, rate in zip(optimizer.param_groups, schedules[0].initial, strict=True):
            group["lr"] = rate
        self.schedules = list(schedules)
        self.milestones = list(milestones)
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return the factor of the schedule whose turn it is."""
        place = bisect_right(self.milestones, done)
        begun = self.milestones[place - 1] if place else 0.0
        return self.schedules[place].factor(done - begun)


class ReduceLROnPlateau(Schedule):
    """Lower the rate when a measured loss has stopped falling.

    It is told the loss with :meth:`observe` after each epoch; :meth:`step` only counts.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    gamma
        What the rate is multiplied with; PyTorch's ``factor``.
    patience
        How many observations without progress are put up with.
    threshold
        Progress is a loss below the best one times ``1 − threshold``.
    cooldown
        Observations after a lowering that do not count.
    floor
        The least fraction of the first rate.
    mode
        ``"min"`` for a loss, ``"max"`` for a score.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.observe(loss)
    >>> optimizer.param_groups[0]["lr"]
    0.1
    """

    def __init__(
        self,
        optimizer: Optimizer,
        gamma: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        cooldown: int = 0,
        floor: float = 0.0,
        mode: str = "min",
    ) -> None:
        above_zero(gamma=gamma)
        within(0, 1, open_end=True, gamma=gamma)
        within(0, 1, floor=floor, threshold=threshold)
        within(0, math.inf, patience=patience, cooldown=cooldown)
        one_of(("min", "max"), mode=mode)
        self.gamma = gamma
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.floor = floor
        self.mode = mode
        self.now = 1.0
        self.best: float | None = None
        self.without_progress = 0
        self.cooling = 0
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return the factor that the observations have led to."""
        return self.now

    def observe(self, value: float) -> None:
        """Take note of a loss; lower the rate if it has stood still for too long."""
        if self._is_progress(value):
            self.best = value
            self.without_progress = 0
        else:
            self.without_progress += 1
        if self.cooling:
            self.cooling -= 1
            self.without_progress = 0
        if self.without_progress > self.patience:
            self.now = max(self.now * self.gamma, self.floor)
            self.cooling = self.cooldown
            self.without_progress = 0
        self.step(0)

    def _is_progress(self, value: float) -> bool:
        if self.best is None:
            return True
        if self.mode == "min":
            return value < self.best * (1 - self.threshold)
        return value > self.best * (1 + self.threshold)

    def state_dict(self) -> dict[str, Any]:
        """Return how far it is and what it has seen."""
        return {**super().state_dict(), **{name: getattr(self, name) for name in _SEEN}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        for name in _SEEN:
            setattr(self, name, state[name])
        super().load_state_dict(state)


_SEEN = ("now", "best", "without_progress", "cooling")


def check_ascending(name: str, values: Sequence[float]) -> None:
    """Refuse numbers that are not above 0 and ascending."""
    if not all(low < high for low, high in pairwise([0, *values])):
        raise InputError(f"{name} is {list(values)}: give numbers above 0 in ascending order")
