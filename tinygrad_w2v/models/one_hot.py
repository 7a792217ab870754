"""OneHotCBOW: the baseline, with products of one-hot vectors and whole tables."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.models.embedding_model import SoftmaxOutput
from tinygrad_w2v.nn import Module
from tinygrad_w2v.nn.init import Seed, uniform_
from tinygrad_w2v.nn.parameter import new_parameter


class InputLayer(Module):
    """The product of one-hot rows with a table: a slow way to gather its rows.

    Parameters
    ----------
    num_words, dim
        Sizes of the table, which is initialized uniformly within ±0.5/dim.
    rng
        Seed or Generator of the initial values.
    """

    def __init__(self, num_words: int, dim: int, rng: Seed = None) -> None:
        self.weight = new_parameter((num_words, dim), np.float32)
        uniform_(self.weight, -0.5 / dim, 0.5 / dim, rng)

    def forward(self, one_hot: TensorLike) -> Tensor:
        """Map (..., V) to (..., dim)."""
        rows: Tensor = one_hot @ self.weight
        return rows


class OneHotCBOW(Module):
    """CBOW as a two-layer network: one-hot × W_in, mean, W_out, softmax cross-entropy.

    The cost of each product, forward and backward, grows with the vocabulary. The parameters
    have the same names as those of ``CBOW(loss="softmax")``, which computes the same values.

    Parameters
    ----------
    num_words
        Size of the vocabulary, V.
    dim
        Size of the vectors.
    rng
        Seed or Generator of the initial values.
    """

    def __init__(self, num_words: int, dim: int = 100, *, rng: Seed = None) -> None:
        self.num_words = num_words
        self.input = InputLayer(num_words, dim, rng)
        self.output = SoftmaxOutput(dim, num_words)

    def forward(self, contexts: TensorLike, targets: TensorLike) -> Tensor:
        """Return the mean loss of contexts (B, C), word ids without padding, and targets (B,)."""
        one_hot = np.eye(self.num_words, dtype=np.float32)[np.asarray(contexts)]
        hidden = self.input(one_hot).mean(axis=1)
        loss: Tensor = self.output(hidden, targets)
        return loss

    def predictions(self, contexts: TensorLike, targets: TensorLike) -> int:
        """Return the number of words that a batch predicts."""
        return len(np.asarray(targets))

    @property
    def vectors(self) -> Array:
        """The word vectors, (V, dim)."""
        return self.input.weight.data
