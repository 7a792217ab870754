"""VectorTable: words with a vector each. Lookup, changes, and means; base of KeyedVectors."""

from __future__ import annotations

import copy
import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeGuard, cast

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.vectors.search import Floats, normalized
from tinygrad_w2v.word2vec.words import UnknownWordError, Words, checked_counts

Key = str | int | np.integer[Any]
"""A word, or the position of one."""


class VectorTable(Words):
    """V words, each with a vector of D numbers; see :class:`KeyedVectors` for the parameters."""

    def __init__(
        self,
        words: Iterable[str] | int = (),
        vectors: npt.ArrayLike | None = None,
        counts: npt.ArrayLike | None = None,
        *,
        vector_size: int | None = None,
    ) -> None:
        if not isinstance(words, Iterable):
            vector_size, words = words, ()
        super().__init__(words)
        if vectors is None:
            if self.words or vector_size is None:
                raise InputError(
                    "no vectors are given: pass words and vectors, or vector_size alone"
                )
            vectors = np.empty((0, integer("vector_size", vector_size, least=1)), np.float32)
            vectors.flags.writeable = False
            self.vectors = vectors
        else:
            self.vectors = _read_only(vectors, len(self.words))
            if not self.is_mapped:  # which need not be read at once
                _check_finite(self.vectors, self.words)
        self.counts = None if counts is None else checked_counts(counts, len(self.words))
        self._owns_vectors = False  # no other object has this array

    # --- lookup ----------------------------------------------------------------------------------

    def __getitem__(self, key: Key | Iterable[Key]) -> Floats:
        """Return the vector of a word, (D,), or of a list of words, (N, D)."""
        if is_key(key):
            return self.get_vector(key)
        rows = [self.get_vector(each) for each in cast("Iterable[Key]", key)]
        return np.array(rows, np.float32).reshape(-1, self.dim)

    def __contains__(self, key: object) -> bool:
        return self.has_index_for(key)

    @property
    def is_mapped(self) -> bool:
        """Whether the vectors are a memory-mapped file, so that their copy may not fit memory."""
        return isinstance(self.vectors, np.memmap)

    @property
    def dim(self) -> int:
        """The number D of dimensions."""
        return int(self.vectors.shape[1])

    @property
    def vector_size(self) -> int:
        """The number D of dimensions."""
        return self.dim

    @property
    def index_to_key(self) -> tuple[str, ...]:
        """The words in order."""
        return self.words

    @property
    def key_to_index(self) -> Mapping[str, int]:
        """The position of each word."""
        return MappingProxyType(self._index)

    @functools.cached_property
    def unit_vectors(self) -> Floats:
        """The vectors scaled to norm 1, shape (V, D), read-only; a zero vector stays zero."""
        return normalized(self.vectors)

    def get_normed_vectors(self) -> Floats:
        """Return :attr:`unit_vectors`."""
        return self.unit_vectors

    def get_index(self, key: Key, default: int | None = None) -> int:
        """Return the position of a word, or of the position itself.

        Raises
        ------
        UnknownWordError
            If there is no such word or position, and no `default`.
        """
        if isinstance(key, str):
            position = self._index.get(key)
        else:
            position = operator.index(key)
            position = position if 0 <= position < len(self) else None
        if position is not None:
            return position
        if default is not None:
            return default
        raise UnknownWordError(key, self.words)

    def has_index_for(self, key: object) -> bool:
        """Return whether there is a row for a word or a position."""
        return is_key(key) and self.get_index(key, -1) >= 0

    def get_vector(self, key: Key, norm: bool = False) -> Floats:
        """Return the vector of a word, shape (D,), read-only; with `norm`, scaled to norm 1."""
        row = self.vectors[self.get_index(key)]
        row = normalized(row[np.newaxis])[0] if norm else np.asarray(row)
        row.flags.writeable = False
        return row

    def get_mean_vector(
        self,
        keys: Sequence[Key | npt.NDArray[Any]],
        weights: npt.ArrayLike | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> Floats:
        """Return the weighted mean of the vectors of words, shape (D,).

        Parameters
        ----------
        keys
            Words, positions, or vectors of shape (D,), which are used as they are.
        weights
            One for each key; by default 1. The sum is divided by the sum of their magnitudes.
        pre_normalize
            Scale the vectors of words to norm 1 first.
        post_normalize
            Scale the result to norm 1.
        ignore_missing
            Omit unknown words; otherwise UnknownWordError names the first.
        """
        if not len(keys):
            raise InputError("a mean needs at least one word or vector; got none")
        factors = np.ones(len(keys)) if weights is None else np.asarray(weights, np.float64)
        if factors.shape != (len(keys),):
            raise InputError(
                f"weights have shape {factors.shape}: give one number for each of {len(keys)} keys"
            )
        total, mean = 0.0, np.zeros(self.dim)
        for key, factor in zip(keys, factors, strict=True):
            if is_key(key):
                if ignore_missing and key not in self:
                    continue
                vector = self.get_vector(key, norm=pre_normalize)
            else:
                vector = self._checked_vector(cast("npt.NDArray[Any]", key))
            mean += factor * vector
            total += abs(factor)
        mean /= total or 1
        found = mean.astype(np.float32)
        return normalized(mean.astype(np.float32)[np.newaxis])[0] if post_normalize else found

    def vectors_for_all(
        self, keys: Iterable[str], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> Self:
        """Return new KeyedVectors with those of the words that have a vector, in their order.

        Parameters
        ----------
        keys
            Words; repeated ones are used once.
        allow_inference
            Compute vectors of unknown words, in classes that can.
        copy_vecattrs
            Copy the counts as well.
        """
        known = self if allow_inference else self._index
        words = [key for key in dict.fromkeys(keys) if key in known]
        result = self._with(self[words], words)
        if copy_vecattrs and self.counts is not None:
            rows = [self.get_index(word, -1) for word in words]
            result.counts = np.where(np.array(rows) < 0, 0, self.counts[rows])
        return result

    # --- changes ---------------------------------------------------------------------------------

    def add_vector(self, key: str, vector: npt.ArrayLike) -> int:
        """Append a word with its vector, unless it exists; return its position.

        The table is copied. To add many words, use :meth:`add_vectors`.
        """
        self.add_vectors(key, vector)
        return self.get_index(key)

    def add_vectors(
        self, keys: str | Sequence[str], weights: npt.ArrayLike, replace: bool = False
    ) -> None:
        """Append words with their vectors; `replace` those of words that exist, or leave them.

        Parameters
        ----------
        keys
            N words, or one.
        weights
            Shape (N, D), or (D,) for one word.

        Notes
        -----
        The table is copied once per call. The counts of new words are 0, if there are counts.
        """
        keys = [keys] if isinstance(keys, str) else list(keys)
        for key in keys:
            if not isinstance(key, str):
                raise InputError(f"a word must be a string, got {key!r} of {type(key).__name__}")
        rows = self._checked_rows(weights, len(keys))
        _check_finite(rows, keys)
        found = np.array([self.get_index(key, -1) for key in keys], np.intp)
        last = {key: n for n, key in enumerate(keys)}  # a repeated word has its last vector
        if replace and (found >= 0).any():
            if not self._owns_vectors:
                self.vectors = np.array(self.vectors)
            self.vectors.flags.writeable = True
            self.vectors[found[found >= 0]] = rows[found >= 0]
        added = {key: last[key] for key in keys if key not in self._index}
        if added:
            self.vectors = np.concatenate([np.asarray(self.vectors), rows[list(added.values())]])
            self._set_words((*self.words, *added))
            if self.counts is not None:
                self.counts = np.append(self.counts, np.zeros(len(added), np.int64))
        self._owns_vectors |= bool(added) or replace
        self.vectors.flags.writeable = False
        self.__dict__.pop("unit_vectors", None)

    def __setitem__(self, keys: str | Sequence[str], weights: npt.ArrayLike) -> None:
        """Set the vector of a word, or the vectors of a list of words; add those that are new."""
        self.add_vectors(keys, weights, replace=True)

    def sort_by_descending_frequency(self) -> None:
        """Sort the words by descending count, equal counts in reverse order, as gensim does."""
        if self.counts is None:
            raise InputError("the counts of the words are unknown: load them with fvocab")
        order = np.lexsort((-np.arange(len(self)), -self.counts))
        self.vectors, self.counts = self.vectors[order], self.counts[order]
        self.vectors.flags.writeable = self.counts.flags.writeable = False
        self._owns_vectors = True
        self._set_words(tuple(self.words[row] for row in order))
        self.__dict__.pop("unit_vectors", None)

    def _set_words(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.__dict__.pop("_index", None)

    def _with(self, vectors: Floats, words: Sequence[str] | None = None) -> Self:
        """Return a copy with other vectors and, if `words` are given, these and no counts."""
        result = copy.copy(self)
        result.__dict__.pop("unit_vectors", None)
        if words is not None:
            result.counts = None
            result._set_words(tuple(words))
        vectors.flags.writeable = False
        result.vectors = vectors
        # An array in two tables is copied before either changes it.
        result._owns_vectors = False
        if vectors is self.vectors:
            self._owns_vectors = False
        _check_finite(vectors, result.words)
        return result

    # --- checks ----------------------------------------------------------------------------------

    def _checked_vector(self, vector: npt.ArrayLike) -> Floats:
        row: Floats = self._checked_rows(vector, 1)[0]
        return row

    def _checked_rows(self, weights: npt.ArrayLike, count: int) -> Floats:
        """Return (count, D) float32; a single row may have shape (D,)."""
        rows = np.asarray(weights, np.float32)
        if count == 1 and rows.shape == (self.dim,):
            rows = rows[np.newaxis]
        if rows.shape != (count, self.dim):
            expected = f"({count}, {self.dim})" if count != 1 else f"({self.dim},)"
            raise InputError(f"vectors of shape {rows.shape} do not fit: give shape {expected}")
        return rows


def is_key(key: object) -> TypeGuard[Key]:
    """Return whether a value is a word or a position, not a vector."""
    return isinstance(key, str | int | np.integer) and not isinstance(key, bool)


def _read_only(vectors: npt.ArrayLike, count: int) -> Floats:
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
    checked: Floats = found
    return checked


def _check_finite(vectors: Floats, words: Sequence[str]) -> None:
    if not vectors.size:
        return
    flat = vectors.reshape(-1)
    with np.errstate(invalid="ignore", over="ignore"):
        # NaN and infinity propagate. The sum of squares takes one pass, but can overflow.
        is_finite = np.isfinite(flat @ flat) or np.isfinite(float(flat.min()) + float(flat.max()))
    if not is_finite:
        row = int(np.argmin(np.isfinite(vectors).all(axis=1)))
        raise InputError(
            f"the vector of {words[row]!r} (row {row:,}) contains NaN or infinity; "
            "train again, with a smaller learning rate if it diverged"
        )
