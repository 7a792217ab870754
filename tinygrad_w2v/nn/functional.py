"""The ops as functions, under PyTorch's names: those of ``torch.nn.functional`` and of ``torch``.

The functions are those whose records name the surface ``F``; see ``engine.surfaces``. Axes are
called ``axis`` and ``keepdims``, as in NumPy, where PyTorch has ``dim`` and ``keepdim``.
"""

import tinygrad_w2v.ops  # noqa: F401  (registers the ops)
from tinygrad_w2v.engine import surfaces

__all__ = surfaces.expose("F", globals())
