"""Attention: mixing values by how well their keys answer queries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.linear import Linear
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.validation import at_least, within


class MultiheadAttention(Module):
    """Scaled dot-product attention of several heads.

    Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762, section 3.2. Parameters
    have PyTorch's names and shapes.

    Parameters
    ----------
    embed_dim
        Size of queries, keys, values and outputs.
    num_heads
        Into how many parts it is cut; a divisor of it.
    dropout
        Of the attention weights, while training.
    bias
        Whether the projections add a bias.
    batch_first
        The arrays are (batch, time, size), not (time, batch, size).
    rng
        Seed or Generator, of the initial values and the dropout.
    dtype
        Of the parameters.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        batch_first: bool = False,
        *,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, embed_dim=embed_dim, num_heads=num_heads)
        within(0, 1, dropout=dropout)
        if embed_dim % num_heads:
            raise InputError(f"num_heads is {num_heads}: it must divide embed_dim, {embed_dim}")
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.rng = np.random.default_rng(rng)
        self.in_proj_weight = Parameter(np.empty((3 * embed_dim, embed_dim), dtype))
        init.xavier_uniform_(self.in_proj_weight, rng=self.rng)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, dtype)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=self.rng, dtype=dtype)
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
        """Attend.

        Parameters
        ----------
        query : (T, N, E)
        key, value : (S, N, E)
            (N, T, E) and (N, S, E) with `batch_first`.
        key_padding_mask : (N, S) booleans
            True where a key is padding and not to be attended to.
        need_weights
            Whether to return the weights.
        attn_mask : (T, S), or (N · heads, T, S)
            True where a query must not attend to a key; or floating values to add to the scores.

        Returns
        -------
        output
            In the query's shape.
        weights : (N, T, S) or None
            The mean of the heads' weights.
        """
        order = (0, 1, 2) if self.batch_first else (1, 0, 2)
        parts: list[Any] = []
        weights = F.chunk(self.in_proj_weight, 3)
        biases = [None] * 3 if self.in_proj_bias is None else F.chunk(self.in_proj_bias, 3)
        for given, weight, bias in zip((query, key, value), weights, biases, strict=True):
            array: Any = given if isinstance(given, Tensor) else np.asarray(given)
            projected = np.transpose(array, order) @ weight.T
            parts.append(self._heads(projected if bias is None else projected + bias))
        q, k, v = parts
        scores = (q * (1.0 / math.sqrt(q.shape[-1]))) @ np.swapaxes(k, -1, -2)
        scores = self._masked(scores, key_padding_mask, attn_mask)
        attention = F.softmax(scores, axis=-1)
        dropped = F.dropout(attention, self.dropout, self.training, self.rng)
        mixed = np.transpose(dropped @ v, (0, 2, 1, 3))
        joined = np.reshape(mixed, (*mixed.shape[:2], self.embed_dim))
        together: Any = self.out_proj(joined)
        output: Any = np.transpose(together, order)
        return output, np.mean(attention, axis=1) if need_weights else None

    def _heads(self, x: Any) -> Any:
        """Cut (N, T, E) into (N, heads, T, E / heads)."""
        cut = np.reshape(x, (*x.shape[:2], self.num_heads, self.embed_dim // self.num_heads))
        return np.transpose(cut, (0, 2, 1, 3))

    def _masked(self, scores: Any, padding: TensorLike | None, mask: TensorLike | None) -> Any:
        if mask is not None:
            given = np.asarray(mask)
            if given.ndim == 3:
                given = given.reshape(scores.shape)
            scores = scores + _as_addend(given, scores.dtype)
        if padding is not None:
            scores = scores + _as_addend(np.asarray(padding)[:, None, None, :], scores.dtype)
        return scores

    def get_extra_state(self) -> Any:
        """Return where the random numbers of the dropout are."""
        return self.rng.bit_generator.state if self.dropout else None

    def set_extra_state(self, state: Any) -> None:
        """Go on with the random numbers from there."""
        self.rng.bit_generator.state = state

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.embed_dim}, num_heads={self.num_heads}"


def _as_addend(mask: Any, dtype: Any) -> Any:
    """Return what to add to scores: minus infinity where a boolean mask is true."""
    if mask.dtype != bool:
        return mask.astype(dtype)
    return np.where(mask, -np.inf, 0.0).astype(dtype)
