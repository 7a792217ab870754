"""Embedding and EmbeddingBag: tables of vectors read by index."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import new_parameter
from tinygrad_w2v.validation import above_zero, at_least, one_of


class Embedding(Module):
    """A table of vectors, read by index; its gradient is row-sparse.

    Parameters
    ----------
    num_embeddings, embedding_dim
        Rows and columns of the table.
    scale
        Initial values are uniform in ±scale. None: 0.5 / embedding_dim, as in word2vec.
    rng
        Seed or Generator of the initial values.
    dtype
        Of the table.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> nn.Embedding(7, 3)([[1, 0], [3, 0]]).shape
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        scale: float | None = None,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if scale is not None:
            above_zero(scale=scale)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        bound = 0.5 / embedding_dim if scale is None else scale
        self.weight = new_parameter((num_embeddings, embedding_dim), dtype)
        init.uniform_(self.weight, -bound, bound, rng)

    def forward(self, indices: TensorLike) -> Tensor:
        """Return the rows at `indices`, (...) → (..., embedding_dim)."""
        rows: Tensor = F.embedding(self.weight, indices)
        return rows

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.num_embeddings}, {self.embedding_dim}"


class EmbeddingBag(Embedding):
    """A table of vectors, reduced over bags of indices to their mean, sum or maximum.

    Parameters
    ----------
    num_embeddings, embedding_dim, scale, rng, dtype
        As for :class:`Embedding`.
    mode
        ``"mean"``, ``"sum"`` or ``"max"``.
    padding_idx
        The index that pads bags and represents no member.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        mode: Literal["mean", "sum", "max"] = "mean",
        padding_idx: int = -1,
        scale: float | None = None,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, scale=scale, rng=rng, dtype=dtype)
        one_of(("mean", "sum", "max"), mode=mode)
        self.mode = mode
        self.padding_idx = padding_idx

    def forward(self, indices: TensorLike) -> Tensor:
        """Return a vector for each bag, (B, N) → (B, embedding_dim)."""
        bags: Tensor = F.embedding_bag(
            self.weight, indices, mode=self.mode, padding_idx=self.padding_idx
        )
        return bags

    def extra_repr(self) -> str:
        """Return the sizes and the mode."""
        return f"{super().extra_repr()}, mode={self.mode!r}"
