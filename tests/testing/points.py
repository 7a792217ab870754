"""Makers of inputs for hard functions: each takes a generator and returns an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Points: TypeAlias = Callable[[np.random.Generator], Any]


def normal(*shape: int, scale: float = 1.0, offset: float = 0.0) -> Points:
    return lambda rng: offset + scale * rng.normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Points:
    return lambda rng: rng.uniform(low, high, shape)
