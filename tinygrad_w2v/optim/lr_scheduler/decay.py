"""Schedulers that decrease the rates: in steps, linearly, exponentially, or on a plateau."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.layer import Fraction, Positive
from tinygrad_w2v.optim.hyperparameters import not_negative
from tinygrad_w2v.optim.lr_scheduler.scheduler import Ascending, LRScheduler
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.validation import above_zero, within

Function: TypeAlias = Callable[[float], float]


def per_group(name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """Return a value for each group, from one for all or a sequence."""
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [value] * count
    if len(value) != count:
        raise InputError(
            f"{name} has {len(value)} values, the optimizer has {count} parameter groups: give "
            f"one value, or one for each group"
        )
    return list(value)


class StepLR(LRScheduler):
    """Multiplies the rates by `gamma` every `step_size` epochs.

    Parameters
    ----------
    step_size, gamma
        Epochs between two changes, and the factor.
    """

    step_size: Positive
    gamma: Positive = 0.1

    def factor(self, done: float) -> float:
        return float(self.gamma ** (done // self.step_size))


class MultiStepLR(LRScheduler):
    """Multiplies the rates by `gamma` at each milestone.

    Parameters
    ----------
    milestones, gamma
        Epochs, ascending, and the factor.
    """

    milestones: Ascending
    gamma: Positive = 0.1

    def factor(self, done: float) -> float:
        return float(self.gamma ** bisect_right(self.milestones, done))


class ExponentialLR(LRScheduler):
    """Multiplies the rates by `gamma` every epoch."""

    gamma: Positive

    def factor(self, done: float) -> float:
        return float(self.gamma**done)


class ConstantLR(LRScheduler):
    """Multiplies the rates by a factor until `total_iters`, and by 1 from then on.

    Parameters
    ----------
    factor, total_iters
        The factor, and the epochs for which it applies.
    """

    factor: Fraction = 1 / 3  # type: ignore[assignment]
    total_iters: Annotated[float, not_negative] = 5

    def rate(self, index: int, done: float) -> float:
        share: Any = self.factor
        return self.base_lrs[index] * (share if done < self.total_iters else 1.0)


class LinearLR(LRScheduler):
    """Changes the factor on the rates linearly, then keeps it.

    Parameters
    ----------
    start_factor, end_factor, total_iters
        The first factor, the last one, and the epochs between them.
    """

    start_factor: Fraction = 1 / 3
    end_factor: Fraction = 1.0
    total_iters: Positive = 5

    def factor(self, done: float) -> float:
        share = min(done / self.total_iters, 1.0)
        return self.start_factor + (self.end_factor - self.start_factor) * share


class PolynomialLR(LRScheduler):
    """Decreases the rates to 0 along a power of the remaining epochs.

    Parameters
    ----------
    total_iters, power
        Epochs until 0 is reached, and the exponent.
    """

    total_iters: Positive = 5
    power: float = 1.0

    def factor(self, done: float) -> float:
        return float((1 - min(done / self.total_iters, 1.0)) ** self.power)


class LambdaLR(LRScheduler):
    """Computes the factors with a function of the progress.

    Parameters
    ----------
    lr_lambda
        Takes the epochs done and returns the factor; or a list of functions, one for each group. A
        spec names it by its import path.
    """

    chains = False

    lr_lambda: Function | Sequence[Function]

    def _check(self) -> None:
        self.lr_lambdas: list[Function] = per_group("lr_lambda", self.lr_lambda, self.optimizer)

    def rate(self, index: int, done: float) -> float:
        return self.base_lrs[index] * float(self.lr_lambdas[index](done))


class MultiplicativeLR(LRScheduler):
    """Multiplies the rates by the value of a function, every epoch but the first.

    Parameters
    ----------
    lr_lambda
        Takes the epochs done and returns the factor on the last rate; or a list of functions, one
        for each group. A spec names it by its import path.
    """

    lr_lambda: Function | Sequence[Function]

    def _check(self) -> None:
        self.lr_lambdas: list[Function] = per_group("lr_lambda", self.lr_lambda, self.optimizer)

    def get_lr(self) -> list[float]:
        return [
            group["lr"] * float(function(self.last_epoch)) if self.last_epoch > 0 else group["lr"]
            for group, function in zip(self.optimizer.param_groups, self.lr_lambdas, strict=True)
        ]


def _check_reduction(**named: Any) -> None:
    above_zero(**named)
    within(0, 1, open_end=True, **named)


class ReduceLROnPlateau(LRScheduler):
    """Reduces the rates when a measured loss has stopped improving.

    Parameters
    ----------
    mode
        ``"min"`` for a loss, ``"max"`` for a score.
    factor
        Factor on the rates.
    patience, cooldown
        Number of steps without improvement that are tolerated, and of those after a reduction that
        are not counted.
    threshold, threshold_mode
        Smallest improvement that counts: a fraction of the best value (``"rel"``), or a difference
        (``"abs"``).
    min_lr
        Smallest rate, or one for each group.
    eps
        Reductions by less are not made.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> scheduler = ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> optimizer.param_groups[0]["lr"]
    0.1
    """

    mode: Literal["min", "max"] = "min"
    factor: Annotated[float, _check_reduction] = 0.1  # type: ignore[assignment]
    patience: Annotated[int, not_negative] = 10
    threshold: Annotated[float, not_negative] = 1e-4
    threshold_mode: Literal["rel", "abs"] = "rel"
    cooldown: Annotated[int, not_negative] = 0
    min_lr: float | Sequence[float] = 0.0
    eps: Annotated[float, not_negative] = 1e-8

    def _check(self) -> None:
        self.min_lrs = per_group("min_lr", self.min_lr, self.optimizer)
        self.best = math.inf if self.mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def get_lr(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self, metrics: Any, epoch: float | None = None) -> None:  # type: ignore[override]
        """Record a loss, a number or Tensor; reduce the rates if it has stopped improving."""
        value = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if is_better := self._improves(value):
            self.best = value
        is_ignored = is_better or self.cooldown_counter > 0
        self.num_bad_epochs = 0 if is_ignored else self.num_bad_epochs + 1
        self.cooldown_counter = max(self.cooldown_counter - 1, 0)
        rates = self.get_lr()
        if self.num_bad_epochs > self.patience:
            share: Any = self.factor
            reduced = [max(r * share, low) for r, low in zip(rates, self.min_lrs, strict=True)]
            rates = [n if r - n > self.eps else r for r, n in zip(rates, reduced, strict=True)]
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._set_rates(rates)

    def _improves(self, value: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "abs":
            return sign * value < sign * self.best - self.threshold
        return sign * value < sign * self.best * (1 - sign * self.threshold)
