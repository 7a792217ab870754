"""CBOW: predict a word from the mean of its context."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.models.embedding_model import EmbeddingModel, Loss, undivided
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.validation import within


class CBOW(EmbeddingModel):
    """Embedding of the context, its mean, and a loss that predicts the center word.

    Source: Mikolov et al. 2013, "Efficient estimation of word representations in vector space",
    arXiv 1301.3781.

    Parameters
    ----------
    counts, dim, loss, negative, shared, rng
        See :class:`EmbeddingModel`.
    straight_through
        Gradient of the mean: False is the derivative, True the undivided gradient of word2vec.c,
        a number from 0 to 1 interpolates; see :func:`nn.functional.context_mean`.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> model = tg.models.CBOW([2, 1, 1, 3], dim=5, loss="softmax", rng=0)
    >>> loss = model([[0, 2], [1, 3]], [1, 2])  # contexts and targets
    >>> round(loss.item(), 3)  # log 4 initially, since the output table is zero
    1.386
    """

    def __init__(
        self,
        counts: npt.ArrayLike,
        dim: int = 100,
        *,
        loss: Loss = "negative_sampling",
        negative: int = 5,
        shared: int | None = None,
        straight_through: bool | float = False,
        rng: Seed = None,
    ) -> None:
        super().__init__(counts, dim, loss=loss, negative=negative, shared=shared, rng=rng)
        if not isinstance(straight_through, bool):
            within(0, 1, straight_through=straight_through)
        self.straight_through = straight_through

    def forward(self, contexts: Windows | TensorLike, targets: TensorLike | None = None) -> Tensor:
        """Return the mean loss over the targets.

        Parameters
        ----------
        contexts, targets
            A batch of text, all of whose words are predicted from their windows; or word ids
            (B, C), padded with −1, and the words to predict, (B,).
        """
        if isinstance(contexts, Windows):
            targets = contexts.tokens
        loss: Tensor = self.output(self.hidden(contexts), targets)
        return loss

    def hidden(self, contexts: Windows | TensorLike) -> Tensor:
        """Return the mean vector of each context, (B, dim)."""
        share, table = self.straight_through, self.input.weight
        if isinstance(contexts, Windows):
            text = contexts.tokens, contexts.left, contexts.right
            return F.embedding_window(table, *text, straight_through=share)
        mean = F.embedding_bag(contexts, table)
        if share:
            sizes = np.maximum((np.asarray(contexts) >= 0).sum(axis=1, keepdims=True), 1)
            mean = undivided(mean, sizes, share)
        return mean

    def predictions(self, contexts: Any, targets: Any = None) -> int:
        """Return the number of words that a batch predicts: of losses in the mean."""
        return len(contexts.tokens if isinstance(contexts, Windows) else contexts)
