"""L-BFGS: a quasi-Newton method for losses that a closure can evaluate repeatedly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, field
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor, enable_grad
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.optimizer import Optimizer

Tolerance: TypeAlias = Annotated[
    float, hp.Hyperparameter("Iteration ends below it.", hp.not_negative)
]
Count: TypeAlias = Annotated[int, hp.Hyperparameter("Limit of a step.", hp.not_negative)]

_SMALLEST_CURVATURE = 1e-10
_SUFFICIENT_DECREASE = 1e-4  # c₁ and c₂ of the strong Wolfe conditions
_CURVATURE = 0.9


class LBFGS(Optimizer, declared=True):
    """Quasi-Newton steps from a history of gradients.

    Source: Nocedal and Wright, "Numerical optimization", 2006, algorithm 7.4; the line search is
    algorithms 3.5 and 3.6 with the safeguards of Schmidt's minFunc, as in PyTorch.

    A step calls the closure several times, at most about `max_eval` times. All parameters must be
    in one group. The Trainer cannot use it.

    Parameters
    ----------
    params
        See :class:`Optimizer`.
    lr : default 1
        Initial step size of each iteration.
    max_iter : default 20
        Largest number of iterations in a step.
    max_eval : default None
        Largest number of evaluations in a step; ``max_iter * 1.25`` for None.
    tolerance_grad, tolerance_change : default 1e-7 and 1e-9
        A step ends if no gradient is larger than the first, or if neither the parameters nor the
        loss change by more than the second.
    history_size : default 100
        Number of earlier gradients.
    line_search_fn : default None
        ``"strong_wolfe"``, or None to use steps of size `lr`.
    """

    lr: hp.LearningRate = 1.0
    max_iter: Count = 20
    max_eval: int | None = None
    tolerance_grad: Tolerance = 1e-7
    tolerance_change: Tolerance = 1e-9
    history_size: Count = 100
    line_search_fn: Literal["strong_wolfe"] | None = None
    _: KW_ONLY
    maximize: hp.Maximize = field(default=False, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        (group, *others) = self.param_groups
        if others:
            raise InputError("LBFGS takes one parameter group: pass all parameters in one list")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise InputError(
                f"line_search_fn is {group['line_search_fn']!r}: use 'strong_wolfe' or None"
            )
        if group["max_eval"] is None:
            group["max_eval"] = self.defaults["max_eval"] = group["max_iter"] * 5 // 4

    def update(self, values: Any, gradient: Any, state: Any, group: Any) -> None:
        raise InputError("LBFGS evaluates the loss itself: call step(closure)")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make up to `max_iter` iterations; return the loss before them.

        Parameters
        ----------
        closure
            Sets the gradients to None, computes the loss, calls ``backward()`` and returns it.
        """
        if closure is None:
            raise InputError("LBFGS.step needs a closure that computes the loss again")
        group = self.param_groups[0]
        state = self.state[group["params"][0]]
        evaluations = 0

        def evaluate() -> tuple[Any, Array]:
            nonlocal evaluations
            evaluations += 1
            with enable_grad():
                loss = closure()
            return loss, self._gathered()

        first, gradient = evaluate()
        loss = float(first)
        if np.abs(gradient).max() > group["tolerance_grad"]:
            for iteration in range(1, group["max_iter"] + 1):
                direction = _direction(state, gradient, group["history_size"])
                size = group["lr"]
                if state["n_iter"] == 1:
                    size *= min(1.0, 1 / float(np.abs(gradient).sum()))
                before, slope = loss, float(gradient @ direction)
                state["prev_flat_grad"] = Tensor(gradient)
                state["prev_loss"] = loss
                if slope > -group["tolerance_change"]:
                    break
                if group["line_search_fn"]:
                    start = [parameter._data.copy() for parameter in group["params"]]

                    def at(size: float, start: Any = start, along: Array = direction) -> _Point:
                        self._move(size, along)
                        value, slopes = evaluate()
                        for parameter, values in zip(group["params"], start, strict=True):
                            parameter._data[...] = values
                        return _Point(size, float(value), slopes, float(slopes @ along))

                    left = group["max_eval"] - evaluations
                    origin = _Point(0.0, loss, gradient, slope)
                    found = _search(at, origin, size, direction, group["tolerance_change"], left)
                    size, loss, gradient = found.size, found.loss, found.gradient
                    self._move(size, direction)
                else:
                    self._move(size, direction)
                    if iteration < group["max_iter"]:  # the last one is evaluated by the next step
                        value, gradient = evaluate()
                        loss = float(value)
                state["d"], state["t"] = Tensor(direction), size
                if (
                    evaluations >= group["max_eval"]
                    or np.abs(gradient).max() <= group["tolerance_grad"]
                    or np.abs(direction * size).max() <= group["tolerance_change"]
                    or abs(loss - before) < group["tolerance_change"]
                ):
                    break
        state["func_evals"] = state.get("func_evals", 0) + evaluations
        return first

    def _gathered(self) -> Array:
        """Return all gradients as one vector."""
        parts = []
        for parameter in self.param_groups[0]["params"]:
            gradient = parameter.grad
            if isinstance(gradient, RowSparse):
                gradient = gradient.to_dense()
            values = np.zeros(parameter.shape) if gradient is None else np.asarray(gradient)
            parts.append(values.reshape(-1).astype(parameter.dtype, copy=False))
        return np.concatenate(parts)

    def _move(self, size: float, direction: Array) -> None:
        """Add ``size * direction`` to the parameters."""
        start = 0
        for parameter in self.param_groups[0]["params"]:
            end = start + parameter._data.size
            parameter._data += size * direction[start:end].reshape(parameter.shape)
            parameter.bump_version()
            start = end


