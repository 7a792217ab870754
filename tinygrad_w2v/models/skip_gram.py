"""SkipGram: predict each word of the context from the word in the middle."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import Embedding, Module, NegativeSamplingLoss
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.validation import as_counts


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
    loss
        ``"negative_sampling"``, or a module of vectors (B, dim) and target words (B,).
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
        loss: Literal["negative_sampling"] | Module = "negative_sampling",
        negative: int = 5,
        shared: int | None = None,
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
        else:
            raise InputError(f"loss is {loss!r}: use 'negative_sampling' or a module")

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
            if isinstance(self.output, NegativeSamplingLoss):
                run = centers  # each word of it is read once, not once a pair
                return self.output.skip_gram(
                    self.input(run.tokens), run.tokens, run.left, run.right
                )
            centers, contexts = centers.pairs()
        loss: Tensor = self.output(self.input(centers), contexts)
        return loss

    def predictions(self, centers: Windows | TensorLike, contexts: TensorLike | None = None) -> int:
        """Return how many pairs a batch holds: the number of losses in the mean."""
        if isinstance(centers, Windows):
            return int(centers.left.sum() + centers.right.sum())
        return len(np.asarray(centers))

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
