"""Schedule: learning rates that change while training, as a factor on where each began."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.validation import above_zero, within


class Schedule(Configurable):
    """Sets every group's learning rate to its first one times :meth:`factor`.

    Subclasses define :meth:`factor`. Progress is counted in any unit: steps, epochs, words.

    Parameters
    ----------
    optimizer
        Whose groups' rates change; set to the factor at 0 at once.

    Attributes
    ----------
    done : float
        How far it is.
    initial : list of float
        The groups' rates at the start.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.done = 0.0
        self.initial = [float(group["lr"]) for group in optimizer.param_groups]
        self.step(0)

    def factor(self, done: float) -> float:
        """Return what the first rate is multiplied with after `done` units of progress."""
        raise NotImplementedError(f"{type(self).__name__} has no factor(): define it")

    def step(self, amount: float = 1) -> None:
        """Advance by some units and set the rates."""
        self.done += amount
        factor = self.factor(self.done)
        for group, initial in zip(self.optimizer.param_groups, self.initial, strict=True):
            group["lr"] = initial * factor

    def state_dict(self) -> dict[str, Any]:
        """Return how far it is, as plain data."""
        return {"done": self.done, "initial": list(self.initial)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        if len(state["initial"]) != len(self.optimizer.param_groups):
            raise InputError(
                f"the saved schedule is of {len(state['initial'])} parameter groups, the optimizer "
                f"has {len(self.optimizer.param_groups)}: build it as it was built before"
            )
        self.done, self.initial = state["done"], list(state["initial"])
        self.step(0)


class LinearDecay(Schedule):
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
        above_zero(total=total)
        within(0, 1, floor=floor)
        self.total = total
        self.floor = floor
        super().__init__(optimizer)

    def factor(self, done: float) -> float:
        """Return the fraction that is left, at least the floor."""
        return max(self.floor, 1.0 - done / self.total)
