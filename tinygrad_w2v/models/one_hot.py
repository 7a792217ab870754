"""OneHotCBOW: the baseline, with products of one-hot vectors and whole tables."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.models.embedding_model import SoftmaxOutput
from tinygrad_w2v.nn import Embedding, Module
from tinygrad_w2v.nn.init import Seed


class OneHotCBOW(Module):
    """CBOW as a two-layer network: one-hot × W_in, mean, W_out, softmax cross-entropy.

    The cost of each product, forward and backward, grows with the vocabulary. The parameters
    have the same names as those of ``CBOW(loss="softmax")``, which computes the same values.

    Parameters
    ----------
    num_words, dim
        Sizes of the vocabulary, V, and of the vectors.
    rng
        Seed or Generator of the initial values.
    """

    def __init__(self, num_words: int, dim: int = 100, *, rng: Seed = None) -> None:
        super().__init__()
        self.input = Embedding(num_words, dim, scale=0.5 / dim, rng=rng)
        self.output = SoftmaxOutput(dim, num_words)

    def forward(self, contexts: TensorLike, targets: TensorLike) -> Tensor:
        """Return the mean loss of contexts (B, C), word ids without padding, and targets (B,)."""
        contexts = np.asarray(contexts)
        one_hot = np.zeros((*contexts.shape, self.input.num_embeddings), np.float32)
        np.put_along_axis(one_hot, contexts[..., None], 1, axis=-1)
        hidden = (one_hot @ self.input.weight).mean(axis=1)
        loss: Tensor = self.output(hidden, targets)
        return loss

    def predictions(self, contexts: TensorLike, targets: TensorLike) -> int:
        """Return the number of words that a batch predicts."""
        return len(np.asarray(targets))

    @property
    def vectors(self) -> Array:
        """The word vectors, (V, dim)."""
        return self.input.weight._data
