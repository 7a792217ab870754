"""The errors that a user's input can cause; the command line prints each as one line.

Every message names the thing, the value found and the remedy.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from itertools import islice

# A misspelt word is compared with at most so many known ones: difflib takes about 10 µs for each.
_MOST_CANDIDATES = 5000
_CUTOFF = 0.6


class InputError(ValueError):
    """Something the user gave cannot be used: a file, a setting, a word."""


class UnknownWordError(InputError, KeyError):
    """A word that is not in a vocabulary.

    The message is put together when it is read, not when the error is raised: ``try`` and
    ``except KeyError`` over many words stays cheap, and close spellings are sought only for a
    reader.

    Parameters
    ----------
    word
        The word that was asked for.
    known
        The words there are, the likeliest meant first (a vocabulary by falling count).
    place
        What was searched, as in "is not in ...".

    Examples
    --------
    >>> print(UnknownWordError("qeen", ["king", "queen"]))
    'qeen' is not in the vocabulary; did you mean queen?
    >>> print(UnknownWordError("Paris", ["london", "paris"]))
    'Paris' is not in the vocabulary; did you mean its lower-case form 'paris'?
    """

    def __init__(self, word: object, known: Iterable[str], place: str = "the vocabulary") -> None:
        super().__init__(word)
        self.word = word
        self.place = place
        self._known = known if isinstance(known, Collection) else tuple(known)

    def __str__(self) -> str:  # KeyError's own would quote the message
        word, candidates = str(self.word), self._candidates()
        if candidates == [word.lower()]:
            remedy = f"did you mean its lower-case form {word.lower()!r}?"
        else:
            remedy = nearest_names(word, candidates) or (
                "check its spelling, or train on a text in which it is frequent enough"
            )
        return f"{self.word!r} is not in {self.place}; {remedy}"

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[object, list[str], str]]:
        # Between processes go the few words that make the message, not the whole vocabulary.
        few = self._candidates()
        if len(few) > 1:
            few = difflib.get_close_matches(str(self.word), few, cutoff=_CUTOFF)
        return type(self), (self.word, few, self.place)

    def _candidates(self) -> list[str]:
        """Return the words that may be meant: the lower-case form alone, if it is known."""
        if not isinstance(self.word, str):
            return []
        lower, first, size = self.word.lower(), self.word[:1], len(self.word)
        if lower in self._known:
            return [lower]
        near = (word for word in self._known if word[:1] == first and abs(len(word) - size) <= 2)
        return list(islice(near, _MOST_CANDIDATES))


class MissingExtraError(ImportError):
    """An optional dependency is not installed.

    Parameters
    ----------
    package
        The import name of what is missing, for example ``"rich"``.
    extra
        The extra of this package that brings it, for example ``"cli"``.
    purpose
        What it is needed for, as the end of the sentence "... is needed for".
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{package} is needed for {purpose} and is not installed: "
            f"pip install 'tinygrad-w2v[{extra}]'"
        )


def nearest_names(name: str, known: Iterable[str], count: int = 3) -> str:
    """Return ``"did you mean a, b or c?"`` for a misspelt name, or an empty string.

    Examples
    --------
    >>> nearest_names("cbwo", ["cbow", "skipgram"])
    'did you mean cbow?'
    """
    close = difflib.get_close_matches(name, list(known), n=count, cutoff=_CUTOFF)
    if not close:
        return ""
    listed = close[0] if len(close) == 1 else f"{', '.join(close[:-1])} or {close[-1]}"
    return f"did you mean {listed}?"
