"""ApproximateIndex: nearest neighbours by a graph (HNSW), much faster on large tables."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import MissingExtraError
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.vectors.neighbours import Answers, Neighbours
from tinygrad_w2v.word2vec.vectors.search import Floats, Rows


class ApproximateIndex:
    """An index of the vectors of a table, for ``most_similar(..., indexer=index)``.

    It finds most of the nearest words, without comparing all of them: a hierarchical graph of
    neighbours (Malkov and Yashunin 2018, arXiv 1603.09320), by the package hnswlib (extra `ann`).

    Parameters
    ----------
    kv
        The vectors, which are copied; later changes are not seen.
    connections
        Neighbours of each word in the graph. More take more memory and find more.
    effort
        Candidates inspected for each word while the graph is built.
    search_effort
        Candidates inspected for each query; at least the number of answers is used.
    seed, threads
        Of building the graph; with one thread the same seed builds the same graph.

    Raises
    ------
    MissingExtraError
        If hnswlib is not installed.
    """

    def __init__(
        self,
        kv: Neighbours,
        *,
        connections: int = 16,
        effort: int = 200,
        search_effort: int = 100,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        try:
            package: Any = importlib.import_module("hnswlib")  # optional: the extra `ann`
        except ImportError:
            raise MissingExtraError("hnswlib", "ann", "an approximate index") from None
        self.words = kv.words
        self.search_effort = integer("search_effort", search_effort, least=1)
        self._graph = package.Index(space="ip", dim=kv.dim)
        self._graph.init_index(
            max_elements=len(kv),
            M=integer("connections", connections, least=2),
            ef_construction=integer("effort", effort, least=1),
            random_seed=integer("seed", seed, least=0),
        )
        self._graph.set_num_threads(integer("threads", threads, least=1))
        self._graph.add_items(kv.get_unit_vectors(slice(None)), np.arange(len(kv)))

    def nearest(self, unit: npt.ArrayLike, topn: int) -> tuple[Rows, Floats]:
        """Return about the nearest rows of Q unit vectors (Q, D), and their cosines, (Q, topn)."""
        count = min(integer("topn", topn, least=1), len(self.words))
        self._graph.set_ef(max(self.search_effort, count))
        rows, distances = self._graph.knn_query(np.asarray(unit, np.float32), k=count)
        return rows.astype(np.intp), np.clip(1 - distances, -1, 1)

    def most_similar(self, vector: Floats, num_neighbors: int) -> Answers:
        """Return about the nearest words of a unit vector (D,) with their cosines, best first."""
        rows, cosines = self.nearest(vector[np.newaxis], num_neighbors)
        pairs = zip(rows[0].tolist(), cosines[0].tolist(), strict=True)
        return [(self.words[row], cosine) for row, cosine in pairs]
