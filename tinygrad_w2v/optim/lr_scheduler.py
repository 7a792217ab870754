"""Learning-rate schedules: each multiplies an optimizer's initial rates by a factor."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from typing_extensions import dataclass_transform

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.annotations import hints_of
from tinygrad_w2v.nn.layer import Fraction, Positive, check_of
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.optim.hyperparameters import not_negative
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.validation import above_zero, within


def _check_ascending(**named: Any) -> None:
    for name, value in named.items():
        if not all(low < high for low, high in pairwise([0, *value])):
            raise InputError(f"{name} is {list(value)}: give numbers above 0 in ascending order")


def _check_reduction(**named: Any) -> None:
    above_zero(**named)
    within(0, 1, open_end=True, **named)


Ascending: TypeAlias = Annotated[Sequence[float], _check_ascending]
"""Units of progress that must be above 0 and ascend."""


@dataclass_transform(eq_default=False)
@dataclass(eq=False, repr=False)
class Schedule(Configurable):
    """Sets the learning rate of every group to its initial rate times :meth:`factor`.

    Subclasses define :meth:`factor`. They are dataclasses without a decorator; their fields are the
    arguments after `optimizer`, checked by their annotations as the settings of a
    :class:`nn.layer.Layer`. Progress is counted in any unit: steps, epochs, words.

    Parameters
    ----------
    optimizer
        Its rates are set to the factor at 0 at once.

    Attributes
    ----------
    done : float
        The progress so far.
    initial : list of float
        The groups' initial rates.
    """

    optimizer: Optimizer

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclass(eq=False, repr=False)(cls)

    def __post_init__(self) -> None:
        """Check the arguments; set the first rates."""
        cls: Any = type(self)
        for name, hint in hints_of(cls, include_extras=True).items():
            if check := check_of(hint):
                check(**{name: getattr(self, name)})
        self._check()
        self.done = 0.0
        self.initial = [float(group["lr"]) for group in self.optimizer.param_groups]
        self.step(0)

    def _check(self) -> None:
        """Raise InputError for arguments that cannot be used together."""

    def factor(self, done: float) -> float:
        """Return the factor on the initial rate after `done` units of progress."""
        raise NotImplementedError(f"{type(self).__name__} has no factor(): define it")

    def step(self, amount: float = 1) -> None:
        """Add `amount` units of progress and set the rates."""
        self.done += amount
        factor = self.factor(self.done)
        for group, initial in zip(self.optimizer.param_groups, self.initial, strict=True):
            group["lr"] = initial * factor

    def state_dict(self) -> dict[str, Any]:
        """Return the progress and the initial rates, as plain data."""
        return {"done": self.done, "initial": list(self.initial)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned, and set the rates."""
        if len(state["initial"]) != len(self.optimizer.param_groups):
            raise InputError(
                f"the saved schedule is of {len(state['initial'])} parameter groups, the optimizer "
                f"has {len(self.optimizer.param_groups)}: build it as it was built before"
            )
        self.done, self.initial = state["done"], list(state["initial"])
        self.step(0)


