"""SkipGram: predict each word of the context from the center word."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.models.embedding_model import EmbeddingModel
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import NegativeSamplingLoss


class SkipGram(EmbeddingModel):
    """Embedding of a word, and a loss that predicts each word of its context.

    Source: Mikolov et al. 2013, "Distributed representations of words and phrases and their
    compositionality", arXiv 1310.4546.

    Parameters
    ----------
    counts, dim, loss, negative, shared, rng
        See :class:`EmbeddingModel`.
    """

    def forward(self, centers: Windows | TensorLike, contexts: TensorLike | None = None) -> Tensor:
        """Return the mean loss over the pairs.

        Parameters
        ----------
        centers, contexts
            A batch of text, with all pairs of a word and a word of its window; or word ids (B,)
            and the word to predict from each, (B,).
        """
        if isinstance(centers, Windows):
            if isinstance(self.output, NegativeSamplingLoss):
                # Gathers the row of each word once, not once per pair.
                hidden = self.input(centers.tokens)
                return self.output.skip_gram(hidden, centers.tokens, centers.left, centers.right)
            centers, contexts = centers.pairs()
        loss: Tensor = self.output(self.input(centers), contexts)
        return loss

    def predictions(self, centers: Windows | TensorLike, contexts: TensorLike | None = None) -> int:
        """Return the number of pairs of a batch: of losses in the mean."""
        if isinstance(centers, Windows):
            return int(centers.left.sum() + centers.right.sum())
        return len(np.asarray(centers))
