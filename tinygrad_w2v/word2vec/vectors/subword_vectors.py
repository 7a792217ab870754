"""SubwordVectors: word vectors that are means of subword vectors, for unseen words as well."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.subwords import SubwordMembers, Subwords
from tinygrad_w2v.ops.ragged import ragged_bag
from tinygrad_w2v.word2vec.vectors.fasttext_format import (
    FastTextFile,
    is_fasttext,
    read_fasttext,
    write_fasttext,
)
from tinygrad_w2v.word2vec.vectors.formats import Format
from tinygrad_w2v.word2vec.vectors.keyed_vectors import KeyedVectors
from tinygrad_w2v.word2vec.vectors.search import Floats, normalized
from tinygrad_w2v.word2vec.vectors.table import Key


class SubwordVectors(KeyedVectors):
    """Word vectors, and the table of the subwords that they are means of.

    Every word that has an n-gram has a vector and can be queried; ``key_to_index`` has the words of
    the vocabulary, and they alone are answers.

    Parameters
    ----------
    words
        Distinct words, V in number.
    table
        Shape (V + buckets, D), float32: a row for each word, then one for each bucket. Copied
        unless it is read-only.
    subwords
        The n-grams and the number of buckets.
    counts
        Shape (V,): number of occurrences of each word.
    output
        Shape (V, D): the output table, if the training is to be continued or fastText is to read
        the file; zeros are written without it.
    arguments
        Other arguments of the training; see :data:`fasttext_format.ARGUMENTS`.

    Examples
    --------
    >>> table = np.random.default_rng(0).normal(size=(2 + 100, 4)).astype(np.float32)
    >>> vectors = SubwordVectors(["cold", "colder"], table, Subwords(3, 6, buckets=100))
    >>> "coldest" in vectors, vectors["coldest"].shape
    (True, (4,))
    """

    def __init__(
        self,
        words: Iterable[str],
        table: npt.ArrayLike,
        subwords: Subwords,
        counts: npt.ArrayLike | None = None,
        *,
        output: npt.NDArray[np.float32] | None = None,
        arguments: Mapping[str, float] | None = None,
    ) -> None:
        words = tuple(words)
        self.subwords, self.output, self.arguments = subwords, output, dict(arguments or {})
        self.table = np.asarray(table, np.float32)
        if self.table.ndim != 2 or len(self.table) != len(words) + subwords.buckets:
            raise InputError(
                f"{len(words):,} words and {subwords.buckets:,} buckets do not match a table of "
                f"shape {self.table.shape}: it must have a row for each"
            )
        if self.table.flags.writeable:
            self.table = self.table.copy()
            self.table.flags.writeable = False
        self._ngrams = self.table[len(words) :]
        vectors = SubwordMembers(words, subwords).vectors(self.table)
        vectors.flags.writeable = False  # a new array, which need not be copied
        super().__init__(words, vectors, counts)

    def __repr__(self) -> str:
        return f"SubwordVectors({len(self):,} words, {self.dim} dimensions, {self.subwords})"

    def get_vector(self, key: Key, norm: bool = False) -> Floats:
        """Return the vector of a word, shape (D,), read-only; of an unseen one from its n-grams.

        Raises
        ------
        UnknownWordError
            If the word is not in the vocabulary and has no n-gram.
        """
        rows = self._ngram_rows(key)
        if not len(rows):
            return super().get_vector(key, norm)
        vector: Floats = ragged_bag(self._ngrams, rows, [0])
        vector = (normalized(vector) if norm else vector)[0]
        vector.flags.writeable = False
        return vector

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or bool(len(self._ngram_rows(key)))

    def _ngram_rows(self, key: object) -> npt.NDArray[np.intp]:
        """Return the buckets of an unseen word; none for others."""
        unseen = isinstance(key, str) and key not in self.key_to_index
        return self.subwords.hashed([key] if unseen else [])[0]  # type: ignore[list-item]

    def _with(self, vectors: Floats, words: Sequence[str] | None = None) -> Any:
        """Return other vectors of these or other words, which are no longer means of subwords."""
        counts = self.counts if words is None else None
        vectors.flags.writeable = False
        return KeyedVectors(self.words if words is None else words, vectors, counts)

    def save(
        self, path: str | os.PathLike[str], format: Format | None = None, **options: Any
    ) -> None:
        """Write the vectors; ``.bin`` without a format is fastText's, with the subwords.

        All other formats are those of :func:`write_vectors`, and contain no subwords.
        """
        if format is not None or not os.fspath(path).endswith(".bin"):
            super().save(path, format, **options)
            return
        if self._owns_vectors:
            raise InputError(
                f"vectors were added or replaced, and fastText's format of {os.fspath(path)} holds "
                "subwords alone: give a format, or another suffix"
            )
        write_fasttext(
            path,
            FastTextFile(
                self.words, self.counts, self.subwords, self.table, self.output, self.arguments
            ),
        )

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], format: Format | None = None, **options: Any
    ) -> Self:
        """Read fastText's ``.bin``; InputError if the file is something else."""
        if format is not None or options or not is_fasttext(path):
            raise InputError(
                f"{os.fspath(path)} is not a model of fastText: load it with KeyedVectors.load"
            )
        found = read_fasttext(path)
        found.table.flags.writeable = False
        return cls(
            found.words,
            found.table,
            found.subwords,
            found.counts,
            output=found.output,
            arguments=found.arguments,
        )


def load_vectors(
    path: str | os.PathLike[str], format: Format | None = None, **options: Any
) -> KeyedVectors:
    """Read a file of any format: SubwordVectors from a model of fastText, or KeyedVectors."""
    if format is None and is_fasttext(path):
        given = [name for name, value in options.items() if value not in (None, False, "strict")]
        if given:
            raise InputError(
                f"{os.fspath(path)} is a model of fastText, which is read whole: omit {given[0]}"
            )
        return SubwordVectors.load(path)
    return KeyedVectors.load(path, format, **options)
