"""KeyedVectors: lookup, cosine similarity, nearest neighbours and analogies of word vectors."""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer, within
from tinygrad_w2v.word2vec.vectors.formats import Format, read_vectors, write_vectors
from tinygrad_w2v.word2vec.vectors.whitening import whitened
from tinygrad_w2v.word2vec.words import Words, checked_counts

# For norms in this range, division in float32 neither overflows nor loses digits.
_SAFE_NORMS = (1e-30, 1e38)


class KeyedVectors(Words):
    """V words, each with a vector of D numbers; immutable.

    Parameters
    ----------
    words
        Distinct words, the most frequent first if ``restrict_vocab`` is used.
    vectors
        Shape (V, D). Copied, so that training may continue, unless it is float32 and read-only.
    counts
        Shape (V,): number of occurrences of each word in the training text, if known.

    Attributes
    ----------
    words : tuple of str
        The words in order.
    vectors : numpy.ndarray
        Shape (V, D), float32, read-only; row ``i`` belongs to ``words[i]``.
    counts : numpy.ndarray or None
        Shape (V,), int64, read-only.

    Raises
    ------
    InputError
        If there are no words or no dimensions, the shapes do not match, a word is repeated, or a
        vector contains NaN or infinity.

    Examples
    --------
    >>> vectors = KeyedVectors(["cold", "cool", "hot"], np.array([[1, 0], [2, 1], [-1, 1]]))
    >>> vectors["cool"]
    array([2., 1.], dtype=float32)
    >>> "warm" in vectors, len(vectors), vectors.dim
    (False, 3, 2)
    >>> [word for word, _ in vectors.most_similar("cold")]
    ['cool', 'hot']
    """

    def __init__(
        self,
        words: Iterable[str],
        vectors: npt.ArrayLike,
        counts: npt.ArrayLike | None = None,
    ) -> None:
        super().__init__(words)
        self.vectors = _read_only(vectors, len(self.words))
        _check_finite(self.vectors, self.words)
        self.counts = None if counts is None else checked_counts(counts, len(self.words))

    def __getitem__(self, word: str) -> npt.NDArray[np.float32]:
        """Return the vector of `word`, shape (D,), read-only."""
        row: npt.NDArray[np.float32] = self.vectors[self.index(word)]
        return row

    def __repr__(self) -> str:
        return f"KeyedVectors({len(self):,} words, {self.dim} dimensions)"

    @property
    def dim(self) -> int:
        """The number D of dimensions."""
        return int(self.vectors.shape[1])

    @functools.cached_property
    def unit_vectors(self) -> npt.NDArray[np.float32]:
        """The vectors scaled to norm 1, shape (V, D), read-only; a zero vector stays zero."""
        return _normalised(self.vectors)

    def similarity(self, a: str, b: str) -> float:
        """Return the cosine similarity of two words; 0 if a vector is zero."""
        unit = self.unit_vectors
        cosine = float(unit[self.index(a)] @ unit[self.index(b)])
        return min(1.0, max(-1.0, cosine))

    def most_similar(
        self,
        positive: str | Sequence[str],
        negative: str | Sequence[str] = (),
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]]:
        """Return the words nearest to a sum of words, each with its cosine, best first.

        The unit vectors of the positive words are added and those of the negative ones subtracted;
        the words of the query are not answers. With ``positive=["king", "woman"],
        negative=["man"]`` this solves the analogy "man is to king as woman is to ...": 3CosAdd, see
        :func:`evaluate_analogies`.

        Parameters
        ----------
        positive, negative
            One or more words; UnknownWordError if one has no vector.
        topn
            Largest number of answers.
        restrict_vocab
            Search only this many of the first words.
        """
        added, subtracted = self._rows(positive), self._rows(negative)
        if not added and not subtracted:
            raise InputError("most_similar needs at least one word, positive or negative; got none")
        integer("topn", topn, least=1)
        if restrict_vocab is not None:
            integer("restrict_vocab", restrict_vocab, least=1)
        unit = self.unit_vectors
        query = unit[added].sum(axis=0) - unit[subtracted].sum(axis=0)
        cosines = unit[:restrict_vocab] @ _normalised(query[np.newaxis])[0]
        np.clip(cosines, -1, 1, out=cosines)
        excluded = [row for row in {*added, *subtracted} if row < len(cosines)]
        cosines[excluded] = -np.inf
        best = _largest_indices(cosines, min(topn, len(cosines) - len(excluded)))
        return [(self.words[row], float(cosines[row])) for row in best]

    def whitened(self, degree: float = 0.25) -> KeyedVectors:
        """Return whitened vectors, whose principal directions differ less in variance.

        They usually agree better with human judgements of similarity; formula and source are at
        :func:`~tinygrad_w2v.word2vec.vectors.whitening.whitened`.

        `degree` is from 0, no change, to 1, equal variance in all directions.

        Examples
        --------
        >>> table = np.array([[4, 1], [4, -1], [-4, 1], [-4, -1]])
        >>> vectors = KeyedVectors(["a", "b", "c", "d"], table)
        >>> vectors.whitened(0.5)["a"] / vectors.whitened(0.5)["a"][1]
        array([2., 1.], dtype=float32)
        """
        within(0, 1, degree=degree)
        result = copy.copy(self)  # shares the words
        if degree:
            result.vectors = whitened(self.vectors, degree)
            result.__dict__.pop("unit_vectors", None)
            result.vectors.flags.writeable = False
            _check_finite(result.vectors, result.words)
        return result

    def save(self, path: str | os.PathLike[str], format: Format | None = None) -> None:
        """Write the words and vectors; see :func:`write_vectors`.

        The counts are not written: the word2vec formats do not contain them.
        """
        write_vectors(path, self.words, self.vectors, format)

    @classmethod
    def load(cls, path: str | os.PathLike[str], format: Format | None = None) -> KeyedVectors:
        """Read a word2vec file; see :func:`~tinygrad_w2v.word2vec.vectors.formats.read_vectors`."""
        words, vectors = read_vectors(path, format)
        vectors.flags.writeable = False  # a new array, which need not be copied
        try:
            return cls(words, vectors)
        except InputError as error:
            raise InputError(f"{os.fspath(path)}: {error}") from error

    def _rows(self, words: str | Sequence[str]) -> list[int]:
        return [self.index(word) for word in ([words] if isinstance(words, str) else words)]


