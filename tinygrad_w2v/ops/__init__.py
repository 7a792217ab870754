"""The ops: one file a family; a record holds an op's forward, rules, names and sample calls.

Importing this package registers the ops. Each is an attribute of it under its own name.
"""

from tinygrad_w2v.engine import surfaces
from tinygrad_w2v.ops import (  # noqa: F401  (registers the ops)
    activation,
    arithmetic,
    context_window,
    convolution,
    cross_entropy,
    diagonal,
    dropout,
    einsum,
    embedding,
    embedding_bag,
    error_function,
    extremum,
    gathering,
    indexing,
    joining,
    linalg,
    logic,
    loss,
    negative_sampling,
    normalization,
    reduction,
    shape,
    skip_gram,
    transcendental,
    values,
)

__all__ = surfaces.expose("ops", globals())
