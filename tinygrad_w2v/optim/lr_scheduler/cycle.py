"""Schedulers whose rates rise and fall: cosines, warm restarts, triangles, one cycle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.layer import Fraction, Positive, Size
from tinygrad_w2v.optim.lr_scheduler.decay import per_group
from tinygrad_w2v.optim.lr_scheduler.scheduler import LRScheduler
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.validation import one_of, within

PerGroup: TypeAlias = float | Sequence[float]
"""One value for all groups, or one for each."""


def cosine(start: float, end: float, share: float) -> float:
    """Return the value at a fraction of the way along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


class CosineLR(LRScheduler):
    """Increases the rates linearly (warm-up), then decreases them along half a cosine to a floor.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", arXiv
    1608.03983, equation 5, without restarts; the warm-up as in Goyal et al., arXiv 1706.02677.

    Parameters
    ----------
    total, warmup
        Progress at which the floor is reached, and the part of it that is the warm-up.
    floor, start
        The final fraction of the initial rates, and the one at which the warm-up begins.
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
        return cosine(1, self.floor, min((done - self.warmup) / (self.total - self.warmup), 1.0))


class CosineAnnealingLR(LRScheduler):
    """Changes the rates along a cosine, down to `eta_min` at `T_max` and up again.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", arXiv
    1608.03983, equation 5, without restarts.

    Parameters
    ----------
    T_max, eta_min
        Epochs until the smallest rate, and that rate.
    """

    T_max: Positive
    eta_min: float = 0.0

    def lowest(self) -> float:
        return self.eta_min

    def rate(self, index: int, done: float) -> float:
        return cosine(self.base_lrs[index], self.eta_min, done / self.T_max)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Decreases the rates along half a cosine, again and again.

    Source: Loshchilov and Hutter, arXiv 1608.03983, equation 5.

    Parameters
    ----------
    T_0, T_mult
        Epochs of the first period, and the factor from one period to the next.
    eta_min
        The smallest rate.
    """

    chains = False

    T_0: Size
    T_mult: Size = 1
    eta_min: float = 0.0

    def rate(self, index: int, done: float) -> float:
        length = self.T_0
        if self.T_mult == 1:
            done %= length
        while done >= length:
            done -= length
            length *= self.T_mult
        return cosine(self.base_lrs[index], self.eta_min, done / length)


class _MomentumCycle(LRScheduler):
    """A scheduler that can also change the momentum, or the first of `betas`."""

    chains = False

    cycle_momentum = True

    def _check_momentum(self) -> None:
        if self.cycle_momentum and not {"momentum", "betas"} & self.optimizer.defaults.keys():
            raise InputError(
                f"{type(self.optimizer).__name__} has neither momentum nor betas: pass "
                f"cycle_momentum=False"
            )

    def momentum(self, index: int, done: float) -> float:
        """Return the momentum of a group."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        if self.cycle_momentum:
            for index, group in enumerate(self.optimizer.param_groups):
                momentum = self.momentum(index, self.last_epoch)
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return super().get_lr()


class CyclicLR(_MomentumCycle):
    """Moves the rates linearly between two bounds, up and down.

    Source: Smith, "Cyclical learning rates for training neural networks", arXiv 1506.01186.

    Parameters
    ----------
    base_lr, max_lr
        Bounds, for all groups or for each.
    step_size_up, step_size_down
        Steps from the lower bound to the upper one, and back (None for as many).
    mode, gamma
        ``"triangular"``; ``"triangular2"``, which halves the amplitude each cycle; or
        ``"exp_range"``, which multiplies it by `gamma` each step.
    scale_fn, scale_mode
        A function that replaces `mode`: computes the factor on the amplitude from the number of
        the cycle, from 1 (``"cycle"``), or of steps (``"iterations"``).
    cycle_momentum, base_momentum, max_momentum
        Whether the momentum moves in the opposite direction, and its bounds.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: PerGroup,
        max_lr: PerGroup,
        step_size_up: float = 2000,
        step_size_down: float | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: PerGroup = 0.8,
        max_momentum: PerGroup = 0.9,
        last_epoch: float = -1,
    ) -> None:
        self.optimizer, self.cycle_momentum = optimizer, cycle_momentum
        self._check_momentum()
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise InputError(
                f"mode is {mode!r}: use 'triangular', 'triangular2', 'exp_range', or a scale_fn"
            )
        self.max_lrs = per_group("max_lr", max_lr, optimizer)
        self.base_momentums = per_group("base_momentum", base_momentum, optimizer)
        self.max_momentums = per_group("max_momentum", max_momentum, optimizer)
        self.total_size = step_size_up + (
            step_size_up if step_size_down is None else step_size_down
        )
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self.scale_fn, self.scale_mode = mode, gamma, scale_fn, scale_mode
        if last_epoch == -1:
            for group, rate in zip(
                optimizer.param_groups, per_group("base_lr", base_lr, optimizer), strict=True
            ):
                group["lr"] = group["initial_lr"] = rate
        super().__init__(optimizer, last_epoch=last_epoch)

    def _height(self, done: float) -> float:
        """Return the fraction of the way from the base to the maximum."""
        cycle = math.floor(1 + done / self.total_size)
        place = 1 + done / self.total_size - cycle
        is_rising = place <= self.step_ratio
        height = place / self.step_ratio if is_rising else (1 - place) / (1 - self.step_ratio)
        if self.scale_fn is not None:
            return height * self.scale_fn(cycle if self.scale_mode == "cycle" else done)
        if self.mode == "triangular2":
            return height / 2.0 ** (cycle - 1)
        return height * self.gamma**done if self.mode == "exp_range" else height

    def rate(self, index: int, done: float) -> float:
        base = self.base_lrs[index]
        return float(base + (self.max_lrs[index] - base) * self._height(done))

    def momentum(self, index: int, done: float) -> float:
        top, base = self.max_momentums[index], self.base_momentums[index]
        return float(top - (top - base) * self._height(done))


