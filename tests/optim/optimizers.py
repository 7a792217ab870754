"""The optimizers that the tests share, and their settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v import RowSparse, optim

ALL: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1},
    "Adagrad": {"lr": 0.1},
    "RMSprop": {"lr": 0.01},
    "Adam": {"lr": 0.05},
    "AdamW": {"lr": 0.05},
    "Adamax": {"lr": 0.05},
    "NAdam": {"lr": 0.05},
    "Lion": {"lr": 0.01},
    "RAdam": {"lr": 0.05},
    "Adadelta": {"lr": 1.0},
    "ASGD": {"lr": 0.1, "lambd": 0.0},
    "Rprop": {"lr": 0.01},
}

EXACT: list[tuple[str, dict[str, Any]]] = [
    *ALL.items(),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "clip_row": 0.05}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "clip_row": 0.05}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "rowwise": True}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1}),
    ("Lion", {"lr": 0.01, "weight_decay": 0.1}),
]
LAZY = [(name, s) for name, s in ALL.items() if name not in ("SGD", "Adagrad", "AdamW")]
LAZY.append(("AdamW", {"lr": 0.05, "weight_decay": 0.0}))


def row_sparse(rng: np.random.Generator, rows: int = 4, height: int = 7) -> RowSparse:
    return RowSparse(rng.integers(height, size=rows), rng.normal(size=(rows, 3)), (height, 3))


def make(name: str, parameter: Any, **settings: Any) -> optim.Optimizer:
    made: optim.Optimizer = getattr(optim, name)([parameter], **settings)
    return made