def _direction(state: dict[str, Any], gradient: Array, history_size: int) -> Array:
    """Update the history with the last step and return the next direction."""
    state["n_iter"] = state.get("n_iter", 0) + 1
    if state["n_iter"] == 1:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
        return -gradient
    changes, steps, inverses = state["old_dirs"], state["old_stps"], state["ro"]
    change = gradient - state["prev_flat_grad"]._data
    step = state["d"]._data * state["t"]
    curvature = float(change @ step)
    if curvature > _SMALLEST_CURVATURE:
        if len(changes) == history_size:
            for history in (changes, steps, inverses):
                history.pop(0)
        changes.append(Tensor(change))
        steps.append(Tensor(step))
        inverses.append(1 / curvature)
        state["H_diag"] = curvature / float(change @ change)
    direction = -gradient
    shares = []
    for y, s, inverse in zip(reversed(changes), reversed(steps), reversed(inverses), strict=True):
        shares.append(inverse * float(s._data @ direction))
        direction -= shares[-1] * y._data
    direction *= state["H_diag"]
    for y, s, inverse in zip(changes, steps, inverses, strict=True):
        direction += s._data * (shares.pop() - inverse * float(y._data @ direction))
    return direction


class _Point(NamedTuple):
    """A point on the search line: step size, loss, gradient, slope along the line."""

    size: float
    loss: float
    gradient: Array
    slope: float


def _search(
    at: Callable[[float], _Point],
    origin: _Point,
    size: float,
    direction: Array,
    tolerance: float,
    most: int,
) -> _Point:
    """Return a point that satisfies the strong Wolfe conditions, or the best one found."""

    def is_too_high(point: _Point) -> bool:
        return point.loss > origin.loss + _SUFFICIENT_DECREASE * point.size * origin.slope

    def is_flat(point: _Point) -> bool:
        return abs(point.slope) <= -_CURVATURE * origin.slope

    # Increase the step until an interval must contain a point that satisfies the conditions.
    before, point = origin, at(size)
    count = 0
    while True:
        if count == most:
            before = origin
            break
        if is_too_high(point) or (count > 1 and point.loss >= before.loss):
            break
        if is_flat(point):
            return point
        if point.slope >= 0:
            break
        bounds = (point.size + 0.01 * (point.size - before.size), point.size * 10)
        size = _minimum(before, point, bounds)
        before, point = point, at(size)
        count += 1
    ends = [before, point]
    low, high = (0, 1) if before.loss <= point.loss else (1, 0)
    is_slow = False
    # Shrink the interval. Its low end has the lower loss and satisfies the first condition.
    while count < most:
        if abs(ends[1].size - ends[0].size) * float(np.abs(direction).max()) < tolerance:
            break
        first, last = sorted(end.size for end in ends)
        size = _minimum(ends[0], ends[1], (first, last))
        margin = 0.1 * (last - first)
        if min(last - size, size - first) < margin:
            if is_slow or size >= last or size <= first:
                size = last - margin if abs(size - last) < abs(size - first) else first + margin
                is_slow = False
            else:
                is_slow = True
        else:
            is_slow = False
        point = at(size)
        count += 1
        if is_too_high(point) or point.loss >= ends[low].loss:
            ends[high] = point
            low, high = (0, 1) if ends[0].loss <= ends[1].loss else (1, 0)
        else:
            if is_flat(point):
                return point
            if point.slope * (ends[high].size - ends[low].size) >= 0:
                ends[high] = ends[low]
            ends[low] = point
    return ends[low]


def _minimum(a: _Point, b: _Point, bounds: tuple[float, float]) -> float:
    """Return the minimum, within bounds, of the cubic through two points with their slopes."""
    if a.size > b.size:
        a, b = b, a
    mixed = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.size - b.size)
    square = mixed**2 - a.slope * b.slope
    if square < 0:
        return sum(bounds) / 2
    root = float(np.sqrt(square))
    width = b.size - a.size
    place = b.size - width * ((b.slope + root - mixed) / (b.slope - a.slope + 2 * root))
    return min(max(place, bounds[0]), bounds[1])
