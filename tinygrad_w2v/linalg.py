"""Linear algebra under the names of ``torch.linalg``; see ``engine.surfaces``."""

from typing import Any

from numpy.linalg import LinAlgError

import tinygrad_w2v.ops  # noqa: F401  (registers the ops)
from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.engine import surfaces

__all__ = ["LinAlgError", *surfaces.expose("linalg", globals())]


def __getattr__(name: str) -> Any:
    raise missing_attribute(__name__, name)
