"""Schedulers made of other schedulers: one after another, or at the same time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.lr_scheduler.decay import ReduceLROnPlateau
from tinygrad_w2v.optim.lr_scheduler.scheduler import Ascending, LRScheduler
from tinygrad_w2v.optim.optimizer import Optimizer


class SequentialLR(LRScheduler):
    """Runs one scheduler after another, each counting from where it begins.

    Parameters
    ----------
    schedulers
        Created with the same optimizer.
    milestones
        Epochs at which the second, third, ... begin; one fewer than schedulers.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> from tinygrad_w2v.optim.lr_scheduler import LinearDecay, SequentialLR, StepLR
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> first, second = StepLR(optimizer, 1, 0.5), LinearDecay(optimizer, 10)
    >>> scheduler = SequentialLR(optimizer, [first, second], [3])
    >>> scheduler.advance(8)  # 5 of the 10 epochs of the linear decay
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    schedulers: Sequence[LRScheduler]
    milestones: Ascending

    def _check(self) -> None:
        _check_schedulers(self.schedulers, self.optimizer)
        if len(self.milestones) != len(self.schedulers) - 1:
            raise InputError(
                f"{len(self.schedulers)} schedulers and {len(self.milestones)} milestones: give "
                f"one milestone fewer than schedulers"
            )
        # Each scheduler set the rates to its own at 0 when it was created.
        for group, rate in zip(
            self.optimizer.param_groups, self.schedulers[0].base_lrs, strict=True
        ):
            group["lr"] = rate
        self._active = -1

    def get_lr(self) -> list[float]:
        before, self._active = self._active, bisect_right(self.milestones, self.last_epoch)
        scheduler = self.schedulers[self._active]
        begun = self.milestones[self._active - 1] if self._active else 0
        if self._active == before:
            scheduler.advance(self.last_epoch - begun - scheduler.last_epoch)
        else:
            scheduler.step(self.last_epoch - begun)
        return scheduler.get_last_lr()


class ChainedScheduler(LRScheduler):
    """Runs several schedulers at the same time; their factors multiply.

    Parameters
    ----------
    schedulers
        Created with the same optimizer.
    optimizer
        That of the schedulers, by default.
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self.schedulers = list(schedulers)
        _check_schedulers(self.schedulers, optimizer)
        super().__init__(self.schedulers[0].optimizer)

    def get_lr(self) -> list[float]:
        for scheduler in self.schedulers:
            scheduler.advance(self.last_epoch - scheduler.last_epoch)
        return self.schedulers[-1].get_last_lr()


def _check_schedulers(schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
    if not schedulers:
        raise InputError("schedulers is empty: give at least one")
    optimizer = optimizer or schedulers[0].optimizer
    for place, scheduler in enumerate(schedulers):
        if scheduler.optimizer is not optimizer:
            raise InputError(f"schedulers[{place}] is of another optimizer: use one for all")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise InputError(f"schedulers[{place}] needs measured values: call its step() yourself")
