"""Results of methods that return several tensors, as named tuples.

They stand below the ops so that the stub of Tensor's methods can name them.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Extremum(NamedTuple):
    """The result of ``max`` and ``min`` along an axis."""

    values: Any
    indices: Any


class Extremes(NamedTuple):
    """The result of ``aminmax``."""

    min: Any
    max: Any


class QR(NamedTuple):
    """The result of ``qr``."""

    Q: Any
    R: Any


class SVD(NamedTuple):
    """The result of ``torch.svd``."""

    U: Any
    S: Any
    V: Any
