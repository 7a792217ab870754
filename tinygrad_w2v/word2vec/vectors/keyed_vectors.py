"""KeyedVectors: word vectors with their queries, evaluation, post-processing and files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import one_of, within
from tinygrad_w2v.word2vec.vectors import gensim_evaluation, postprocessing
from tinygrad_w2v.word2vec.vectors.formats import Format, read_vectors, write_vectors
from tinygrad_w2v.word2vec.vectors.queries import Queries
from tinygrad_w2v.word2vec.vectors.search import normalized
from tinygrad_w2v.word2vec.vectors.storage import Stored, restored, stored


class KeyedVectors(Queries):
    """V words, each with a vector of D numbers.

    Parameters
    ----------
    words
        Distinct words, the most frequent first if ``restrict_vocab`` is used. An integer is the
        `vector_size` of an empty table.
    vectors
        Shape (V, D). Copied, so that training may continue, unless it is float32 and read-only.
    counts
        Shape (V,): number of occurrences of each word in the training text, if known.
    vector_size
        The number D of dimensions of an empty table, to which vectors can be added.

    Attributes
    ----------
    words : tuple of str
        The words in order; also `index_to_key`. `key_to_index` has the position of each word.
    vectors : numpy.ndarray
        Shape (V, D), float32, read-only; row ``i`` belongs to ``words[i]``. Assign to
        ``vectors["word"]`` to change one, and call :meth:`add_vectors` for many.
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

    def __repr__(self) -> str:
        return f"KeyedVectors({len(self):,} words, {self.dim} dimensions)"

    # --- post-processing -------------------------------------------------------------------------

    def normalized(self) -> Self:
        """Return the vectors scaled to norm 1; a zero vector stays zero."""
        return self._with(normalized(self.vectors))

    def without_top_components(self, count: int | None = None) -> Self:
        """Return the vectors without their mean and their first principal components.

        Formula and source are at :func:`postprocessing.without_top_components`. The default `count`
        is D / 100, at least 1.
        """
        chosen = max(1, self.dim // 100) if count is None else count
        return self._with(postprocessing.without_top_components(self.vectors, chosen))

    def whitened(self, degree: float = 0.25) -> Self:
        """Return whitened vectors, whose principal directions differ less in variance.

        They usually agree better with human judgements of similarity; formula and source are at
        :func:`postprocessing.whitened`.

        `degree` is from 0, no change, to 1, equal variance in all directions.

        Examples
        --------
        >>> table = np.array([[4, 1], [4, -1], [-4, 1], [-4, -1]])
        >>> vectors = KeyedVectors(["a", "b", "c", "d"], table)
        >>> vectors.whitened(0.5)["a"] / vectors.whitened(0.5)["a"][1]
        array([2., 1.], dtype=float32)
        """
        within(0, 1, degree=degree)
        return self._with(postprocessing.whitened(self.vectors, degree) if degree else self.vectors)

    def averaged(self, other: KeyedVectors) -> Self:
        """Return the means of the vectors of two tables of the same words.

        Of the input and output vectors of a training (:meth:`Word2Vec.vectors`), the mean is used
        as in GloVe (Pennington et al. 2014) and Levy et al. 2015, where it is called w + c.
        """
        if self.words != other.words or self.dim != other.dim:
            raise InputError(
                f"{other!r} differs from {self!r} in its words, their order or the dimensions; "
                f"average tables of the same training"
            )
        return self._with((self.vectors + other.vectors) / np.float32(2))

    def quantized(self, dtype: Stored) -> Self:
        """Return the vectors as they are read after :meth:`save` with this `dtype`.

        It measures the loss of a smaller file: float16 takes half the size and int8, with a scale
        for each vector, a quarter.
        """
        one_of(("float32", "float16", "int8"), dtype=dtype)
        return self._with(restored(stored(self.vectors, dtype)))

    # --- evaluation ------------------------------------------------------------------------------

    evaluate_word_pairs = gensim_evaluation.evaluate_word_pairs
    evaluate_word_analogies = gensim_evaluation.evaluate_word_analogies

    # --- files -----------------------------------------------------------------------------------

    def save(
        self,
        path: str | os.PathLike[str],
        format: Format | None = None,
        **options: Any,
    ) -> None:
        """Write the words and vectors, and the counts if the format has them.

        Formats and options are those of :func:`write_vectors`.
        """
        write_vectors(path, self.words, self.vectors, format, counts=self.counts, **options)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        format: Format | None = None,
        **options: Any,
    ) -> Self:
        """Read a file of vectors; formats and options are those of :func:`read_vectors`."""
        found = read_vectors(path, format, **options)
        found.vectors.flags.writeable = False  # a new array, which need not be copied
        try:
            return cls(*found)
        except InputError as error:
            raise InputError(f"{os.fspath(path)}: {error}") from error

    def save_word2vec_format(
        self,
        fname: str | os.PathLike[str],
        fvocab: str | os.PathLike[str] | None = None,
        binary: bool = False,
        write_header: bool = True,
        prefix: str = "",
    ) -> None:
        """Write word2vec's text or binary format, as gensim's method of this name.

        Parameters
        ----------
        fname
            The file.
        fvocab
            File for the counts, a line ``word count`` for each word.
        binary
            Write the binary format.
        write_header
            Begin with the numbers of words and of dimensions. GloVe's files have no header.
        prefix
            Text before each word.

        Notes
        -----
        The most frequent words come first, if the counts are known.
        """
        if fvocab is not None and self.counts is None:
            raise InputError("the counts of the words are unknown: omit fvocab")
        order: Any = slice(None)
        words: Sequence[str] = self.words
        if self.counts is not None:
            order = np.argsort(-self.counts, kind="stable")
            words = [self.words[row] for row in order]
        if prefix:
            words = [prefix + word for word in words]
        kind: Literal["binary", "text"] = "binary" if binary else "text"
        write_vectors(fname, words, self.vectors[order], kind, header=write_header)
        if fvocab is not None and self.counts is not None:
            from tinygrad_w2v.runtime.files import write_text

            counts = self.counts[order].tolist()
            write_text(fvocab, (f"{w} {n}\n" for w, n in zip(words, counts, strict=True)))

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | os.PathLike[str],
        fvocab: str | os.PathLike[str] | None = None,
        binary: bool = False,
        unicode_errors: str = "strict",
        limit: int | None = None,
        no_header: bool = False,
    ) -> Self:
        """Read word2vec's text or binary format, as gensim's method of this name.

        Parameters
        ----------
        fname
            The file, compressed by gzip or not.
        fvocab
            File of counts, a line ``word count`` for each word.
        binary
            Whether the file is in the binary format.
        unicode_errors
            Handling of words that are not UTF-8: ``"strict"``, ``"replace"`` or ``"ignore"``.
        limit
            Read only this many of the first words.
        no_header
            Whether the text begins with a word, as GloVe's does.

        Notes
        -----
        Of a repeated word, the first is used, and a warning names the number of the others.
        """
        kind: Literal["binary", "text"] = "binary" if binary else "text"
        found = read_vectors(
            fname,
            kind,
            limit=limit or None,
            errors=unicode_errors,
            header=not no_header,
            counts=fvocab,
            repeated="first",
        )
        found.vectors.flags.writeable = False
        return cls(*found)
