"""Mutant: an op that is wrong on purpose, with a description and the expected verdict."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import OPS, register
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.testing import Verdict


@dataclass(frozen=True)
class Mutant:
    """An op that is wrong on purpose.

    Attributes
    ----------
    op
        Not in the registry; see :meth:`registered`.
    description
        The mistake, in one line.
    verdict
        The first verdict that opcheck must report.
    """

    op: Op
    description: str
    verdict: Verdict

    @property
    def name(self) -> str:
        return self.op.name

    @contextlib.contextmanager
    def registered(self) -> Iterator[Op]:
        """Register the op within a ``with`` block."""
        register(self.op)
        try:
            yield self.op
        finally:
            del OPS[self.op.name]


MUTANTS: dict[str, Mutant] = {}


def mutant(
    name: str,
    description: str,
    verdict: Verdict,
    forward: Callable[..., Any],
    *,
    samples: Callable[[np.random.Generator], list[Sample]],
    joint: tuple[str, ...] = (),
    rule: Callable[..., Any] | None = None,
    residuals: bool = False,
    order: int | None = None,
    broadcasts: bool = False,
    **rules: Callable[..., Any],
) -> Mutant:
    """Register a mutant: a forward, and a rule for each input or a joint `rule`."""
    op = Op(
        forward,
        name=f"mutant_{name}",
        inputs=tuple(rules),
        samples=samples,
        residuals=residuals,
        order=order,
        broadcasts=broadcasts,
    )
    for covered, function in rules.items():
        op.backward(covered)(function)
    if rule is not None:
        op.backward(*joint)(rule)
    assert name not in MUTANTS
    MUTANTS[name] = made = Mutant(op, description, verdict)
    return made


def values(*shapes: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Any:
    """Make samples of arrays of these shapes: uniform values, at least 0.05 away from 0."""

    def samples(rng: np.random.Generator) -> list[Sample]:
        arrays = [rng.uniform(low, high, shape) for shape in shapes]
        return [Sample(*[np.where(np.abs(a) < 0.05, a + 0.1, a) for a in arrays])]

    return samples


def fixed(*arrays: Any, **attributes: Any) -> Any:
    """Make one sample of the given arrays."""
    return lambda rng: [Sample(*[np.array(a) for a in arrays], **attributes)]
