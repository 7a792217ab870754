"""The conformance suite: every op of the package passes opcheck.

It is generated from the registry: an op that is registered is tested.
"""

from __future__ import annotations

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


@pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
def test_op_conforms(op: tg.Op) -> None:
    opcheck(op)
