"""Nearest neighbours and analogies of the words of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, cast, overload

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.vectors.search import Floats, Rows, nearest, normalized
from tinygrad_w2v.word2vec.vectors.table import Key, VectorTable, is_key

Term: TypeAlias = "Key | npt.NDArray[Any] | tuple[Key | npt.NDArray[Any], float]"
"""A word, a position, a vector, or one of them with its weight."""

Terms: TypeAlias = "Term | Sequence[Term]"
Answers: TypeAlias = "list[tuple[str, float]]"

LEAST_DENOMINATOR = 1e-6
"""Added to the denominator of 3CosMul."""

_MAPPED_ROWS = 1 << 14


class Indexer(Protocol):
    """An approximate index, such as :class:`ApproximateIndex` or gensim's."""

    def most_similar(self, vector: Floats, num_neighbors: int) -> Answers:
        """Return about the nearest words of a vector, best first."""


class Neighbours(VectorTable):
    """Search for the words nearest to words and vectors, by cosine."""

    # --- neighbours ------------------------------------------------------------------------------

    @overload
    def most_similar(
        self,
        positive: Terms | None = ...,
        negative: Terms | None = ...,
        topn: int = ...,
        clip_start: int = ...,
        clip_end: int | None = ...,
        restrict_vocab: int | None = ...,
        indexer: Indexer | None = ...,
    ) -> Answers: ...
    @overload
    def most_similar(
        self,
        positive: Terms | None = ...,
        negative: Terms | None = ...,
        *,
        topn: None,
        clip_start: int = ...,
        clip_end: int | None = ...,
        restrict_vocab: int | None = ...,
    ) -> Floats: ...
    def most_similar(
        self,
        positive: Terms | None = None,
        negative: Terms | None = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        indexer: Indexer | None = None,
    ) -> Any:
        """Return the words nearest to a sum of words, each with its cosine, best first.

        The unit vectors of the positive words are added and those of the negative ones subtracted;
        the words of the query are not answers. With ``positive=["king", "woman"],
        negative=["man"]`` this solves the analogy "man is to king as woman is to ...": 3CosAdd, see
        :func:`evaluate_analogies`.

        Parameters
        ----------
        positive, negative
            A word or a list of words. Instead of a word, a vector of shape (D,), which is used as
            it is, or a pair (word, weight); the default weights are 1 and -1.
        topn
            Largest number of answers. None returns the cosines of all words, (V,).
        clip_start, clip_end
            Search only this range of rows.
        restrict_vocab
            Search only this many of the first words.
        indexer
            An approximate index to search instead; see :class:`ApproximateIndex`.
        """
        keys, weights = self._terms(positive, negative)
        if topn is not None and topn < 1:
            return []
        query = self.get_mean_vector(
            keys, weights, pre_normalize=True, post_normalize=True, ignore_missing=False
        )
        if indexer is not None and topn is not None:
            return indexer.most_similar(query, topn)
        start, stop = self._range(clip_start, clip_end, restrict_vocab)
        if topn is None:
            return self._cosines(query, start, stop)
        excluded = {self.get_index(key) for key in keys if is_key(key) and self.has_index_for(key)}
        rows, cosines = nearest(
            self._unit_rows,
            (start, stop),
            query[np.newaxis],
            integer("topn", topn, least=1) + len(excluded),
            self._most_rows,
        )
        return self._named(rows[0], cosines[0], excluded, topn)

    def similar_by_word(
        self, word: Key, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """Return the words nearest to a word; see :meth:`most_similar`."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_key = similar_by_word

    def similar_by_vector(
        self, vector: npt.ArrayLike, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """Return the words nearest to a vector, shape (D,); see :meth:`most_similar`."""
        row: Any = np.asarray(vector)
        return self.similar_by_word(row, topn, restrict_vocab)

    def most_similar_batch(
        self,
        queries: Sequence[Key] | npt.NDArray[Any],
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[Answers]:
        """Return the words nearest to each of many words or vectors, by one matrix product.

        Parameters
        ----------
        queries
            Words, or vectors of shape (Q, D). A word is not an answer to itself.
        topn, restrict_vocab
            See :meth:`most_similar`.

        Examples
        --------
        >>> from tinygrad_w2v.word2vec.vectors import KeyedVectors
        >>> vectors = KeyedVectors(["cold", "cool", "hot"], [[1, 0], [2, 1], [-1, 1]])
        >>> [answers[0][0] for answers in vectors.most_similar_batch(["cold", "hot"], topn=1)]
        ['cool', 'cool']
        """
        integer("topn", topn, least=1)
        rows: list[int | None] = [None] * len(queries)
        if isinstance(queries, np.ndarray) and queries.dtype.kind == "f":
            unit = normalized(self._checked_rows(queries, len(queries)))
        else:
            unit = np.array([self.get_vector(key, norm=True) for key in queries], np.float32)
            rows = [self.get_index(key, -1) for key in queries]
        found, cosines = self.nearest(unit.reshape(-1, self.dim), topn + 1, restrict_vocab)
        return [
            self._named(near, scores, {own}, topn)
            for near, scores, own in zip(found, cosines, rows, strict=True)
        ]

    def nearest(
        self, unit: Floats, topn: int = 10, restrict_vocab: int | None = None
    ) -> tuple[Rows, Floats]:
        """Return the rows nearest to each of Q unit vectors (Q, D), and their cosines.

        Both have shape (Q, topn), or fewer columns if there are fewer words; best first.
        """
        start, stop = self._range(0, None, restrict_vocab)
        queries = np.ascontiguousarray(self._checked_rows(unit, len(unit)))
        rows, cosines = nearest(self._unit_rows, (start, stop), queries, topn, self._most_rows)
        return rows, np.clip(cosines, -1, 1)

    def most_similar_cosmul(
        self,
        positive: Terms | None = None,
        negative: Terms | None = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Any:
        """Return the words with the largest products of similarities, each with its score.

        The score of a word is the product of (1 + cosine) / 2 with the positive words, divided by
        that with the negative words: 3CosMul (Levy and Goldberg 2014, "Linguistic Regularities in
        Sparse and Explicit Word Representations"). Weights are not used. The parameters are those
        of :meth:`most_similar`.
        """
        (added, _), (subtracted, _) = self._terms(positive), self._terms(negative, empty=True)
        if topn is not None and topn < 1:
            return []
        start, stop = self._range(0, None, restrict_vocab)
        keys = [*added, *subtracted]
        unit = np.array([self._vector(key, norm=True) for key in keys])
        shifted = (1 + np.array([self._cosines(each, start, stop) for each in unit])) / 2
        products = shifted[: len(added)].prod(axis=0)
        products /= shifted[len(added) :].prod(axis=0) + LEAST_DENOMINATOR
        if topn is None:
            return products
        excluded = {self.get_index(key) for key in keys if is_key(key) and self.has_index_for(key)}
        rows, scores = nearest(
            lambda a, b: products[a:b, np.newaxis],
            (0, len(products)),
            np.ones((1, 1), np.float32),
            integer("topn", topn, least=1) + len(excluded),
        )
        return self._named(rows[0] + start, scores[0], excluded, topn, limit=np.inf)

    # --- parts -----------------------------------------------------------------------------------

    @property
    def _most_rows(self) -> int:
        """The number of unit vectors to use at a time."""
        return _MAPPED_ROWS if self.is_mapped else max(len(self), 1)

    def get_unit_vectors(self, rows: slice | Rows) -> Floats:
        """Return the unit vectors of some rows; of a mapped file, only these are read."""
        return (
            normalized(np.asarray(self.vectors[rows]))
            if self.is_mapped
            else self.unit_vectors[rows]
        )

    def _unit_rows(self, start: int, stop: int) -> Floats:
        return self.get_unit_vectors(slice(start, stop))

    def _cosines(self, unit: Floats, start: int = 0, stop: int | None = None) -> Floats:
        """Return the cosines of a unit vector with the words of a range."""
        stop = len(self) if stop is None else stop
        size = self._most_rows
        parts = [
            self._unit_rows(first, min(first + size, stop)) @ unit
            for first in range(start, stop, size)
        ]
        return np.clip(np.concatenate(parts or [np.empty(0, np.float32)]), -1, 1)

    def _vector(self, key: Key | npt.NDArray[Any], norm: bool = False) -> Floats:
        if is_key(key):
            return self.get_vector(key, norm)
        return self._checked_vector(cast("npt.NDArray[Any]", key))

    def _range(self, start: int, stop: int | None, restrict_vocab: int | None) -> tuple[int, int]:
        if restrict_vocab is not None:
            start, stop = 0, integer("restrict_vocab", restrict_vocab, least=1)
        first, last, _ = slice(start, stop).indices(len(self))
        return first, max(first, last)

    def _terms(
        self, positive: Terms | None, negative: Terms | None = None, empty: bool = False
    ) -> tuple[list[Any], list[float]]:
        """Return the keys and vectors of a query, and their weights."""
        keys: list[Any] = []
        weights: list[float] = []
        for given, default in ((positive, 1.0), (negative, -1.0)):
            is_one = is_key(given) or (isinstance(given, np.ndarray) and given.ndim == 1)
            terms: Any = [given] if is_one else [] if given is None else given
            for term in terms:
                pair = term if isinstance(term, tuple | list) else (term, default)
                if len(pair) != 2:
                    raise InputError(f"{term!r:.60} is not a pair (word, weight); give two items")
                keys.append(pair[0])
                weights.append(float(pair[1]))
        if not keys and not empty:
            raise InputError("most_similar needs at least one word, positive or negative; got none")
        return keys, weights

    def _named(
        self, rows: Rows, scores: Floats, excluded: set[Any], topn: int, limit: float = 1.0
    ) -> Answers:
        pairs = zip(rows.tolist(), scores.tolist(), strict=True)
        found = [
            (self.words[row], max(-limit, min(limit, score)))
            for row, score in pairs
            if row not in excluded
        ]
        return found[:topn]
