"""Phrases: words that occur together more often than by chance, joined to one token."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import read_text, write_text
from tinygrad_w2v.validation import integer, one_of, within
from tinygrad_w2v.word2vec.settings import CorpusSettings
from tinygrad_w2v.word2vec.text.phrase_scores import SCORES
from tinygrad_w2v.word2vec.text.source import TextSource

ENGLISH_CONNECTOR_WORDS = frozenset(
    {"a", "an", "the", "for", "of", "with", "without", "at"}
    | {"from", "to", "in", "on", "by", "and", "or"}
)
"""Articles, prepositions and conjunctions that may be inside a phrase but not at its ends."""

Scoring: TypeAlias = Literal["default", "npmi"] | Callable[..., float]
Sentence: TypeAlias = Sequence[str]

_MOST_BYTES = 1 << 32  # of a file of phrases


class Phraser:
    """Joins the words of phrases in sentences; base of :class:`Phrases`, :class:`FrozenPhrases`.

    Parameters
    ----------
    delimiter
        Joins the words of a phrase.
    connector_words
        Words that may be inside a phrase and do not begin or end one.
    """

    def __init__(self, delimiter: str, connector_words: Collection[str]) -> None:
        if not delimiter or set(delimiter) & set(" \t\r\n"):
            raise InputError(f"delimiter is {delimiter!r}: it must have no white space")
        self.delimiter, self.connector_words = delimiter, frozenset(connector_words)

    def score(self, first: str, last: str, phrase: str) -> float | None:
        """Return the score of a phrase; None if it is none."""
        raise NotImplementedError

    def analyzed(self, sentence: Sentence) -> Iterator[tuple[str, float | None]]:
        """Yield the words and phrases of a sentence, with the scores of phrases.

        A phrase is two words, with any connector words between them. From left to right, each word
        belongs to one phrase at most.
        """
        held: list[str] = []  # a word that may begin a phrase, and the connector words after it
        for word in sentence:
            if word in self.connector_words:
                if held:
                    held.append(word)
                else:
                    yield word, None
                continue
            if held:
                phrase = self.delimiter.join([*held, word])
                score = self.score(held[0], word, phrase)
                if score is not None:
                    yield phrase, score
                    held = []
                    continue
                yield from ((each, None) for each in held)
            held = [word]
        yield from ((each, None) for each in held)

    def __getitem__(self, sentence: Sentence) -> list[str]:
        """Return a sentence with its phrases joined."""
        if isinstance(sentence, str):
            raise InputError(
                f"a sentence must be a list of words, found the string {sentence[:60]!r}; use "
                f"sentence.split()"
            )
        return [token for token, _ in self.analyzed(sentence)]

    def transform(self, sentences: Iterable[Sentence]) -> Iterator[list[str]]:
        """Yield each sentence with its phrases joined, one at a time."""
        return (self[sentence] for sentence in sentences)


class Phrases(Phraser):
    """Finds phrases in sentences; more can be added at any time.

    The parameters, counts and scores are those of gensim's ``Phrases``.

    Parameters
    ----------
    sentences
        Lists of words; see :meth:`add_vocab`.
    min_count
        Phrases that occur fewer times are none (:func:`~phrase_scores.npmi_score`), or score low.
    threshold
        Phrases have a higher score. For ``"npmi"`` a number from −1 to 1.
    max_vocab_size
        If there are more distinct words and candidates, rare ones are dropped.
    delimiter, connector_words
        See :class:`Phraser`; for English text see :data:`ENGLISH_CONNECTOR_WORDS`.
    scoring
        ``"default"`` for word2phrase's score, ``"npmi"``, or a function with the parameters of
        these; see :mod:`~tinygrad_w2v.word2vec.text.phrase_scores`.

    Attributes
    ----------
    vocab : Counter
        Number of occurrences of each word and candidate.
    corpus_word_count : int
        Number of words of the text.

    Examples
    --------
    >>> text = ["new york is in the state of new york".split(), "a new state".split()]
    >>> phrases = Phrases(text, min_count=1, threshold=1)
    >>> phrases["i like new york".split()]
    ['i', 'like', 'new_york']
    >>> phrases.freeze().phrasegrams
    {'new_york': 2.833333333333333}
    """

    def __init__(
        self,
        sentences: Iterable[Sentence] = (),
        min_count: float = 5,
        threshold: float = 10.0,
        max_vocab_size: int = 40_000_000,
        delimiter: str = "_",
        scoring: Scoring = "default",
        connector_words: Collection[str] = frozenset(),
    ) -> None:
        super().__init__(delimiter, connector_words)
        within(0, math.inf, open_end=True, min_count=min_count)
        if not callable(scoring):
            one_of(tuple(SCORES), scoring=scoring)
        if scoring == "npmi":
            within(-1, 1, threshold=threshold)
        self.min_count, self.threshold, self.scoring = min_count, threshold, scoring
        self.max_vocab_size = integer("max_vocab_size", max_vocab_size, least=1)
        self.vocab: Counter[str] = Counter()
        self.corpus_word_count, self._least = 0, 1
        self.add_vocab(sentences)

    def add_vocab(self, sentences: Iterable[Sentence]) -> None:
        """Count the words and candidates of more sentences."""
        for sentence in sentences:
            if isinstance(sentence, str):
                self[sentence]  # raises InputError
            words = list(sentence)
            self.corpus_word_count += len(words)
            if self.connector_words.isdisjoint(words):
                self.vocab.update(words)
                self.vocab.update(map(self.delimiter.join, itertools.pairwise(words)))
            else:
                self._count_around_connectors(words)
            if len(self.vocab) > self.max_vocab_size:
                self.vocab = Counter({k: n for k, n in self.vocab.items() if n > self._least})
                self._least += 1

    def _count_around_connectors(self, words: list[str]) -> None:
        ends = [n for n, word in enumerate(words) if word not in self.connector_words]
        self.vocab.update(words[n] for n in ends)
        spans = itertools.pairwise(ends)
        self.vocab.update(self.delimiter.join(words[a : b + 1]) for a, b in spans)

    def score(self, first: str, last: str, phrase: str) -> float | None:
        """Return the score of a phrase; None if it is at most the threshold."""
        counts = [self.vocab.get(token, 0) for token in (first, last, phrase)]
        if not all(counts):
            return None
        function = self.scoring if callable(self.scoring) else SCORES[self.scoring]
        found = function(
            *counts,
            vocabulary=len(self.vocab),
            min_count=self.min_count,
            words=self.corpus_word_count,
        )
        return found if found > self.threshold else None

    def export_phrases(self) -> dict[str, float]:
        """Return all phrases of the text with their scores.

        A phrase that can be divided in two ways, after an earlier pass, has the higher score.
        """
        found: dict[str, float] = {}
        for phrase in self.vocab:
            for first, last in self._divisions(phrase.split(self.delimiter)):
                score = self.score(first, last, phrase)
                if score is not None:
                    found[phrase] = max(score, found.get(phrase, -math.inf))
        return found

    def _divisions(self, parts: list[str]) -> Iterator[tuple[str, str]]:
        """Yield the first and the last token of each division, with connector words between."""
        for end in range(1, len(parts)):
            begin = end
            while begin < len(parts):
                yield self.delimiter.join(parts[:end]), self.delimiter.join(parts[begin:])
                if parts[begin] not in self.connector_words:
                    break
                begin += 1

    def freeze(self) -> FrozenPhrases:
        """Return the phrases alone, which take less memory and time."""
        return FrozenPhrases(self.export_phrases(), self.delimiter, self.connector_words)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the counts as JSON; a scoring function cannot be saved."""
        if callable(self.scoring):
            raise InputError("a scoring function cannot be saved: save freeze() instead")
        names = ("min_count", "threshold", "max_vocab_size", "scoring", "corpus_word_count")
        _write(path, self, {**{n: getattr(self, n) for n in names}, "vocab": self.vocab})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file of :meth:`save`."""
        names = ("min_count", "threshold", "max_vocab_size", "delimiter", "scoring")
        data = _read(path, [*names, "corpus_word_count", "vocab"], "vocab", int)
        with _checked(path):
            result = cls((), **{n: data[n] for n in names}, connector_words=data["connector_words"])
            result.corpus_word_count = integer("corpus_word_count", data["corpus_word_count"], 0)
        result.vocab = Counter(data["vocab"])
        return result


class FrozenPhrases(Phraser):
    """Known phrases with their scores.

    Parameters
    ----------
    phrasegrams
        The score of each phrase.
    delimiter, connector_words
        See :class:`Phraser`.

    Examples
    --------
    >>> FrozenPhrases({"bank_of_america": 9.0}, connector_words=["of"])[["bank", "of", "america"]]
    ['bank_of_america']
    """

    def __init__(
        self,
        phrasegrams: Mapping[str, float],
        delimiter: str = "_",
        connector_words: Collection[str] = frozenset(),
    ) -> None:
        super().__init__(delimiter, connector_words)
        self.phrasegrams = dict(phrasegrams)

    def score(self, first: str, last: str, phrase: str) -> float | None:
        """Return the score of a phrase; None if it is unknown."""
        return self.phrasegrams.get(phrase)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the phrases as JSON."""
        _write(path, self, {"phrasegrams": self.phrasegrams})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file of :meth:`save`."""
        data = _read(path, ["delimiter", "phrasegrams"], "phrasegrams", float)
        with _checked(path):
            return cls(data["phrasegrams"], data["delimiter"], data["connector_words"])


def learn_phrases(
    sentences: Iterable[Sentence], passes: int = 1, **options: Any
) -> list[FrozenPhrases]:
    """Return the phrases of several passes, each over the result of the passes before.

    A pass joins two words or phrases, so that n passes find phrases of up to 2ⁿ words.

    Parameters
    ----------
    sentences
        Lists of words; iterated once in each pass, so not an iterator.
    passes
        Number of passes.
    options
        Those of :class:`Phrases`.
    """
    if isinstance(sentences, Iterator) and passes > 1:
        raise InputError("several passes iterate the sentences again: give a list, not an iterator")
    found: list[FrozenPhrases] = []
    for _ in range(integer("passes", passes, least=1)):
        found.append(Phrases(apply_phrases(sentences, found), **options).freeze())
    return found


def apply_phrases(sentences: Iterable[Sentence], passes: Iterable[Phraser]) -> Iterator[Sentence]:
    """Yield each sentence with the phrases of several passes joined."""
    result: Iterable[Sentence] = sentences
    for phraser in passes:
        result = phraser.transform(result)
    return iter(result)


def join_phrases(
    paths: Any,
    output: str | os.PathLike[str],
    passes: int = 1,
    *,
    errors: Any = CorpusSettings.errors,
    **options: Any,
) -> list[FrozenPhrases]:
    """Write a text with its phrases joined, a sentence per line; return the phrases of each pass.

    Only the counts are in memory.

    Parameters
    ----------
    paths, errors
        The text; see :class:`TextSource`.
    output
        The file to write; replaced atomically.
    passes, options
        See :func:`learn_phrases`.
    """
    sentences = TextSentences(TextSource(paths, errors=errors))
    found = learn_phrases(sentences, passes, **options)
    write_text(output, (" ".join(line) + "\n" for line in apply_phrases(sentences, found)))
    return found


class TextSentences:
    """The lines of a text as lists of words, which can be iterated repeatedly."""

    def __init__(self, source: TextSource) -> None:
        self._source = source

    def __iter__(self) -> Iterator[list[str]]:
        return (line.replace("\0", " ").split() for line in self._source.lines())


# --- files ----------------------------------------------------------------------------------------


def _write(path: str | os.PathLike[str], phraser: Phraser, data: Mapping[str, Any]) -> None:
    common = {"delimiter": phraser.delimiter, "connector_words": sorted(phraser.connector_words)}
    write_text(path, [json.dumps({**common, **data}, ensure_ascii=False)])


def _read(
    path: str | os.PathLike[str], names: Sequence[str], table: str, kind: type
) -> dict[str, Any]:
    """Return the JSON of a file, which must have `names` and a `table` of words and numbers."""
    with _checked(path):
        data = json.loads(read_text(path, _MOST_BYTES))
        if not isinstance(data, dict) or not data.keys() >= {*names, "connector_words"}:
            raise ValueError(f"it must have {', '.join(names)}")
        numbers = data[table].values() if isinstance(data[table], dict) else [None]
        if not all(isinstance(n, int | kind) and not isinstance(n, bool) for n in numbers):
            raise ValueError(f"{table} must have a number for each word")
        words = data["connector_words"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("connector_words must be a list of words")
        if not isinstance(data["delimiter" if "delimiter" in names else table], str | dict):
            raise ValueError("delimiter must be a string")
    return data


@contextlib.contextmanager
def _checked(path: str | os.PathLike[str]) -> Iterator[None]:
    """Report anything wrong with the contents of a file."""
    try:
        yield
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, InputError) and os.fspath(path) in str(error):
            raise
        reason = " ".join(str(error).split())
        raise InputError(
            f"{os.fspath(path)} is no file of phrases ({reason:.200}): write it with save()"
        ) from None
