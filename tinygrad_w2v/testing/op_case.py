"""What opcheck runs its checks on: an op with its samples, and one recorded call of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_w2v.engine.backward import grad
from tinygrad_w2v.engine.contract import check_count
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.checked_function import is_floating
from tinygrad_w2v.testing.repeatability import both_walks_agree


class SkippedError(Exception):
    """A check does not apply; the message is the reason."""


@dataclass
class OpCase:
    """An op, its samples, and the seed of all random numbers."""

    op: Op
    samples: list[Sample]
    seed: int
    notes: list[str] = field(default_factory=list)

    @property
    def rng(self) -> np.random.Generator:
        """A new generator."""
        return np.random.default_rng([self.seed, 4])

    def require_rules(self) -> None:
        """Skip an op without backward rules."""
        if not self.op.rules:
            raise SkippedError("the op has no backward rules")


def differentiable(op: Op, sample: Sample) -> list[int]:
    """Return the positions of the inputs that are floating and have a rule."""
    return [
        position
        for position, arg in enumerate(sample.args)
        if is_floating(arg) and op.inputs[0 if op.signature.variadic else position] in op.rules
    ]


class OpCall:
    """A recorded call of an op on a sample.

    `positions` are the inputs that require a gradient; they default to all differentiable ones.
    """

    def __init__(self, op: Op, sample: Sample, positions: Sequence[int] | None = None) -> None:
        self.op = op
        self.sample = sample
        self.positions = differentiable(op, sample) if positions is None else list(positions)
        self.tensors = [
            Tensor(arg, requires_grad=position in self.positions)
            for position, arg in enumerate(sample.args)
        ]
        self.out: Tensor = op(*self.tensors, **sample.attributes)

    @property
    def leaves(self) -> list[Tensor]:
        """The inputs that require a gradient."""
        return [self.tensors[position] for position in self.positions]

    def input_name(self, number: int) -> str:
        """Return the name of a leaf, by its number."""
        return self.op.signature.input_name(self.positions[number])

    def cotangent(self) -> Array:
        """Return a random gradient of the result, the same at every call."""
        rng = np.random.default_rng([0, 3])
        return np.asarray(rng.normal(size=self.out.shape)).astype(self.out.dtype)

    def gradients(self, cotangent: Array | None = None) -> Sequence[Any]:
        """Return the gradients of the leaves; none if the op has no rules."""
        if not self.out.requires_grad:
            return ()
        start = self.cotangent() if cotangent is None else cotangent
        return grad(self.out, self.leaves, start, retain_graph=True)

    def outcome(self, cotangent: Array | None = None) -> list[Array]:
        """Return the result and the dense gradients, which ``backward()`` must confirm."""
        if not self.out.requires_grad:
            return [array_of(self.out)]
        labels = [f"'{self.input_name(number)}'" for number in range(len(self.positions))]
        start = self.cotangent() if cotangent is None else cotangent
        found = both_walks_agree(self.out, self.leaves, start, labels)
        return [array_of(self.out), *map(array_of, found)]

    def outcome_name(self, place: int) -> str:
        """Return the name of an entry of :meth:`outcome`."""
        return f"the gradient of '{self.input_name(place - 1)}'" if place else "the result"

    def rule_results(self) -> list[tuple[str, Any]]:
        """Return the rules' own results by input, before the engine converts them."""
        node = self.out.node
        if node is None or node.saved is None:
            return []
        values = [_plain(value) for value in node.saved]
        found = []
        for function, needs, _, select, inputs, is_joint in node.plan.steps:
            returned = function(self.cotangent(), *needs, *select(values))
            gradients = check_count(self.op, returned, inputs) if is_joint else (returned,)
            for position, gradient in zip(inputs, gradients, strict=True):
                if gradient is not None and node.next_functions[position] is not None:
                    found.append((self.op.signature.input_name(position), gradient))
        return found

    def saved_arrays(self) -> list[Array]:
        """Return every array that the call saved for its rules."""
        node = self.out.node
        return [] if node is None or node.saved is None else list(_arrays(node.saved))


def is_usable(op: Op, sample: Sample) -> bool:
    """Whether the op accepts a derived sample and returns finite numbers."""
    try:
        out = op(*[Tensor(arg) for arg in sample.args], **sample.attributes)
    except (ValueError, IndexError, TypeError, ZeroDivisionError):
        return False
    values = array_of(out)
    return not is_floating(values) or bool(np.isfinite(values).all())


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return array_of(value)
    return [_plain(item) for item in value] if type(value) is list else value


def _arrays(value: Any) -> Any:
    if isinstance(value, Tensor):
        yield array_of(value)
    elif isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item)
