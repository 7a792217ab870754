"""One call of an op on a sample: its result, its gradients, and what its rules really return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import check_count
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.engine.walk import grad
from tinygrad_w2v.testing.derive import is_float


def differentiable(op: Op, sample: Sample) -> list[int]:
    """Return the positions of the inputs that are floating and have a rule."""
    return [
        position
        for position, arg in enumerate(sample.args)
        if is_float(arg) and op.inputs[0 if op.signature.variadic else position] in op.rules
    ]


class OpCall:
    """A recorded call of an op on a sample.

    Attributes
    ----------
    positions
        Of the inputs that want a gradient.
    tensors
        All inputs.
    out
        The result.
    """

    def __init__(self, op: Op, sample: Sample) -> None:
        self.op = op
        self.sample = sample
        self.positions = differentiable(op, sample)
        self.tensors = [
            Tensor(arg, requires_grad=position in self.positions)
            for position, arg in enumerate(sample.args)
        ]
        self.out: Tensor = op(*self.tensors, **sample.attributes)

    @property
    def leaves(self) -> list[Tensor]:
        """The inputs that want a gradient."""
        return [self.tensors[position] for position in self.positions]

    def cotangent(self, seed: int = 0) -> Array:
        """Return a random gradient of the result."""
        rng = np.random.default_rng([seed, 3])
        return np.asarray(rng.normal(size=self.out.shape)).astype(self.out.dtype)

    def gradients(self, cotangent: Array | None = None) -> Sequence[Any]:
        """Return the gradients of the leaves; none if the op has no rules."""
        if not self.out.requires_grad:
            return ()
        start = self.cotangent() if cotangent is None else cotangent
        return grad(self.out, self.leaves, start, retain_graph=True)

    def outcome(self) -> list[Array]:
        """Return the result and the gradients, dense."""
        return [self.out.numpy(), *[np.asarray(g) for g in self.gradients()]]

    def raw_gradients(self) -> list[tuple[str, Any]]:
        """Return what the rules themselves return, before the engine makes it conform."""
        node = self.out.node
        if node is None or node.saved is None:
            return []
        values = [_plain(value) for value in node.saved]
        found = []
        for function, needs, places, inputs, is_joint in node.plan.steps:
            returned = function(self.cotangent(), *needs, *[values[place] for place in places])
            gradients = check_count(self.op, returned, inputs) if is_joint else (returned,)
            for position, gradient in zip(inputs, gradients, strict=True):
                if gradient is not None and node.inputs[position] is not None:
                    found.append((self.op.signature.input_name(position), gradient))
        return found

    def saved_arrays(self) -> list[Array]:
        """Return every array that the call kept for its rules."""
        node = self.out.node
        return [] if node is None or node.saved is None else list(_arrays(node.saved))


def is_usable(op: Op, sample: Sample) -> bool:
    """Whether the op accepts a derived sample and answers with finite numbers."""
    try:
        out = op(*[Tensor(arg) for arg in sample.args], **sample.attributes)
    except (ValueError, IndexError, TypeError, ZeroDivisionError):
        return False
    values = np.asarray(out)
    return not is_float(values) or bool(np.isfinite(values).all())


def naively_dense(gradient: RowSparse) -> Array:
    """Add up a RowSparse one row after the other."""
    dense = np.zeros(gradient.shape, gradient.dtype)
    np.add.at(dense, gradient.rows, np.asarray(gradient.values))
    return dense


def _plain(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.numpy()
    return [_plain(item) for item in value] if type(value) is list else value


def _arrays(value: Any) -> Any:
    if isinstance(value, Tensor):
        yield value.numpy()
    elif isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item)
