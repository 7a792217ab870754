"""Makers of inputs for hard functions: each takes a generator and returns arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Points: TypeAlias = Callable[[np.random.Generator], Any]
Inputs: TypeAlias = Callable[[np.random.Generator], list[Any]]
Program: TypeAlias = "tuple[Callable[..., Any], Inputs]"


def normal(*shape: int, scale: float = 1.0, offset: float = 0.0) -> Points:
    return lambda rng: offset + scale * rng.normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Points:
    return lambda rng: rng.uniform(low, high, shape)


def normals(*shapes: tuple[int, ...], scale: float = 1.0, offset: float = 0.0) -> Inputs:
    return lambda rng: [offset + scale * rng.normal(size=shape) for shape in shapes]


def between(low: float, high: float, *shapes: tuple[int, ...]) -> Inputs:
    return lambda rng: [rng.uniform(low, high, shape) for shape in shapes]


def decades(low: int, high: int, *shapes: tuple[int, ...]) -> Inputs:
    """Make inputs of either sign whose magnitudes spread over decades."""
    return lambda rng: [
        rng.choice([-1, 1], shape) * 10 ** rng.uniform(low, high, shape) for shape in shapes
    ]
