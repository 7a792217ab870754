"""The corpus: a text as word ids, on disk or in memory."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import cache_directory as default_cache_directory
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.corpus import cache
from tinygrad_w2v.word2vec.corpus.encoding import LINE_END, EncodingProgress, encode_sentences
from tinygrad_w2v.word2vec.corpus.stored_ids import Ids, StoredIds, pieces
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary
from tinygrad_w2v.word2vec.text.decoding import ErrorPolicy
from tinygrad_w2v.word2vec.text.source import TextPath, TextSource

_CHUNK_IDS = 1 << 17


class Corpus:
    """A text as word ids, and the vocabulary they belong to.

    Parameters
    ----------
    vocabulary
        The words.
    ids
        The text, int32, shape (M,): each word's id, and ``LINE_END`` (-1) after each line. Words
        outside the vocabulary are left out, and so are lines without words.

    Attributes
    ----------
    word_count : int
        How many words the ids hold; line ends are not counted.
    line_count : int
        How many lines.

    Raises
    ------
    InputError
        If an id is neither ``LINE_END`` nor a word of the vocabulary.

    Examples
    --------
    >>> corpus = Corpus.from_sentences([["a", "cat"], ["a", "dog"]])
    >>> corpus.ids
    array([ 0,  1, -1,  0,  2, -1], dtype=int32)
    >>> corpus.word_count, corpus.line_count
    (4, 2)
    """

    def __init__(self, vocabulary: Vocabulary, ids: Ids) -> None:
        self.vocabulary = vocabulary
        self._ids = ids
        for piece in pieces(ids, _CHUNK_IDS):
            for extreme in (piece.min(), piece.max()):
                if not LINE_END <= extreme < len(vocabulary):
                    raise InputError(
                        f"ids must be {LINE_END} (line end) or words of the vocabulary, 0 to "
                        f"{len(vocabulary) - 1}, found {extreme}"
                    )
        self.word_count = self.count_words(0, len(ids))
        self.line_count = len(ids) - self.word_count
        self._delete_files: weakref.finalize[..., Corpus] | None = None

    @classmethod
    def from_text(
        cls,
        paths: TextPath | Iterable[TextPath],
        *,
        min_count: int = 5,
        max_vocab: int | None = None,
        errors: ErrorPolicy = "strict",
        cache_directory: TextPath | None = None,
        progress: EncodingProgress | None = None,
    ) -> Corpus:
        """Read text into ids on disk and leave them there, so that it may be larger than memory.

        The ids are used again as long as the options and the files' sizes and times of change
        stay the same. Those of a pipe or standard input are temporary: they are deleted when the
        corpus is closed or no longer referred to.

        Parameters
        ----------
        paths, errors
            Where the text is, one sentence or paragraph a line; as for :class:`TextSource`.
        min_count
            Words that occur less often are left out; at least 1.
        max_vocab
            At most this many words are kept, the most frequent ones; None for no limit.
        cache_directory
            Where the ids are kept; by default the folder ``corpora`` of
            :func:`tinygrad_w2v.runtime.files.cache_directory`.
        progress
            Called with the stage, ``"counting"`` or ``"encoding"``, the bytes done and the bytes
            in all.

        Raises
        ------
        InputError
            If the text cannot be read, has no words or none that is frequent enough, an option
            is out of range, or the ids cannot be written.
        """
        integer("min_count", min_count, least=1)
        if max_vocab is not None:
            integer("max_vocab", max_vocab, least=1)
        source = TextSource(paths, errors=errors)
        key = cache.cache_key(source, min_count, max_vocab)

        def build(folder: Path) -> cache.Encoded:
            return cache.build(
                folder, source, min_count=min_count, max_vocab=max_vocab, progress=progress
            )

        if key is not None:
            root = Path(cache_directory or default_cache_directory() / "corpora")
            return cls(*(cache.load(root / key) or build(root / key)))
        folder = Path(tempfile.mkdtemp(prefix="tinygrad_w2v-"))
        try:
            corpus = cls(*build(folder))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        corpus._delete_files = weakref.finalize(corpus, _delete, corpus._ids, folder)
        return corpus

    @classmethod
    def from_sentences(
        cls, sentences: Iterable[Sequence[str]], min_count: int = 1, max_vocab: int | None = None
    ) -> Corpus:
        """Return a corpus held in memory, of sentences that are already split into words.

        Raises
        ------
        InputError
            If a sentence is a string, there are no words or none that is frequent enough, or an
            option is out of range.
        """
        return cls(*encode_sentences(sentences, min_count=min_count, max_vocab=max_vocab))

    @property
    def ids(self) -> NDArray[np.int32]:
        """The whole text as word ids, int32, shape (M,); memory-mapped where it is on disk."""
        return self._ids.mapped() if isinstance(self._ids, StoredIds) else self._ids

    @property
    def size(self) -> int:
        """How many ids there are: words and line ends."""
        return len(self._ids)

    def read(self, begin: int, end: int) -> NDArray[np.int32]:
        """Return the ids from `begin` up to `end`; of a text on disk only these are read."""
        return self._ids[begin:end]

    def count_words(self, begin: int, end: int) -> int:
        """Return how many of the ids from `begin` up to `end` are words and not line ends.

        Examples
        --------
        >>> Corpus.from_sentences([["a", "cat"], ["a", "dog"]]).count_words(1, 5)
        3
        """
        starts = range(begin, end, _CHUNK_IDS)
        parts = (self.read(start, min(start + _CHUNK_IDS, end)) for start in starts)
        return sum(int(np.count_nonzero(part != LINE_END)) for part in parts)

    def close(self) -> None:
        """Let go of the ids, and delete their files if they are temporary."""
        if isinstance(self._ids, StoredIds):
            self._ids.close()
        self._ids = np.empty(0, np.int32)
        if self._delete_files is not None:
            self._delete_files()

    def __repr__(self) -> str:
        return (
            f"<Corpus: {self.word_count:,} words in {self.line_count:,} lines, "
            f"vocabulary of {len(self.vocabulary):,}>"
        )


def _delete(ids: Ids, folder: Path) -> None:
    if isinstance(ids, StoredIds):
        ids.close()  # an open file cannot be deleted everywhere
    shutil.rmtree(folder, ignore_errors=True)
