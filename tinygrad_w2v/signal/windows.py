"""Windows under the names of ``torch.signal.windows``; see ``engine.surfaces``."""

import tinygrad_w2v.ops  # noqa: F401  (registers the ops)
from tinygrad_w2v.engine import surfaces

__all__ = surfaces.expose("windows", globals())
