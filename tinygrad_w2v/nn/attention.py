"""Multi-head attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Fraction, Initialized, Size
from tinygrad_w2v.nn.linear import Linear
from tinygrad_w2v.nn.parameter import new_parameter
from tinygrad_w2v.random.distributions import source_of


class MultiheadAttention(Stochastic, Initialized, declared=True):
    """Scaled dot-product attention, ``softmax(Q · Kᵀ / √d) · V`` in several heads of size d.

    Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762, section 3.2. Parameters
    have PyTorch's names and shapes.

    Parameters
    ----------
    embed_dim
        Size of queries, keys, values and outputs.
    num_heads
        Number of heads; it must divide `embed_dim`.
    dropout
        Probability of dropout of the attention weights.
    bias
        Whether the projections add a bias.
    batch_first
        Whether arrays are (N, T, E) instead of (T, N, E).
    rng
        Seed or Generator of the initial values and the dropout.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros((5, 2, 8), np.float32)
    >>> output, weights = MultiheadAttention(8, num_heads=2)(x, x, x)
    >>> output.shape, weights.shape
    ((5, 2, 8), (2, 5, 5))
    """

    embed_dim: Size
    num_heads: Size
    dropout: Fraction = 0.0
    bias: bool = True
    batch_first: bool = False

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        if self.embed_dim % self.num_heads:
            raise InputError(
                f"num_heads is {self.num_heads}: it must divide embed_dim, {self.embed_dim}"
            )
        size, self.rng = self.embed_dim, None if rng is None else source_of(rng)
        self.in_proj_weight = new_parameter((3 * size, size), dtype)
        self.in_proj_bias = new_parameter((3 * size,), dtype, 0) if self.bias else None
        self.out_proj = Linear(size, size, self.bias, rng=self.rng, dtype=dtype)
        init.xavier_uniform_(self.in_proj_weight, generator=self.rng)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: TensorLike,
        key: TensorLike,
        value: TensorLike,
        key_padding_mask: TensorLike | None = None,
        need_weights: bool = True,
        attn_mask: TensorLike | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Compute attention.

        Parameters
        ----------
        query : (T, N, E)
        key, value : (S, N, E)
            (N, T, E) and (N, S, E) with `batch_first`.
        key_padding_mask : (N, S) booleans
            True where a key is padding and must not be attended to.
        need_weights
            Whether to return the weights.
        attn_mask : (T, S), or (N · heads, T, S)
            Booleans, True where a query must not attend to a key; or numbers added to the scores.

        Returns
        -------
        output : (T, N, E)
            In the shape of the query.
        weights : (N, T, S) or None
            Weights averaged over the heads.
        """
        order = (0, 1, 2) if self.batch_first else (1, 0, 2)
        weights = F.chunk(self.in_proj_weight, 3)
        biases = [None] * 3 if self.in_proj_bias is None else F.chunk(self.in_proj_bias, 3)
        projections: list[Any] = []
        for x, weight, bias in zip((query, key, value), weights, biases, strict=True):
            projected = np.transpose(operand(x), order) @ weight.T
            projections.append(self._heads(projected if bias is None else projected + bias))
        q, k, v = projections
        scores = (q * (1.0 / math.sqrt(q.shape[-1]))) @ np.swapaxes(k, -1, -2)
        if attn_mask is not None:
            mask = np.asarray(attn_mask)
            mask = mask.reshape(scores.shape) if mask.ndim == 3 else mask
            scores = scores + _additive_mask(mask, scores.dtype)
        if key_padding_mask is not None:
            padding = np.asarray(key_padding_mask)[:, None, None, :]
            scores = scores + _additive_mask(padding, scores.dtype)
        attention = F.softmax(scores, axis=-1)
        dropped = F.dropout(attention, self.dropout, self.training, rng=self.rng)
        mixed = np.transpose(dropped @ v, (0, 2, 1, 3))
        joined = np.reshape(mixed, (*mixed.shape[:2], self.embed_dim))
        output: Any = np.transpose(self.out_proj(joined), order)
        return output, np.mean(attention, axis=1) if need_weights else None

    def _heads(self, x: Any) -> Any:
        """Split (N, T, E) into (N, heads, T, E / heads)."""
        split = np.reshape(x, (*x.shape[:2], self.num_heads, self.embed_dim // self.num_heads))
        return np.transpose(split, (0, 2, 1, 3))


def _additive_mask(mask: Any, dtype: Any) -> Any:
    """Return the mask to add to scores: minus infinity where a boolean mask is True."""
    if mask.dtype != bool:
        return mask.astype(dtype)
    return np.where(mask, -np.inf, 0.0).astype(dtype)
