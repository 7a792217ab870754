"""Vocabulary: words, their ids and their counts."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import read_text, write_text
from tinygrad_w2v.word2vec.settings import CorpusSettings
from tinygrad_w2v.word2vec.words import LARGEST_TOTAL, Words, checked_counts


class Vocabulary(Words):
    """Words and their counts; a word's id is its position.

    :meth:`from_counts` and a corpus order the words by decreasing count, so that id 0 is the most
    frequent word. The constructor keeps the order of its arguments.

    Parameters
    ----------
    words
        V distinct words.
    counts
        Number of occurrences of each word, shape (V,).

    Raises
    ------
    InputError
        If a word is listed twice, a count is negative, or the two lengths differ.

    Examples
    --------
    >>> vocabulary = Vocabulary(["the", "cat"], [20, 5])
    >>> vocabulary["cat"], "dog" in vocabulary, len(vocabulary)
    (1, False, 2)
    """

    def __init__(self, words: Sequence[str], counts: ArrayLike) -> None:
        super().__init__(words)
        self.counts = checked_counts(counts, len(self.words))

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        min_count: int = CorpusSettings.min_count,
        max_vocab: int | None = CorpusSettings.max_vocab,
    ) -> Vocabulary:
        """Return the vocabulary of the frequent words, by decreasing count.

        Words that are equally frequent keep their order in `counts`.

        Parameters
        ----------
        counts
            Number of occurrences of each word.
        min_count
            Words that occur fewer times are omitted; at least 1.
        max_vocab
            Largest size of the vocabulary, the most frequent words; None for no limit.

        Examples
        --------
        >>> Vocabulary.from_counts({"a": 1, "b": 3, "c": 2}, min_count=2).words
        ('b', 'c')
        """
        array = np.fromiter(counts.values(), np.int64, count=len(counts))
        words, settings = list(counts), CorpusSettings(min_count=min_count, max_vocab=max_vocab)
        order = most_frequent(words, array, settings, "the mapping of counts")
        return cls([words[n] for n in order.tolist()], array[order])

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __getitem__(self, word: str) -> int:
        return self.index(word)

    def __repr__(self) -> str:
        return f"<Vocabulary: {len(self):,} words, {int(self.counts.sum()):,} occurrences>"

    def ids(self, tokens: Iterable[str], *, skip_unknown: bool = False) -> NDArray[np.int32]:
        """Return the ids of words, shape (N,).

        `skip_unknown` omits words that are not in the vocabulary, as :class:`Corpus` does, instead
        of raising UnknownWordError.

        Examples
        --------
        >>> Vocabulary(["the", "cat"], [20, 5]).ids(["cat", "the", "cat"])
        array([1, 0, 1], dtype=int32)
        """
        if isinstance(tokens, str):
            raise InputError(f"tokens must be a list of words, found the string {tokens!r}")
        if skip_unknown:
            found = np.fromiter(map(self._index.get, tokens, itertools.repeat(-1)), np.int32)
            return found[found >= 0]
        return np.fromiter(map(self.index, tokens), np.int32)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one ``word count`` per line, UTF-8: the format of word2vec.c's ``-save-vocab``."""
        broken = next((word for word in self.words if "\n" in word or not word), None)
        if broken is not None:
            raise InputError(
                f"cannot save the word {broken!r}: the file has one word per line; rename the word"
            )
        pairs = zip(self.words, self.counts, strict=True)
        write_text(path, (f"{word} {count}\n" for word, count in pairs))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocabulary:
        """Read a file of :meth:`save`, word2vec.c's ``-save-vocab`` or gensim, in its order."""
        words, counts = [], []
        for number, line in enumerate(read_text(path).split("\n"), start=1):
            word, _, count = line.rpartition(" ")
            if word and count.isdecimal():
                # Python refuses to convert very long numbers.
                if len(count) > 20 or int(count) >= LARGEST_TOTAL:
                    raise InputError(
                        f"{os.fspath(path)}, line {number}: the count {count[:30]} is too large; "
                        "correct it"
                    )
                words.append(word)
                counts.append(int(count))
            elif line:
                raise InputError(
                    f"{os.fspath(path)}, line {number}: expected a word, a space and its count, "
                    f"found {line[:60]!r}"
                )
        return cls(words, counts)


def most_frequent(
    words: Sequence[str], counts: NDArray[np.int64], settings: CorpusSettings, name: str
) -> NDArray[np.intp]:
    """Return the positions of the words of a vocabulary, by decreasing count.

    Equally frequent words keep their order. InputError calls the text `name`.
    """
    if not len(counts):
        raise InputError(f"{name} has no words; give a text that has some")
    order = np.argsort(-counts, kind="stable")
    kept = order[: np.count_nonzero(counts >= settings.min_count)][: settings.max_vocab]
    if not len(kept):
        best, count = words[order[0]], counts[order[0]]
        raise InputError(
            f"no word occurs {settings.min_count} times; the most frequent, {best!r}, occurs "
            f"{count} times: set min_count (--min-count) to {count} or less, or give a longer text"
        )
    return kept
