"""The conformance suite: every op of the package passes opcheck.

It is generated from the registry: an op that is registered is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import opcheck


def is_of_the_package(op: tg.Op) -> bool:
    """Whether an op comes from the package rather than from a test or an example of its docs."""
    makers = [op.forward, op.samples, *[rule.function for rule in op.rules.values()]]
    modules = [getattr(maker, "__module__", None) or "" for maker in makers]
    return not op.name.startswith("doc_") and any(
        module.startswith("tinygrad_w2v.") for module in modules
    )


OPS = {name: op for name, op in tg.registered_ops().items() if is_of_the_package(op)}
DIFFERENTIABLE = {name: op for name, op in OPS.items() if op.rules}

# --- for other suites over all ops --------------------------------------------------------------


def samples_of(op: tg.Op) -> list[tg.Sample]:
    assert op.samples is not None, f"{op.name} has no samples"
    return list(op.samples(np.random.default_rng(0)))


def wanted(op: tg.Op, sample: tg.Sample) -> list[int]:
    """Return the positions of the inputs that are floating and have a rule."""
    return [
        position
        for position, arg in enumerate(sample.args)
        if np.issubdtype(arg.dtype, np.floating)
        and op.inputs[0 if op.signature.variadic else position] in op.rules
    ]


def cast(array: Any, dtype: Any) -> Any:
    return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array


# --- conformance --------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
def test_op_conforms(op: tg.Op) -> None:
    opcheck(op)
