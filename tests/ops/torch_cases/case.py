"""One comparison with PyTorch, and the arrays that many of them use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_w2v as tg

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(20)


class Case(NamedTuple):
    """One comparison: the ops it stands for, the two functions, and the arrays for both.

    `saves_more` is the reason, where our graph is known to keep more alive than PyTorch's.
    """

    ops: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    args: tuple[Any, ...]
    saves_more: str = ""


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def positive(*shape: int) -> Any:
    return RNG.uniform(0.3, 2.0, shape)


def inside(*shape: int) -> Any:
    return RNG.uniform(-0.8, 0.8, shape)


def unary(ours: str, theirs: str | None = None, make: Any = normal) -> Case:
    name = theirs or ours
    function = getattr(torch, name) if hasattr(torch, name) else getattr(torch.nn.functional, name)
    return Case(ours, tg.get_op(ours), function, (make(3, 4),))


X = normal(3, 4)
INTEGERS = np.array([[0, 2], [1, 1], [2, 0]])
CUBE = normal(2, 3, 4)
SPD = (lambda root: root @ root.T + np.eye(3))(normal(3, 3))
TIES = np.array([[1.0, 3.0, 3.0, -2.0], [-2.0, 0.5, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]])
ZEROS = np.array([[0.0, 2.0, -3.0], [0.0, 0.0, 1.5], [0.5, 2.0, 4.0]])
TARGETS = np.array([2, 0, 3])
IGNORING = np.array([2, -100, 3])
CLASS_WEIGHT = np.array([0.5, 1.0, 2.0, 3.0])
PROBS = RNG.uniform(0.05, 0.95, (3, 4))
SOFT = RNG.dirichlet(np.ones(4), 3)
TABLE = RNG.permutation(18).reshape(6, 3) / 4 - 2.0
INDICES = np.array([[1, 5, 1], [0, 2, 2]])
BAG = np.array([0, 4, 1, 1, 3])
OFFSETS = np.array([0, 3, 3])
IMAGE = normal(2, 4, 5, 6)
SEQUENCE = normal(2, 4, 7)


def as_torch(weight: Any, like: Any) -> Any:
    return torch.as_tensor(weight, dtype=like.dtype)
