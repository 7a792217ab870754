"""tinygrad_w2v: a NumPy autograd engine small enough to read in an afternoon, and word2vec on it.

>>> import tinygrad_w2v as tg
>>> w = tg.tensor([1.0, 2.0], requires_grad=True)
>>> loss = (w * w).sum()
>>> loss.backward()
>>> w.grad
tensor([2., 4.])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import tinygrad_w2v.ops  # noqa: F401  (registers the ops and binds them to Tensor)
from tinygrad_w2v.engine import (
    Op,
    RowSparse,
    RuleError,
    Sample,
    Tensor,
    enable_grad,
    get_op,
    grad,
    is_grad_enabled,
    no_grad,
    op,
    registered_ops,
    tensor,
)

if TYPE_CHECKING:
    from tinygrad_w2v import data, models, nn, optim, testing, training, vectors

__version__ = "0.1.0"

_FLOORS = ("data", "models", "nn", "optim", "testing", "training", "vectors")


def __getattr__(name: str) -> Any:
    """Import a floor when it is first used, so that ``import tinygrad_w2v`` stays quick."""
    if name in _FLOORS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FLOORS})


__all__ = [
    "Op",
    "RowSparse",
    "RuleError",
    "Sample",
    "Tensor",
    "data",
    "enable_grad",
    "get_op",
    "grad",
    "is_grad_enabled",
    "models",
    "nn",
    "no_grad",
    "op",
    "optim",
    "registered_ops",
    "tensor",
    "testing",
    "training",
    "vectors",
]
