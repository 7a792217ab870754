"""EmbeddingModel: what CBOW and SkipGram have in common, and the output layer of a full softmax."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import CrossEntropyLoss, Embedding, Linear, Module, NegativeSamplingLoss
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.random.distributions import numpy_generator
from tinygrad_w2v.validation import as_counts

Loss: TypeAlias = Literal["negative_sampling", "softmax"] | Module


class EmbeddingModel(Module):
    """An embedding of words, and a loss that predicts words from vectors.

    Parameters
    ----------
    counts
        Number of occurrences of each word, or the number of words. They are part of the state;
        the spec contains only the number of words.
    dim
        Size of the vectors.
    loss
        ``"negative_sampling"``, ``"softmax"`` over the whole vocabulary, or a module of vectors
        (B, dim) and target words (B,), such as :class:`nn.HierarchicalSoftmaxLoss`.
    negative, shared
        See :class:`nn.NegativeSamplingLoss`: negative samples per prediction, and the number that
        is drawn for a block of predictions together (None: separate ones for each).
    rng
        Seed or Generator of the initial values and the negative samples.
    """

    def __init__(
        self,
        counts: npt.ArrayLike,
        dim: int = 100,
        *,
        loss: Loss = "negative_sampling",
        negative: int = 5,
        shared: int | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__()
        rng = numpy_generator(rng)
        counts = as_counts(counts)
        self.input: Any = self.input_module(len(counts), dim, rng)
        if loss == "negative_sampling":
            loss = NegativeSamplingLoss(dim, counts, negative=negative, shared=shared, rng=rng)
        elif loss == "softmax":
            loss = SoftmaxOutput(dim, len(counts))
        if not isinstance(loss, Module):
            raise InputError(f"loss is {loss!r}: use 'negative_sampling', 'softmax' or a module")
        self.output: Module = loss

    def input_module(self, words: int, dim: int, rng: np.random.Generator) -> Module:
        """Return the module that maps word ids to vectors; a table by default."""
        return Embedding(words, dim, scale=0.5 / dim, rng=rng)

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments, with the number of words as the counts."""
        arguments = {**super().spec_arguments(), "counts": self.input.num_embeddings}
        if isinstance(arguments["loss"], Module):
            arguments = {k: v for k, v in arguments.items() if k not in ("negative", "shared")}
        return arguments

    @property
    def vectors(self) -> Array:
        """The word vectors, (V, dim)."""
        table: Array = self.input.weight._data
        return table


def undivided(mean: Tensor, sizes: Array, share: float) -> Tensor:
    """Return means whose gradient is multiplied by ``sizes ** share``: a straight-through mean.

    `mean` is (B, D), `sizes` (B, 1); with a share of 1 the gradient is that of the sum.
    """
    if share and mean.requires_grad:
        factor = (sizes**share).astype(mean.dtype)
        mean.register_hook(lambda gradient: gradient * factor)
    return mean


class SoftmaxOutput(Module):
    """Scores of all words of the vocabulary, and their cross-entropy.

    Parameters
    ----------
    embedding_dim, num_words
        Sizes of the output table, which is initialized to zeros.
    """

    def __init__(self, embedding_dim: int, num_words: int) -> None:
        super().__init__()
        self.scores = Linear(embedding_dim, num_words, bias=False)
        self.scores.weight._data[...] = 0.0
        self.cross_entropy = CrossEntropyLoss()

    def forward(self, hidden: TensorLike, target: TensorLike) -> Tensor:
        """Return the mean loss of vectors (B, D) and target words (B,)."""
        loss: Tensor = self.cross_entropy(self.scores(hidden), target)
        return loss
