"""SkipGram: predict each word of the context from the word in the middle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.data import Windows
from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.models.cbow import word_counts
from tinygrad_w2v.nn import Embedding, Module, NegativeSamplingLoss
from tinygrad_w2v.nn.init import Seed


class SkipGram(Module):
    """Embedding of a word, and a negative-sampling loss for each word around it.

    Source: Mikolov et al. 2013, "Distributed representations of words and phrases and their
    compositionality", arXiv 1310.4546.

    Parameters
    ----------
    counts
        How often each word occurs, or just how many words there are.
    dim
        Size of the vectors.
    negative, shared
        Of :class:`nn.NegativeSamplingLoss`.
    rng
        Seed or Generator for the initial values and the negatives.
    """

    def __init__(
        self,
        counts: npt.ArrayLike,
        dim: int = 100,
        *,
        negative: int = 5,
        shared: int | None = None,
        rng: Seed = None,
    ) -> None:
        rng = np.random.default_rng(rng)
        counts = word_counts(counts)
        self.input = Embedding(len(counts), dim, rng=rng)
        self.output = NegativeSamplingLoss(dim, counts, negative=negative, shared=shared, rng=rng)

    def forward(self, centers: Windows | TensorLike, contexts: TensorLike | None = None) -> Tensor:
        """Return the mean loss over the pairs.

        Parameters
        ----------
        centers
            A run of text, of which all pairs of a word and a word in its window are taken; or
            (B,) word ids.
        contexts : (B,)
            The word to predict from each centre; only without a run.
        """
        if isinstance(centers, Windows):
            centers, contexts = centers.pairs()
        loss: Tensor = self.output(self.input(centers), contexts)
        return loss

    def predictions(self, centers: Windows | TensorLike, contexts: TensorLike | None = None) -> int:
        """Return how many pairs a batch holds: the number of losses in the mean."""
        if isinstance(centers, Windows):
            return int(centers.left.sum() + centers.right.sum())
        return len(np.asarray(centers))

    @property
    def vectors(self) -> Array:
        """The word vectors, (V, dim)."""
        return self.input.weight.data
