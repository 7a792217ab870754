"""Queries: the similarity of two words, and of lists of words."""

from __future__ import annotations

import importlib
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.vectors.neighbours import Neighbours
from tinygrad_w2v.word2vec.vectors.search import Floats, normalized
from tinygrad_w2v.word2vec.vectors.table import Key


class Queries(Neighbours):
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


def _cosine(a: Floats, b: Floats) -> float:
    """Return the cosine of two vectors, computed in float64; exactly 1 for equal ones."""
    first, second = a.astype(np.float64), b.astype(np.float64)
    norms = np.sqrt((first @ first) * (second @ second))
    return min(1.0, max(-1.0, float(first @ second / norms))) if norms else 0.0
