"""FastText: CBOW and skip-gram on words that are means of the vectors of their subwords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.embedding_model import EmbeddingModel, Loss
from tinygrad_w2v.models.subwords import SubwordMembers, Subwords
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import Module, NegativeSamplingLoss
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed, uniform_parameter
from tinygrad_w2v.ops.embedding import embedding_rows
from tinygrad_w2v.validation import one_of


class SubwordEmbedding(Module):
    """Vectors of words: the mean of a vector for the word and one for each of its n-grams.

    Parameters
    ----------
    words
        The words, which may occur in any order.
    dim
        Size of the vectors.
    subwords
        The n-grams.
    straight_through
        See :func:`nn.functional.ragged_bag`; 1 as in fastText by default.
    scale
        Bound of the initial values, which are uniform in ±scale; 1 / dim by default, as in
        fastText.
    rng
        Seed or Generator of the initial values.

    Attributes
    ----------
    weight : Parameter, (V + buckets, dim)
        A row for each word, then one for each bucket.

    Examples
    --------
    >>> embedding = SubwordEmbedding(["cat", "cats"], 4, Subwords(3, 6, buckets=50), rng=0)
    >>> embedding([1, 0]).shape
    (2, 4)
    """

    def __init__(
        self,
        words: Sequence[str],
        dim: int,
        subwords: Subwords,
        *,
        straight_through: float = 1.0,
        scale: float | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.straight_through = len(words), straight_through
        shape = len(words) + subwords.buckets, dim
        bound = 1 / dim if scale is None else scale
        self.weight = uniform_parameter(shape, bound, rng, np.float32)
        self.members = SubwordMembers(words, subwords)

    def forward(self, tokens: npt.ArrayLike) -> Any:
        """Return the vectors of words, (T,) → (T, dim)."""
        bags = self.members.select(tokens)
        return F.ragged_bag(self.weight, *bags, straight_through=self.straight_through)


class FastText(EmbeddingModel):
    """CBOW or skip-gram whose input is a :class:`SubwordEmbedding`.

    In CBOW each word of the context has the same weight; fastText weights it by its number of
    subwords. In skip-gram the initial values are larger, uniform in ±1 / √dim.

    Parameters
    ----------
    words, counts
        The vocabulary.
    dim, loss, negative, shared, rng
        See :class:`EmbeddingModel`.
    model
        ``"cbow"`` or ``"skipgram"``.
    minn, maxn, buckets
        See :class:`Subwords`.
    straight_through
        Gradient of the means, over the subwords of a word and over CBOW's context: 1 as in
        fastText, 0 for the derivative; see :func:`nn.functional.context_mean`.

    Examples
    --------
    >>> model = FastText(["hot", "cold"], [5, 3], dim=4, buckets=100, rng=0)
    >>> tokens = np.array([0, 1, 0])
    >>> batch = Windows(tokens, np.array([0, 1, 1]), np.array([1, 1, 0]), words=3)
    >>> 0 < model(batch).item() < 4.16  # at most 6 log 2, since the output table is zero
    True
    """

    def __init__(
        self,
        words: Sequence[str],
        counts: npt.ArrayLike,
        dim: int = 100,
        *,
        model: Literal["cbow", "skipgram"] = "skipgram",
        minn: int = Subwords.minn,
        maxn: int = Subwords.maxn,
        buckets: int = Subwords.buckets,
        straight_through: bool | float = True,
        loss: Loss = "negative_sampling",
        negative: int = 5,
        shared: int | None = None,
        rng: Seed = None,
    ) -> None:
        one_of(("cbow", "skipgram"), model=model)
        self.model, self.straight_through = model, float(straight_through)
        self.words, self.subwords = tuple(words), Subwords(minn, maxn, buckets)
        super().__init__(counts, dim, loss=loss, negative=negative, shared=shared, rng=rng)

    def input_module(self, words: int, dim: int, rng: np.random.Generator) -> Module:
        """Return the subword embedding of the words."""
        if words != len(self.words):
            raise InputError(f"{len(self.words)} words and {words} counts do not match")
        # Larger values shorten the beginning of skip-gram, in which all vectors are close to a
        # common one; CBOW agrees less with human judgements. See docs/tuning.md.
        scale = None if self.model == "cbow" else dim**-0.5
        share = self.straight_through
        return SubwordEmbedding(
            self.words, dim, self.subwords, straight_through=share, scale=scale, rng=rng
        )

    def forward(self, batch: Windows) -> Tensor:
        """Return the mean loss over the predictions of a batch of text."""
        rows, text = self.input(batch.tokens), (batch.tokens, batch.left, batch.right)
        loss: Tensor
        if self.model == "cbow":
            mean = F.context_mean(rows, *text[1:], straight_through=self.straight_through)
            loss = self.output(mean, batch.tokens)
        elif isinstance(self.output, NegativeSamplingLoss):
            loss = self.output.skip_gram(rows, *text)
        else:
            pairs = np.repeat(np.arange(len(batch)), batch.left + batch.right)
            loss = self.output(embedding_rows(rows, pairs), batch.pairs()[1])
        return loss

    def predictions(self, batch: Windows) -> int:
        """Return the number of losses in the mean: words, or pairs of words."""
        return len(batch) if self.model == "cbow" else int(batch.left.sum() + batch.right.sum())

    @property
    def vectors(self) -> Array:
        """The word vectors, (V, dim), computed from the table."""
        vectors: Array = self.input.members.vectors(self.input.weight._data)
        return vectors
