"""Doc2Vec: vectors of documents, which predict the documents' words (PV-DM and PV-DBOW)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.models.embedding_model import undivided
from tinygrad_w2v.models.windows import Ids, Windows
from tinygrad_w2v.nn import Embedding, Module, NegativeSamplingLoss
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.ops.context_window import context_sum
from tinygrad_w2v.ops.joining import concatenate
from tinygrad_w2v.random.distributions import numpy_generator
from tinygrad_w2v.validation import as_counts, integer, one_of, within

Kind: TypeAlias = Literal["dm", "dbow"]
Combine: TypeAlias = Literal["mean", "sum", "concat"]


@dataclass(frozen=True, slots=True, eq=False)
class DocumentWindows(Windows):
    """A batch of text with the documents that it belongs to.

    Attributes
    ----------
    tags : ndarray of intp, shape (M,)
        The tags of each word's document, one word after the other.
    offsets : ndarray of intp, shape (T,)
        The start of each word's tags in `tags`.
    """

    tags: Ids
    offsets: Ids


class Doc2Vec(Module):
    """A table of document vectors, whose rows predict the words of their documents.

    A document has one or more tags, each of which has a vector; the document's vector is their sum.

    Source: Le and Mikolov 2014, "Distributed representations of sentences and documents",
    arXiv 1405.4053.

    Parameters
    ----------
    counts
        Number of occurrences of each word, or the number of words, V.
    tags
        Number of tags, N.
    dim
        Size of the vectors.
    kind
        ``"dm"``, distributed memory: a word is predicted from the document and its context; or
        ``"dbow"``, distributed bag of words: from the document alone.
    combine
        For ``"dm"``, whether the vectors of the document and of the context's words are averaged,
        summed or concatenated. ``"concat"`` needs contexts of up to `window` words to a side.
    words
        For ``"dbow"``, whether word vectors are trained as well, by skip-gram.
    window
        Size of the context to each side, for ``"concat"``.
    straight_through
        Gradient of the mean; see :func:`nn.functional.context_mean`.
    negative, shared, rng
        See :class:`EmbeddingModel`.

    Attributes
    ----------
    documents, words : Embedding
        The tables of tags, (N, dim), and of words, (V, dim).

    Examples
    --------
    >>> model = Doc2Vec([2, 1, 1], tags=2, dim=4, kind="dbow", rng=0)
    >>> words, sides = np.array([0, 2, 1]), np.zeros(3, int)
    >>> tags, offsets = np.array([0, 0, 1]), np.arange(3)
    >>> batch = DocumentWindows(words, sides, sides, 3, tags, offsets)
    >>> 0 < model(batch).item() < 4.16  # at most 6 log 2, since the output table is zero
    True
    """

    def __init__(
        self,
        counts: npt.ArrayLike,
        tags: int,
        dim: int = 100,
        *,
        kind: Kind = "dm",
        combine: Combine = "mean",
        words: bool = False,
        window: int = 5,
        straight_through: bool | float = False,
        negative: int = 5,
        shared: int | None = None,
        rng: Seed = None,
    ) -> None:
        super().__init__()
        one_of(("dm", "dbow"), kind=kind)
        one_of(("mean", "sum", "concat"), combine=combine)
        within(0, 1, straight_through=float(straight_through))
        rng, counts = numpy_generator(rng), as_counts(counts)
        self.kind, self.combine, self.straight_through = kind, combine, float(straight_through)
        self.window, self.trains_words = integer("window", window, least=1), words or kind == "dm"
        size = dim * (1 + 2 * window if (kind, combine) == ("dm", "concat") else 1)
        self.documents = Embedding(tags, dim, scale=0.5 / dim, rng=rng)
        self.words = Embedding(len(counts), dim, scale=0.5 / dim, rng=rng)
        self.output = NegativeSamplingLoss(size, counts, negative=negative, shared=shared, rng=rng)

    def forward(self, batch: DocumentWindows) -> Any:
        """Return the mean loss over the predictions of a batch."""
        if self.kind == "dm":
            return self.output(self.hidden(batch), batch.tokens)
        loss = self.output(self.document_vectors(batch), batch.tokens)
        if not self.trains_words:
            return loss
        words = self.output.skip_gram(
            self.words(batch.tokens), batch.tokens, batch.left, batch.right
        )
        share = len(batch) / self.predictions(batch)
        return loss * share + words * (1 - share)

    def predictions(self, batch: DocumentWindows) -> int:
        """Return the number of losses in the mean: words and, with skip-gram, pairs of words."""
        pairs = 0
        if self.kind == "dbow" and self.trains_words:
            pairs = int(batch.left.sum() + batch.right.sum())
        return len(batch) + pairs

    def document_vectors(self, batch: DocumentWindows) -> Tensor:
        """Return the vector of each word's document, (T, dim)."""
        table = self.documents.weight
        vectors: Tensor = F.ragged_bag(table, batch.tags, batch.offsets, mode="sum")
        return vectors

    def hidden(self, batch: DocumentWindows) -> Any:
        """Return PV-DM's vector for each prediction, (T, dim), or longer if concatenated."""
        documents, sides = self.document_vectors(batch), (batch.left, batch.right)
        if self.combine == "concat":
            near, is_word = _neighbours(batch, self.window)
            words = self.words(near) * is_word[..., None].astype(np.float32)
            return concatenate(documents, words.reshape(len(batch), -1), axis=1)
        sums = context_sum(self.words(batch.tokens), *sides) + documents
        if self.combine == "sum":
            return sums
        tags = np.diff(np.append(batch.offsets, len(batch.tags)))
        sizes = (batch.left + batch.right + tags)[:, None].astype(sums.dtype)
        return undivided(sums / sizes, sizes, self.straight_through)

    @property
    def vectors(self) -> Array:
        """The vectors of the tags, (N, dim)."""
        return self.documents.weight._data


def _neighbours(batch: Windows, window: int) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """Return the word at each place of each context, (T, 2·window), and where there is one."""
    places = np.delete(np.arange(-window, window + 1), window)
    is_word = (places >= -batch.left[:, None]) & (places <= batch.right[:, None])
    positions = np.arange(len(batch))[:, None] + places
    return batch.tokens[np.where(is_word, positions, 0)], is_word
