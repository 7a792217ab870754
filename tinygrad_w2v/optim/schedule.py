"""Learning rates that change while training."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.optimizer import Optimizer


class LinearDecay:
    """Lower every group's rate in a straight line to a fraction of where it began.

    Parameters
    ----------
    optimizer
        Whose groups' rates change.
    total
        Units of progress (steps, words, ...) at which the floor is reached.
    floor
        The fraction left at the end; 1e-4 in word2vec.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> optimizer = tg.optim.SGD([w], lr=0.5)
    >>> schedule = LinearDecay(optimizer, total=10)
    >>> schedule.step(5)
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    def __init__(self, optimizer: Optimizer, total: float, floor: float = 1e-4) -> None:
        if not total > 0:
            raise InputError(f"total is {total}: it must be above 0")
        self.optimizer = optimizer
        self.total = total
        self.floor = floor
        self.done = 0.0
        self.initial = [group["lr"] for group in optimizer.param_groups]

    def step(self, amount: float = 1) -> None:
        """Advance by some units and set the rates."""
        self.done += amount
        factor = max(self.floor, 1.0 - self.done / self.total)
        for group, initial in zip(self.optimizer.param_groups, self.initial, strict=True):
            group["lr"] = initial * factor

    def state_dict(self) -> dict[str, Any]:
        """Return how far it is."""
        return {"done": self.done, "initial": self.initial}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.done, self.initial = state["done"], list(state["initial"])
        self.step(0)
