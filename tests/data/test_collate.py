"""default_collate: types and structures of batches."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.data import default_collate, default_convert


class Point(NamedTuple):
    x: Any
    y: Any


# Batches made of `p`, a package with PyTorch's names.
BATCHES = {
    "tensors": lambda p: [p.ones(2), p.zeros(2)],
    "scalars": lambda p: [p.tensor(1), p.tensor(2)],
    "arrays": lambda p: [np.ones(2, np.float32), np.zeros(2, np.float32)],
    "numpy scalars": lambda p: [np.float32(1), np.float32(2)],
    "floats": lambda p: [1.5, 2.5],
    "integers": lambda p: [1, 2],
    "booleans": lambda p: [True, False],
    "strings": lambda p: ["a", "b"],
    "bytes": lambda p: (b"a", b"b"),
    "tuples": lambda p: [(p.ones(1), 1), (p.ones(1), 2)],
    "lists": lambda p: [[1, 2.0], [3, 4.0]],
    "dicts": lambda p: [{"a": 1, "b": [1.0]}, {"a": 2, "b": [2.0]}],
    "ordered": lambda p: [OrderedDict(a=1), OrderedDict(a=2)],
    "named tuples": lambda p: [Point(1, 2.0), Point(3, 4.0)],
}


def described(value: Any) -> Any:
    """Return a value as plain data, with the types of its containers and the dtypes of tensors."""
    if hasattr(value, "dtype"):
        return str(value.dtype).replace("torch.", ""), value.tolist()
    if isinstance(value, dict):
        return type(value), {key: described(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value), [described(item) for item in value]
    return value


@pytest.mark.parametrize("name", BATCHES)
def test_batch_matches_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (BATCHES[name](package) for package in (tg, torch))
    expected = described(torch.utils.data.default_collate(theirs))
    if name == "bytes":  # PyTorch returns the tuple that it got
        expected = (list, expected[1])
    assert described(default_collate(ours)) == expected


def test_gradients_flow_through_batch() -> None:
    w = tg.ones(2, requires_grad=True)
    default_collate([w, w * 2]).sum().backward()
    assert w.grad is not None
    assert w.grad.tolist() == [3.0, 3.0]


def test_unequal_items_are_refused() -> None:
    with pytest.raises(RuntimeError, match=r"found \(2,\) at item 0 and \(3,\) at item 1: pass a"):
        default_collate([tg.ones(2), tg.ones(3)])
    with pytest.raises(RuntimeError, match=r"lengths, found 1 at item 0 and 2 at item 1: pass"):
        default_collate([[1], [1, 2]])
    with pytest.raises(TypeError, match="a batch has items of type object: default_collate takes"):
        default_collate([object()])


def test_convert_keeps_structure() -> None:
    x, name, inner = default_convert((np.ones(2), "a", {"b": np.float32(2)}))
    assert described(x) == ("float64", [1.0, 1.0])
    assert name == "a"
    assert described(inner["b"]) == ("float32", 2.0)