class OneCycleLR(_MomentumCycle):
    """Increases the rates from small ones to `max_lr`, then decreases them to almost 0.

    Source: Smith and Topin, "Super-convergence", arXiv 1708.07120.

    Parameters
    ----------
    max_lr
        The highest rate, for all groups or for each.
    total_steps, epochs, steps_per_epoch
        Steps of the cycle, or the two factors of their number.
    pct_start
        The fraction of the cycle in which the rates increase.
    anneal_strategy
        ``"cos"`` or ``"linear"``.
    cycle_momentum, base_momentum, max_momentum
        Whether the momentum moves in the opposite direction, and its bounds.
    div_factor, final_div_factor
        The first rate is ``max_lr / div_factor``; the last one is that divided by
        `final_div_factor`.
    three_phase
        Whether the rates decrease to the first one in as many steps as they increased, before they
        decrease to the last one.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: PerGroup,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: PerGroup = 0.85,
        max_momentum: PerGroup = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: float = -1,
    ) -> None:
        self.optimizer, self.cycle_momentum = optimizer, cycle_momentum
        self._check_momentum()
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise InputError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        within(0, 1, pct_start=pct_start)
        one_of(("cos", "linear"), anneal_strategy=anneal_strategy)
        self.total_steps, self.anneal_strategy = total_steps, anneal_strategy
        self.max_lrs = per_group("max_lr", max_lr, optimizer)
        self.base_momentums = per_group("base_momentum", base_momentum, optimizer)
        self.max_momentums = per_group("max_momentum", max_momentum, optimizer)
        self.final_div_factor = final_div_factor
        # The last step of each phase, and the heights of rate and momentum at its end: 0 is the
        # first rate, 1 the highest, -1 the last.
        top = pct_start * total_steps - 1
        self.phases = [(top, 1), (total_steps - 1, -1)]
        if three_phase:
            self.phases = [(top, 1), (2 * top, 0), (total_steps - 1, -1)]
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, self.max_lrs, strict=True):
                group["initial_lr"] = rate / div_factor
        super().__init__(optimizer, last_epoch=last_epoch)

    def _between(self, values: dict[int, float], done: float) -> float:
        """Return the value after `done` steps, from the values at the ends of phases."""
        first, start = 0.0, values[0]
        for last, height in self.phases:
            end = values[height]
            if done <= last:
                break
            first, start = last, end
        share = min((done - first) / (last - first), 1.0) if last > first else 1.0
        if self.anneal_strategy == "cos":
            return cosine(start, end, share)
        return start + (end - start) * share

    def rate(self, index: int, done: float) -> float:
        base = self.base_lrs[index]
        ends = {0: base, 1: self.max_lrs[index], -1: base / self.final_div_factor}
        return self._between(ends, done)

    def momentum(self, index: int, done: float) -> float:
        top, base = self.max_momentums[index], self.base_momentums[index]
        return self._between({0: top, 1: base, -1: top}, done)

    def step(self, epoch: float | None = None) -> None:
        """Proceed to the next step; raise InputError after the last one."""
        if epoch is None and self.last_epoch + 1 > self.total_steps:
            raise InputError(
                f"step {self.last_epoch + 1} of a cycle of {self.total_steps} steps: make "
                f"total_steps the number of calls of step()"
            )
        super().step(epoch)
