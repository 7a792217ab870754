"""K-means of unit vectors, and how well clusters agree with categories: purity."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.vectors.evaluation_files import read_categories
from tinygrad_w2v.word2vec.vectors.queries import Queries
from tinygrad_w2v.word2vec.vectors.search import Floats, normalized

_RESTARTS = 10
_MOST_STEPS = 100


@dataclass(frozen=True)
class CategoriesResult:
    """Agreement of clusters with categories.

    Attributes
    ----------
    purity
        Share of the words that are in the most frequent category of their cluster, up to 1.
    words_used, words_total
        Number of known words, and of all words.
    categories
        Number of categories of known words, which is also that of clusters.
    """

    name: str
    purity: float
    words_used: int
    words_total: int
    categories: int

    def __str__(self) -> str:
        return (
            f"{self.name}: purity {self.purity:.3f} ({self.words_used:,} of "
            f"{self.words_total:,} words in {self.categories:,} clusters)"
        )


def evaluate_categories(
    kv: Queries,
    words: str | os.PathLike[str] | Iterable[tuple[str, str]],
    seed: int = 0,
) -> CategoriesResult:
    """Cluster words and compare the clusters with their categories.

    Parameters
    ----------
    kv
        The vectors.
    words
        Pairs (word, category), or a file with one per line, separated by a tab or white space.
    seed
        Of the initial centers of :func:`k_means`.

    Notes
    -----
    There are as many clusters as categories. Unknown words are omitted.

    Examples
    --------
    >>> from tinygrad_w2v.word2vec.vectors import KeyedVectors
    >>> kv = KeyedVectors(["cat", "dog", "oak", "elm"], [[1, 0], [3, 1], [0, 1], [0, 2]])
    >>> pairs = [("cat", "animal"), ("dog", "animal"), ("oak", "tree"), ("elm", "tree")]
    >>> print(evaluate_categories(kv, pairs))
    categories: purity 1.000 (4 of 4 words in 2 clusters)
    """
    name = "categories"
    if isinstance(words, str | os.PathLike):
        name, words = Path(words).name, read_categories(words)
    given = list(words)
    known = [(word, category) for word, category in given if word in kv]
    if not known:
        raise InputError(f"{name}: none of its {len(given):,} words has a vector; name other words")
    names, labels = np.unique([category for _, category in known], return_inverse=True)
    rows = np.array([kv.get_index(word) for word, _ in known])
    clusters = k_means(kv.get_unit_vectors(rows), min(len(names), len(rows)), seed)
    table = np.zeros((len(names), len(names)), np.intp)
    np.add.at(table, (clusters, labels), 1)
    purity = table.max(axis=1).sum() / len(known)
    return CategoriesResult(name, float(purity), len(known), len(given), len(names))


def k_means(
    unit: Floats, count: int, seed: int = 0, restarts: int = _RESTARTS
) -> npt.NDArray[np.intp]:
    """Return the cluster of each unit vector (V, D), by spherical k-means.

    The centers have norm 1, and a vector belongs to the center of the largest cosine (Dhillon and
    Modha 2001, "Concept Decompositions for Large Sparse Text Data Using Clustering"). Initial
    centers are chosen by k-means++; of several restarts, the one with the largest sum of cosines is
    returned.
    """
    if not 1 <= integer("count", count, least=1) <= len(unit):
        raise InputError(f"count is {count}: there are {len(unit):,} vectors; use at most as many")
    rng = np.random.default_rng(seed)
    best, chosen = -np.inf, np.zeros(len(unit), np.intp)
    for _ in range(restarts):
        labels, total = _one_run(unit, _initial_centers(unit, count, rng))
        if total > best:
            best, chosen = total, labels
    return chosen


def _one_run(unit: Floats, centers: Floats) -> tuple[npt.NDArray[np.intp], float]:
    """Return the clusters and the sum of the cosines after the steps converge."""
    labels = np.full(len(unit), -1)
    total = 0.0
    for _ in range(_MOST_STEPS):
        cosines = unit @ centers.T
        nearest = cosines.argmax(axis=1)
        total = float(cosines.max(axis=1).sum())
        if (nearest == labels).all():
            break
        labels = nearest
        order = np.argsort(labels, kind="stable")
        held, starts = np.unique(labels[order], return_index=True)
        centers[held] = normalized(np.add.reduceat(unit[order], starts, axis=0))
    return labels, total


def _initial_centers(unit: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Draw centers with probabilities proportional to the squared distance from those drawn."""
    rows = [int(rng.integers(len(unit)))]
    distance = np.full(len(unit), np.inf)
    for _ in range(count - 1):
        distance = np.minimum(distance, np.maximum(0, 1 - unit @ unit[rows[-1]]).astype(np.float64))
        total = distance.sum()
        shares = distance / total if total > 0 else None
        rows.append(int(rng.choice(len(unit), p=shares)))
    centers: Floats = unit[rows].copy()
    return centers