class LinearDecay(Schedule):
    """Decreases the rate linearly to a fraction of the initial one; 1e-4 in word2vec.

    Parameters
    ----------
    total, floor
        Units of progress (steps, words, ...) at which the floor is reached, and the final fraction.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> schedule = LinearDecay(optimizer, total=10)
    >>> schedule.step(5)
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    total: Positive
    floor: Fraction = 1e-4

    def factor(self, done: float) -> float:
        return max(self.floor, 1.0 - done / self.total)


class StepLR(Schedule):
    """Multiplies the rate by `gamma` every `step_size` units of progress.

    Parameters
    ----------
    step_size, gamma
        Units of progress between two changes, and the factor.
    """

    step_size: Positive
    gamma: Positive = 0.1

    def factor(self, done: float) -> float:
        return float(self.gamma ** (done // self.step_size))


class MultiStepLR(Schedule):
    """Multiplies the rate by `gamma` at each milestone.

    Parameters
    ----------
    milestones, gamma
        Units of progress, ascending, and the factor.
    """

    milestones: Ascending
    gamma: Positive = 0.1

    def factor(self, done: float) -> float:
        return float(self.gamma ** bisect_right(self.milestones, done))


class CosineLR(Schedule):
    """Increases the rate linearly (warm-up), then decreases it along half a cosine to a floor.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", arXiv
    1608.03983, equation 5, without restarts; the warm-up as in Goyal et al., arXiv 1706.02677.

    Parameters
    ----------
    total, warmup
        Units of progress at which the floor is reached, and those of them that are the warm-up.
    floor, start
        The final fraction of the initial rate, and the one at which the warm-up begins.
    """

    total: Positive
    warmup: float = 0.0
    floor: Fraction = 0.0
    start: Fraction = 0.0

    def _check(self) -> None:
        within(0, self.total, open_end=True, warmup=self.warmup)

    def factor(self, done: float) -> float:
        if done < self.warmup:
            return self.start + (1 - self.start) * done / self.warmup
        share = min((done - self.warmup) / (self.total - self.warmup), 1.0)
        return self.floor + (1 - self.floor) * (1 + math.cos(math.pi * share)) / 2


class OneCycleLR(Schedule):
    """Increases the rate from a small one to the optimizer's own, then decreases it to almost 0.

    Source: Smith and Topin, "Super-convergence", arXiv 1708.07120. The optimizer's rate is the
    highest, PyTorch's ``max_lr``; the momentum does not change.

    Parameters
    ----------
    total
        Units of progress of the whole cycle; PyTorch's ``total_steps - 1``.
    pct_start
        The fraction of the cycle in which the rate increases.
    div_factor, final_div_factor
        The first factor is ``1 / div_factor``; the last one is that divided by `final_div_factor`.
    anneal_strategy
        ``"cos"`` or ``"linear"``.
    """

    total: Positive
    _: KW_ONLY
    pct_start: Fraction = 0.3
    div_factor: Positive = 25.0
    final_div_factor: Positive = 1e4
    anneal_strategy: Literal["cos", "linear"] = "cos"

    def factor(self, done: float) -> float:
        low = 1 / self.div_factor
        top = self.pct_start * (self.total + 1) - 1  # as PyTorch, which counts steps
        if done <= top:
            return self._between(low, 1.0, done / top if top else 1.0)
        share = min((done - top) / (self.total - top), 1.0)
        return self._between(1.0, low / self.final_div_factor, share)

    def _between(self, start: float, end: float, share: float) -> float:
        if self.anneal_strategy == "cos":
            return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
        return start + (end - start) * share


class LambdaLR(Schedule):
    """Computes the factor with a function of the progress.

    Parameters
    ----------
    function
        Takes the units of progress and returns the factor; a spec names it by its import path.
    """

    function: Callable[[float], float]

    def factor(self, done: float) -> float:
        return float(self.function(done))


class SequentialLR(Schedule):
    """Runs one schedule after another, each counting from where it begins.

    Parameters
    ----------
    schedules
        Created with the same optimizer.
    milestones
        Units of progress at which the second, third, ... begin; one fewer than schedules.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> first, second = StepLR(optimizer, 1, 0.5), LinearDecay(optimizer, 10)
    >>> schedule = SequentialLR(optimizer, [first, second], [3])
    >>> schedule.step(8)  # 5 of the 10 units of the linear decay
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    schedules: Sequence[Schedule]
    milestones: Ascending

    def _check(self) -> None:
        if len(self.milestones) != len(self.schedules) - 1:
            raise InputError(
                f"{len(self.schedules)} schedules and {len(self.milestones)} milestones: give one "
                f"milestone fewer than schedules"
            )

    def __post_init__(self) -> None:
        # Each schedule set the rates to its own factor at 0 when it was created.
        for group, rate in zip(self.optimizer.param_groups, self.schedules[0].initial, strict=True):
            group["lr"] = rate
        super().__post_init__()

    def factor(self, done: float) -> float:
        index = bisect_right(self.milestones, done)
        begun = self.milestones[index - 1] if index else 0.0
        return self.schedules[index].factor(done - begun)


class ReduceLROnPlateau(Schedule):
    """Reduces the rate when a measured loss has stopped improving.

    Call :meth:`observe` with the loss after each epoch; :meth:`step` only counts.

    Parameters
    ----------
    gamma, floor
        Factor on the rate, PyTorch's ``factor``, and the smallest fraction of the initial rate.
    patience, cooldown
        Number of observations without improvement that are tolerated, and of those after a
        reduction that are not counted.
    threshold
        A loss improves if it is below the best one times ``1 - threshold``.
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

    gamma: Annotated[float, _check_reduction] = 0.1
    patience: Annotated[int, not_negative] = 10
    threshold: Fraction = 1e-4
    cooldown: Annotated[int, not_negative] = 0
    floor: Fraction = 0.0
    mode: Literal["min", "max"] = "min"

    def __post_init__(self) -> None:
        self.now = 1.0
        self.best: float | None = None
        self.without_progress = self.cooling = 0
        super().__post_init__()

    def factor(self, done: float) -> float:
        return self.now

    def observe(self, value: float) -> None:
        """Record a loss; reduce the rate if it has not improved for too long."""
        is_better = self._improves(value)
        if is_better:
            self.best = value
        self.without_progress = 0 if is_better or self.cooling else self.without_progress + 1
        self.cooling = max(self.cooling - 1, 0)
        if self.without_progress > self.patience:
            self.now = max(self.now * self.gamma, self.floor)
            self.cooling = self.cooldown
            self.without_progress = 0
        self.step(0)

    def _improves(self, value: float) -> bool:
        if self.best is None:
            return True
        if self.mode == "min":
            return value < self.best * (1 - self.threshold)
        return value > self.best * (1 + self.threshold)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), **{name: getattr(self, name) for name in _OBSERVED}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name in _OBSERVED:
            setattr(self, name, state[name])
        super().load_state_dict(state)


_OBSERVED = ("now", "best", "without_progress", "cooling")
