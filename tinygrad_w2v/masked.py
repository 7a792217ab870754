"""Reductions of masked values under the names of ``torch.masked``; see ``engine.surfaces``."""

import tinygrad_w2v.ops  # noqa: F401  (registers the ops)
from tinygrad_w2v.engine import surfaces

__all__ = surfaces.expose("masked", globals())
