"""The accelerator and the reference agree to the bit: every op, sample and choice of gradients."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.test_conformance import OPS, samples_of, wanted
from tinygrad_w2v.engine import unrolled


def cases() -> Iterator[Any]:
    for op in OPS.values():
        for number, sample in enumerate(samples_of(op)):
            positions = wanted(op, sample)
            for size in range(len(positions) + 1):
                for chosen in itertools.combinations(positions, size):
                    label = ".".join(map(str, chosen)) or "none"
                    yield pytest.param(op, sample, chosen, id=f"{op.name}-{number}-{label}")


def exact(value: Any) -> Any:
    """Return a value in a form in which equal means equal to the bit."""
    if isinstance(value, tg.Tensor):
        return ("Tensor", exact(value.detach().numpy()))
    if isinstance(value, tg.RowSparse):
        return ("RowSparse", exact(value.rows), exact(value.values), value.shape)
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, np.ascontiguousarray(value).tobytes())
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return (type(value).__name__, *map(exact, value))
    return (type(value).__name__, repr(value))


def outcome(op: tg.Op, sample: tg.Sample, chosen: tuple[int, ...]) -> dict[str, Any]:
    """Return all that a call and its backward passes compute and record."""
    inputs = [
        tg.Tensor(arg.copy(), requires_grad=position in chosen)
        for position, arg in enumerate(sample.args)
    ]
    out = op(*inputs, **sample.attributes)
    seen = {"result": exact(out), "requires_grad": out.requires_grad}
    node = out.node
    if node is None:
        return seen
    edges = [None if e is None else [e is tensor for tensor in inputs] for e in node.next_functions]
    seen |= {
        "names": node.plan.names,
        "edges": edges,
        "saved": exact(node.saved),
        "call": exact(node.call),
        "version": node.version,
        "shape and dtype": (node.shape, node.dtype),
    }
    cotangent = np.random.default_rng(1).normal(size=out.shape).astype(out.dtype)
    leaves = [inputs[position] for position in chosen]
    out.backward(cotangent, retain_graph=True)
    seen["backward"] = exact([leaf.grad for leaf in leaves])
    seen["grad"] = exact(tg.grad(out, leaves, cotangent, retain_graph=True))
    if op.order is None:
        seen["create_graph"] = exact(tg.grad(out, leaves, cotangent, create_graph=True))
    return seen


@pytest.mark.parametrize(("op", "sample", "chosen"), list(cases()))
def test_same_results_saved_values_and_gradients(
    op: tg.Op, sample: tg.Sample, chosen: tuple[int, ...]
) -> None:
    unrolled.install()
    with unrolled.disabled():
        reference = outcome(op, sample, chosen)
    accelerated = outcome(op, sample, chosen)
    assert accelerated.keys() == reference.keys()
    for name, value in reference.items():
        assert accelerated[name] == value, name


def test_some_case_is_recorded_by_each_form() -> None:
    x = tg.tensor([1.0], requires_grad=True)
    unrolled.install()
    assert type((x * x).node).__name__ == "PackedNode"
    with unrolled.disabled():
        assert type((x * x).node) is tg.engine.Node