def _read_only(vectors: npt.ArrayLike, count: int) -> npt.NDArray[np.float32]:
    """Return the vectors, copied unless they are float32 and read-only; check their shape."""
    found: Any = vectors
    if not (
        isinstance(found, np.ndarray)
        and found.dtype == np.float32
        and found.flags.c_contiguous
        and not found.flags.writeable
    ):
        try:
            with np.errstate(over="ignore"):  # overflow gives infinity, which is refused
                found = np.array(vectors, np.float32, order="C")
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the vectors are not an array of numbers ({error}); give one of shape (V, D)"
            ) from None
        found.flags.writeable = False
    if found.ndim != 2 or len(found) != count:
        raise InputError(
            f"{count:,} words and vectors of shape {found.shape} do not match; "
            f"give vectors of shape ({count}, D), one row for each word"
        )
    if 0 in found.shape:
        raise InputError(
            f"vectors of shape {found.shape} are empty; give at least one word and one dimension"
        )
    checked: npt.NDArray[np.float32] = found
    return checked


def _check_finite(vectors: npt.NDArray[np.float32], words: Sequence[str]) -> None:
    with np.errstate(invalid="ignore"):
        extremes = float(vectors.min()) + float(vectors.max())  # NaN and infinity propagate
    if not np.isfinite(extremes):
        row = int(np.argmin(np.isfinite(vectors).all(axis=1)))
        raise InputError(
            f"the vector of {words[row]!r} (row {row:,}) contains NaN or infinity; "
            "train again, with a smaller learning rate if it diverged"
        )


def _normalised(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale each row to norm 1; a zero row stays zero."""
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    norms[norms == 0] = 1
    low, high = _SAFE_NORMS
    safe = np.clip(norms, low, high).astype(np.float32)
    unit: npt.NDArray[np.float32] = vectors / safe[:, np.newaxis]
    extreme = np.flatnonzero((norms < low) | (norms > high))
    unit[extreme] = vectors[extreme] / norms[extreme, np.newaxis]
    unit.flags.writeable = False
    return unit


def _largest_indices(values: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.intp]:
    """Return the indices of the `count` largest values, in stable decreasing order."""
    if count == 0:
        return np.empty(0, np.intp)
    threshold = np.partition(values, -count)[-count]
    candidates = np.flatnonzero(values >= threshold)
    order = np.argsort(-values[candidates], kind="stable")[:count]
    return candidates[order]
