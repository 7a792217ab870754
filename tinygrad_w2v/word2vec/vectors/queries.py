"""Queries: cosine similarity, nearest neighbours and analogies of the words of a table."""

from __future__ import annotations

import importlib
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeAlias, cast, overload

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.vectors.search import Floats, Rows, nearest, normalized
from tinygrad_w2v.word2vec.vectors.table import Key, VectorTable, is_key

Term: TypeAlias = "Key | npt.NDArray[Any] | tuple[Key | npt.NDArray[Any], float]"
"""A word, a position, a vector, or one of them with its weight."""

Terms: TypeAlias = "Term | Sequence[Term]"
Neighbours: TypeAlias = "list[tuple[str, float]]"

LEAST_DENOMINATOR = 1e-6
"""Added to the denominator of 3CosMul."""

_MAPPED_ROWS = 1 << 14


class Indexer(Protocol):
    """An approximate index, such as :class:`ApproximateIndex` or gensim's."""

    def most_similar(self, vector: Floats, num_neighbors: int) -> Neighbours:
        """Return about the nearest words of a vector, best first."""


class Queries(VectorTable):
    """The queries of KeyedVectors, with gensim's names and meanings.

    Everywhere a word may also be given by its position. An unknown word raises UnknownWordError,
    an InputError and a KeyError, whose message suggests similar words.
    """

    # --- two words -------------------------------------------------------------------------------

    def similarity(self, w1: Key, w2: Key) -> float:
        """Return the cosine similarity of two words; 0 if a vector is zero."""
        return _cosine(self.get_vector(w1), self.get_vector(w2))

    def distance(self, w1: Key, w2: Key) -> float:
        """Return 1 minus the cosine similarity of two words."""
        return 1 - self.similarity(w1, w2)

    def n_similarity(self, ws1: Sequence[Key], ws2: Sequence[Key]) -> float:
        """Return the cosine similarity of the means of two lists; unknown words are omitted."""
        return _cosine(*(self.get_mean_vector(words, pre_normalize=False) for words in (ws1, ws2)))

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """Return the similarity of two words, divided by the sum of those of `wa`'s neighbours.

        Above 1 / `topn`, they are more similar than arbitrary words. Source: Leeuwenberg et al.
        2016, "A Minimally Supervised Approach for Synonym Extraction with Word Embeddings".
        """
        integer("topn", topn, least=1)
        total: float = sum(each for _, each in self.similar_by_word(wa, topn))
        return self.similarity(wa, wb) / total

    def rank(self, key1: Key, key2: Key) -> int:
        """Return the rank of `key2` among the neighbours of `key1`; the nearest has rank 1."""
        return len(self.closer_than(key1, key2)) + 1

    def closer_than(self, key1: Key, key2: Key) -> list[str]:
        """Return the words that are closer to `key1` than `key2` is, in the table's order."""
        cosines = self._cosines(self.get_vector(key1, norm=True))
        cosines[self.get_index(key1)] = -np.inf
        closer = np.flatnonzero(cosines > cosines[self.get_index(key2)])
        is_same = self.get_index(key1) == self.get_index(key2)
        return [] if is_same else [self.words[row] for row in closer]

    # --- lists of words --------------------------------------------------------------------------

    def distances(
        self, word_or_vector: Key | npt.NDArray[Any], other_words: Iterable[Key] = ()
    ) -> Floats:
        """Return the cosine distances from a word or vector to other words, or to all, float32."""
        vector = normalized(self._vector(word_or_vector)[np.newaxis])[0]
        others = list(other_words)
        return 1 - (normalized(self[others]) @ vector if others else self._cosines(vector))

    def most_similar_to_given(self, key1: Key, keys_list: Sequence[Key]) -> Key:
        """Return the word of a list that is most similar to `key1`."""
        if not keys_list:
            raise InputError("the list of words is empty; give at least one")
        return keys_list[int(np.argmax([self.similarity(key1, key) for key in keys_list]))]

    def rank_by_centrality(
        self, words: Iterable[Key], use_norm: bool = True
    ) -> list[tuple[float, Key]]:
        """Return the words with their similarity to the mean of all of them, largest first.

        Unknown words are omitted, with a warning. With `use_norm`, all vectors have norm 1.
        """
        words = list(words)
        known = [word for word in words if word in self]
        if not known:
            raise InputError(f"none of the words {words!r:.80} has a vector; give one that has")
        if len(known) < len(words):
            omitted = ", ".join(str(word) for word in words if word not in self)
            warnings.warn(f"words without a vector are omitted: {omitted}", stacklevel=2)
        vectors = np.array([self.get_vector(word, norm=use_norm) for word in known])
        similarities = vectors @ self.get_mean_vector(list(vectors), post_normalize=True)
        ranked = zip(map(float, similarities), known, strict=True)
        return sorted(ranked, key=lambda pair: (pair[0], str(pair[1])), reverse=True)

    def doesnt_match(self, words: Iterable[Key]) -> Key:
        """Return the word of a list that is farthest from the mean of all of them."""
        return self.rank_by_centrality(words)[-1][1]

    def wmdistance(
        self, document1: Sequence[str], document2: Sequence[str], norm: bool = True
    ) -> float:
        """Return the Word Mover's Distance of two lists of words.

        It is the least total Euclidean distance that the words of one document must move to those
        of the other (Kusner et al. 2015, "From Word Embeddings To Document Distances"). Unknown
        words are omitted; infinity if none remains.

        Parameters
        ----------
        document1, document2
            Words; repeated ones have more weight.
        norm
            Scale the vectors to norm 1 first.

        Raises
        ------
        MissingExtraError
            If the package POT is not installed.
        """
        try:
            transport: Any = importlib.import_module("ot")  # optional: the extra `wmd`
        except ImportError:
            raise MissingExtraError("POT", "wmd", "the Word Mover's Distance") from None
        bags = [Counter(word for word in each if word in self) for each in (document1, document2)]
        if not all(bags):
            return float("inf")
        if bags[0].keys() == bags[1].keys() and len(bags[0]) == 1:
            return 0.0
        first, second = (np.array([self.get_vector(w, norm=norm) for w in bag]) for bag in bags)
        costs = np.linalg.norm(first[:, np.newaxis].astype(np.float64) - second, axis=2)
        shares = [np.array(list(bag.values())) / bag.total() for bag in bags]
        return float(transport.emd2(*shares, costs))

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
    ) -> Neighbours: ...
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
    ) -> list[Neighbours]:
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
    ) -> Neighbours:
        pairs = zip(rows.tolist(), scores.tolist(), strict=True)
        found = [
            (self.words[row], max(-limit, min(limit, score)))
            for row, score in pairs
            if row not in excluded
        ]
        return found[:topn]


def _cosine(a: Floats, b: Floats) -> float:
    """Return the cosine of two vectors, computed in float64; exactly 1 for equal ones."""
    first, second = a.astype(np.float64), b.astype(np.float64)
    norms = np.sqrt((first @ first) * (second @ second))
    return min(1.0, max(-1.0, float(first @ second / norms))) if norms else 0.0
