"""Corpus: a text as word ids, on disk or in memory."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.corpus.disk_cache import encoded
from tinygrad_w2v.word2vec.corpus.encoding import EncodingProgress, encode_sentences
from tinygrad_w2v.word2vec.corpus.stored_ids import LINE_END, Ids, StoredIds, checksum, chunks
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary
from tinygrad_w2v.word2vec.settings import CorpusSettings, ErrorPolicy
from tinygrad_w2v.word2vec.text.files import TextPath
from tinygrad_w2v.word2vec.text.source import TextSource


class Corpus:
    """A text as word ids, and their vocabulary.

    Parameters
    ----------
    vocabulary
        The words.
    ids
        The text, int32, shape (M,): the id of each word, and ``LINE_END`` (-1) after each line.
        Words outside the vocabulary are omitted, and so are lines without words.

    Attributes
    ----------
    word_count : int
        Number of words in `ids`, without line ends.
    line_count : int
        Number of lines.

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
        for chunk in chunks(ids):
            for extreme in (chunk.min(), chunk.max()):
                if not LINE_END <= extreme < len(vocabulary):
                    raise InputError(
                        f"ids must be {LINE_END} (line end) or words of the vocabulary, 0 to "
                        f"{len(vocabulary) - 1}, found {extreme}"
                    )
        self.word_count = self.count_words(0, len(ids))
        self.line_count = len(ids) - self.word_count

    @classmethod
    def from_text(
        cls,
        paths: TextPath | Iterable[TextPath],
        *,
        min_count: int = CorpusSettings.min_count,
        max_vocab: int | None = CorpusSettings.max_vocab,
        errors: ErrorPolicy = CorpusSettings.errors,
        cache_directory: TextPath | None = None,
        progress: EncodingProgress | None = None,
    ) -> Corpus:
        """Encode a text to ids on disk, so that it may be larger than memory.

        The ids are cached and reused while the options and the files stay the same; see
        :meth:`TextSource.identity`. Those of a pipe or standard input are deleted with the corpus.

        Parameters
        ----------
        paths, errors
            The text, one sentence or paragraph per line; see :class:`TextSource`.
        min_count, max_vocab
            See :meth:`Vocabulary.from_counts`.
        cache_directory
            Folder for the ids; by default the folder ``corpora`` of
            :func:`tinygrad_w2v.runtime.files.cache_directory`.
        progress
            Called with the stage, ``"counting"`` or ``"encoding"``, the bytes done and the total
            number of bytes.

        Raises
        ------
        InputError
            If the text cannot be read, has no words or none that is frequent enough, an option
            is out of range, or the ids cannot be written.
        """
        settings = CorpusSettings(min_count=min_count, max_vocab=max_vocab, errors=errors)
        source = TextSource(paths, errors=errors)
        return cls(*encoded(source, settings, cache_directory, progress))

    @classmethod
    def from_sentences(
        cls, sentences: Iterable[Sequence[str]], min_count: int = 1, max_vocab: int | None = None
    ) -> Corpus:
        """Return a corpus in memory of sentences that are already split into words.

        Raises the errors of :meth:`from_text`, and InputError if a sentence is a string.
        """
        settings = CorpusSettings(min_count=min_count, max_vocab=max_vocab)
        return cls(*encode_sentences(sentences, settings))

    @classmethod
    def encoded(cls, lines: Iterable[Sequence[str]], vocabulary: Vocabulary) -> Corpus:
        """Return lines of words, such as held-out text, as a corpus with a given vocabulary.

        Raises InputError if no word is in the vocabulary.
        """
        known = [ids for words in lines if len(ids := vocabulary.ids(words, skip_unknown=True))]
        if not known:
            raise InputError("the text has no word of the vocabulary; name another text")
        return cls(vocabulary, as_lines(known))

    def with_words(self, words: Iterable[str]) -> Corpus:
        """Return the same text with more words in its vocabulary, which have a count of 0."""
        known = self.vocabulary
        added = [word for word in dict.fromkeys(words) if word not in known]
        result = copy.copy(self)
        counts = np.append(known.counts, np.zeros(len(added), np.int64))
        result.vocabulary = Vocabulary([*known.words, *added], counts) if added else known
        return result

    @property
    def ids(self) -> NDArray[np.int32]:
        """The whole text as word ids, int32, shape (M,); memory-mapped if it is on disk."""
        return self._ids.mapped() if isinstance(self._ids, StoredIds) else self._ids

    @property
    def size(self) -> int:
        """Number of ids: words and line ends."""
        return len(self._ids)

    def read(self, begin: int, end: int) -> NDArray[np.int32]:
        """Return the ids from `begin` up to `end`; only these are read from disk."""
        return self._ids[begin:end]

    def count_words(self, begin: int, end: int) -> int:
        """Return the number of words, without line ends, among the ids from `begin` up to `end`."""
        parts = chunks(self._ids, begin, end)
        return sum(int(np.count_nonzero(part != LINE_END)) for part in parts)

    def checksum(self) -> int:
        """Return the CRC-32 of the ids."""
        return checksum(self._ids)

    def close(self) -> None:
        """Release the ids, and delete their files if they are temporary."""
        if isinstance(self._ids, StoredIds):
            self._ids.close()
        self._ids = np.empty(0, np.int32)

    def __repr__(self) -> str:
        return (
            f"<Corpus: {self.word_count:,} words in {self.line_count:,} lines, "
            f"vocabulary of {len(self.vocabulary):,}>"
        )


def as_lines(texts: Iterable[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return texts as one, with LINE_END after each."""
    end = np.array([LINE_END], np.int32)
    return np.concatenate([part for text in texts for part in (text, end)])
