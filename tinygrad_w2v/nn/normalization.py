"""LayerNorm and Dropout: what keeps values and networks in bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.validation import above_zero, at_least, within


class LayerNorm(Module):
    """Standardise over the last axes, then scale and shift.

    Source: Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450.

    Parameters
    ----------
    normalized_shape
        The sizes of the last axes.
    eps
        Added to the variance.
    elementwise_affine
        Whether to scale by `weight` and shift by `bias`, which start as ones and zeros.
    bias
        Whether to shift.
    dtype
        Of the parameters.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        is_many = isinstance(normalized_shape, list | tuple)
        shape: Any = tuple(normalized_shape) if is_many else (normalized_shape,)  # type: ignore[arg-type]
        if not shape:
            raise InputError("normalized_shape is empty: give the sizes of the last axes")
        for size in shape:
            at_least(1, normalized_shape=size)
        above_zero(eps=eps)
        self.normalized_shape: tuple[int, ...] = shape
        self.eps = eps
        self.weight = Parameter(np.ones(shape, dtype)) if elementwise_affine else None
        has_bias = elementwise_affine and bias
        self.bias = Parameter(np.zeros(shape, dtype)) if has_bias else None

    def forward(self, x: TensorLike) -> Any:
        """Normalise (..., *normalized_shape)."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.normalized_shape}, eps={self.eps:g}"


class Dropout(Module):
    """Zero numbers at random while training, and scale the others up to make up for it.

    Source: Srivastava et al., "Dropout", JMLR 15, 2014.

    Parameters
    ----------
    p
        The probability of each number to be zeroed.
    rng
        Seed or Generator. Where it is belongs to the extra state, not to the spec.
    """

    def __init__(self, p: float = 0.5, *, rng: Seed = None) -> None:
        within(0, 1, p=p)
        self.p = p
        self.rng = np.random.default_rng(rng)

    def forward(self, x: TensorLike) -> Any:
        """Drop numbers of `x`; in eval mode return it as it is."""
        return F.dropout(x, self.p, self.training, self.rng)

    def get_extra_state(self) -> Any:
        """Return where the random numbers are."""
        return self.rng.bit_generator.state

    def set_extra_state(self, state: Any) -> None:
        """Go on with the random numbers from there."""
        self.rng.bit_generator.state = state

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p:g}"
