"""Embedding and EmbeddingBag: tables of vectors read by index."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Any, Literal

import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed, uniform_parameter
from tinygrad_w2v.nn.layer import Initialized, Size
from tinygrad_w2v.validation import above_zero


class Embedding(Initialized, declared=True):
    """A table of vectors, read by index; its gradient is row-sparse.

    Parameters
    ----------
    num_embeddings, embedding_dim
        Rows and columns of the table.
    scale
        Initial values are uniform in ±scale. None: 0.5 / embedding_dim, as in word2vec.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> nn.Embedding(7, 3)([[1, 0], [3, 0]]).shape
    (2, 2, 3)
    """

    num_embeddings: Size
    embedding_dim: Size
    _: KW_ONLY
    scale: float | None = None

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        if self.scale is not None:
            above_zero(scale=self.scale)
        bound = 0.5 / self.embedding_dim if self.scale is None else self.scale
        shape = self.num_embeddings, self.embedding_dim
        self.weight = uniform_parameter(shape, bound, rng, dtype)

    def forward(self, indices: TensorLike) -> Any:
        """Return the rows at `indices`, (...) → (..., embedding_dim)."""
        return F.embedding(self.weight, indices)


class EmbeddingBag(Embedding, declared=True):
    """A table of vectors, reduced over bags of indices to their mean, sum or maximum.

    Parameters
    ----------
    mode
        ``"mean"``, ``"sum"`` or ``"max"``.
    padding_idx
        The index that pads bags and represents no member.
    """

    _: KW_ONLY
    mode: Literal["mean", "sum", "max"] = "mean"
    padding_idx: int = -1

    def forward(self, indices: TensorLike) -> Any:
        """Return a vector for each bag, (B, N) → (B, embedding_dim)."""
        return F.embedding_bag(self.weight, indices, mode=self.mode, padding_idx=self.padding_idx)
