"""LRScheduler, the base of all learning-rate schedulers, and LinearDecay, that of word2vec."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import Annotated, Any, ClassVar, TypeAlias

from typing_extensions import dataclass_transform

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.annotations import hints_of
from tinygrad_w2v.nn.layer import Fraction, Positive, check_of
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.optim.optimizer import Optimizer


def _check_ascending(**named: Any) -> None:
    for name, value in named.items():
        if not all(low < high for low, high in pairwise([0, *value])):
            raise InputError(f"{name} is {list(value)}: give numbers above 0 in ascending order")


Ascending: TypeAlias = Annotated[Sequence[float], _check_ascending]
"""Epochs that must be above 0 and ascend."""


@dataclass_transform(eq_default=False)
@dataclass(init=False, eq=False, repr=False)
class LRScheduler(Configurable):
    """Sets the learning rates of an optimizer's groups as a training proceeds.

    Subclasses define :meth:`factor`, :meth:`rate` or, as in PyTorch, :meth:`get_lr`. They are
    dataclasses without a decorator, unless they have a constructor; their fields are the arguments
    after `optimizer`, checked by their annotations as the settings of a :class:`nn.layer.Layer`.

    Progress is counted in epochs by :meth:`step`, or in any unit by :meth:`advance`: steps, words.

    Parameters
    ----------
    optimizer
        Its rates are set at once.
    last_epoch
        The last epoch of a training that is resumed; -1 to start. The groups then have
        ``"initial_lr"``, as restored by :meth:`Optimizer.load_state_dict`.

    Attributes
    ----------
    last_epoch : float
        The progress so far, 0 after construction.
    base_lrs : list of float
        The groups' initial rates.
    """

    chains: ClassVar[bool] = True
    """Whether a change of the rates by others (another scheduler, an assignment) is kept, as a
    factor; otherwise the next step overwrites it."""

    optimizer: Optimizer
    _: KW_ONLY
    last_epoch: float = -1

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if inspect.get_annotations(cls) and "__init__" not in vars(cls):
            dataclass(eq=False, repr=False)(cls)

    def __init__(self, optimizer: Optimizer, last_epoch: float = -1) -> None:
        self.optimizer, self.last_epoch = optimizer, last_epoch
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the arguments; set the first rates."""
        self._check_arguments()
        self._check()
        groups = self.optimizer.param_groups
        for number, group in enumerate(groups):
            if self.last_epoch != -1 and "initial_lr" not in group:
                raise InputError(
                    f"last_epoch is {self.last_epoch}, but group {number} of the optimizer has no "
                    f"'initial_lr': load the optimizer's state before, or leave last_epoch out"
                )
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [float(group["initial_lr"]) for group in groups]
        self._scales = [1.0] * len(groups)
        self._last_lr = list(self.base_lrs)
        if self.last_epoch != -1:
            self._last_lr = [self.rate(i, self.last_epoch) for i in range(len(groups))]
        self.advance(1)

    def _check_arguments(self) -> None:
        """Raise InputError for an argument out of range."""
        cls: Any = type(self)
        for name, hint in hints_of(cls, include_extras=True).items():
            if check := check_of(hint):
                check(**{name: getattr(self, name)})

    def _check(self) -> None:
        """Raise InputError for arguments that cannot be used together."""

    def factor(self, done: float) -> float:
        """Return the factor on the initial rates after `done` epochs."""
        raise NotImplementedError(
            f"{type(self).__name__} has no factor(), rate() or get_lr(): define one"
        )

    def rate(self, index: int, done: float) -> float:
        """Return the rate of a group after `done` epochs, without changes by others."""
        return self.base_lrs[index] * self.factor(done)

    def lowest(self) -> float:
        """Return the rate that is the origin of factors."""
        return 0.0

    def get_lr(self) -> list[float]:
        """Return the groups' rates at `last_epoch`; used by :meth:`step`."""
        rates = []
        origin = self.lowest()
        for index, group in enumerate(self.optimizer.param_groups):
            expected = self._last_lr[index] - origin
            if self.chains and expected and group["lr"] != self._last_lr[index]:
                self._scales[index] *= (group["lr"] - origin) / expected
            rate, scale = self.rate(index, self.last_epoch), self._scales[index]
            rates.append(rate if scale == 1 else origin + (rate - origin) * scale)
        return rates

    def get_last_lr(self) -> list[float]:
        """Return the rates that the last step has set."""
        return self._last_lr

    def advance(self, amount: float = 1) -> None:
        """Add an amount of progress and set the rates."""
        self.last_epoch += amount
        self._set_rates(self.get_lr())

    def step(self, epoch: float | None = None) -> None:
        """Proceed to the next epoch, or to the given one, and set the rates.

        Changes of the rates by others are discarded if `epoch` is given.
        """
        if epoch is None:
            self.advance(1)
            return
        self._scales = [1.0] * len(self.base_lrs)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]
        self.last_epoch = epoch
        self._set_rates(self.get_lr())

    def _set_rates(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = list(rates)

    def state_dict(self) -> dict[str, Any]:
        """Return all attributes but the optimizer and functions, as plain data."""
        return {
            name: [s.state_dict() for s in value] if name == "schedulers" else value
            for name, value in vars(self).items()
            if name != "optimizer" and not callable(value) and not _are_functions(value)
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned, and set the rates."""
        if len(state_dict["_last_lr"]) != len(self.optimizer.param_groups):
            raise InputError(
                f"the saved scheduler is of {len(state_dict['_last_lr'])} parameter groups, the "
                f"optimizer has {len(self.optimizer.param_groups)}: build it as it was built before"
            )
        for name, value in state_dict.items():
            if name == "schedulers":
                for scheduler, state in zip(self.schedulers, value, strict=True):  # type: ignore[attr-defined]
                    scheduler.load_state_dict(state)
            else:
                setattr(self, name, value)
        self._check_arguments()
        self._set_rates(self._last_lr)


def _are_functions(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(map(callable, value))


class LinearDecay(LRScheduler):
    """Decreases the rates by ``1 / total`` of the initial ones, down to a floor.

    Word2vec uses it, with a floor of 1e-4. ``LinearLR(optimizer, 1, floor, total)`` decreases more
    slowly and reaches the floor at `total`.

    Parameters
    ----------
    total, floor
        Progress (steps, words, ...) at which a rate of 0 would be reached, and the smallest
        fraction of the initial rates.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> optimizer = tg.optim.SGD([tg.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> scheduler = LinearDecay(optimizer, total=10)
    >>> scheduler.advance(5)
    >>> optimizer.param_groups[0]["lr"]
    0.25
    """

    total: Positive
    floor: Fraction = 1e-4

    def factor(self, done: float) -> float:
        return max(self.floor, 1.0 - done / self.total)
