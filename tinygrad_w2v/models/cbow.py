"""CBOW: predict a word from the mean of its context, with a softmax or by negative sampling."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import CrossEntropyLoss, Embedding, Linear, Module, NegativeSamplingLoss
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.validation import as_counts, within


class SoftmaxOutput(Module):
    """Scores for every word of the vocabulary, and their cross-entropy.

    Parameters
    ----------
    embedding_dim, num_words
        Sizes of the (num_words, embedding_dim) output table, which starts as zeros.
    """

    def __init__(self, embedding_dim: int, num_words: int) -> None:
        self.scores = Linear(embedding_dim, num_words, bias=False)
        self.scores.weight.data[...] = 0.0
        self.cross_entropy = CrossEntropyLoss()

    def forward(self, hidden: TensorLike, target: TensorLike) -> Tensor:
        """Return the mean loss of vectors (B, D) and target words (B,)."""
        loss: Tensor = self.cross_entropy(self.scores(hidden), target)
        return loss


class CBOW(Module):
    """Embedding of the context, its mean, and a loss that predicts the word in the middle.

    Source: Mikolov et al. 2013, "Efficient estimation of word representations in vector space",
    arXiv 1301.3781.

    Parameters
    ----------
    counts
        How often each word occurs, or just how many words there are. They are part of the state,
        and only their number is part of the spec.
    dim
        Size of the vectors.
    loss
        ``"negative_sampling"``, ``"softmax"`` over the whole vocabulary, or a module of vectors
        (B, dim) and target words (B,), such as :class:`nn.HierarchicalSoftmaxLoss`.
    negative, shared
        Of :class:`nn.NegativeSamplingLoss`: negatives for each word, and how many are drawn for
        a block of words together (None: for each its own).
    straight_through
        True passes each context word the undivided gradient of the mean, as word2vec.c does;
        a number from 0 to 1 goes part of the way; see :func:`nn.functional.context_mean`.
    rng
        Seed or Generator for the initial values and the negatives.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> model = tg.models.CBOW([2, 1, 1, 3], dim=5, loss="softmax", rng=0)
    >>> loss = model([[0, 2], [1, 3]], [1, 2])  # contexts and targets
    >>> round(loss.item(), 3)  # log 4 at the start, as the output table is zero
    1.386
    """

    def __init__(
        self,
        counts: npt.ArrayLike,
        dim: int = 100,
        *,
        loss: Literal["negative_sampling", "softmax"] | Module = "negative_sampling",
        negative: int = 5,
        shared: int | None = None,
        straight_through: bool | float = False,
        rng: Seed = None,
    ) -> None:
        rng = np.random.default_rng(rng)
        counts = as_counts(counts)
        self.input = Embedding(len(counts), dim, rng=rng)
        self.output: Module
        if isinstance(loss, Module):
            self.output = loss
        elif loss == "negative_sampling":
            self.output = NegativeSamplingLoss(
                dim, counts, negative=negative, shared=shared, rng=rng
            )
        elif loss == "softmax":
            self.output = SoftmaxOutput(dim, len(counts))
        else:
            raise InputError(f"loss is {loss!r}: use 'negative_sampling' or 'softmax'")
        if not isinstance(straight_through, bool):
            within(0, 1, straight_through=straight_through)
        self.straight_through = straight_through

    def forward(self, contexts: Windows | TensorLike, targets: TensorLike | None = None) -> Tensor:
        """Return the mean loss over the targets.

        Parameters
        ----------
        contexts
            A run of text, whose words are all predicted from their windows; or (B, C) word ids
            filled up with −1, the classical layout.
        targets : (B,)
            The words to predict; only for the classical layout.
        """
        if isinstance(contexts, Windows):
            targets = contexts.tokens
        loss: Tensor = self.output(self.hidden(contexts), targets)
        return loss

    def hidden(self, contexts: Windows | TensorLike) -> Tensor:
        """Return the mean vector of each context, (B, dim)."""
        mean: Tensor
        if isinstance(contexts, Windows):
            mean = F.embedding_window(
                self.input.weight,
                contexts.tokens,
                contexts.left,
                contexts.right,
                straight_through=self.straight_through,
            )
        else:
            mean = F.embedding_bag(self.input.weight, contexts)
            if self.straight_through:
                sizes = np.maximum((np.asarray(contexts) >= 0).sum(axis=1, keepdims=True), 1)
                followed = mean * (sizes**self.straight_through).astype(mean.dtype)
                mean = followed + (mean - followed).detach()
        return mean

    def predictions(self, contexts: Any, targets: Any = None) -> int:
        """Return how many words a batch predicts: the number of losses in the mean."""
        return len(contexts)

    def spec_arguments(self) -> dict[str, Any]:
        """Return the arguments, with the number of words in place of their counts."""
        arguments = {**super().spec_arguments(), "counts": self.input.num_embeddings}
        if isinstance(arguments["loss"], Module):
            arguments = {k: v for k, v in arguments.items() if k not in ("negative", "shared")}
        return arguments

    @property
    def vectors(self) -> Array:
        """The word vectors, (V, dim)."""
        return self.input.weight.data
