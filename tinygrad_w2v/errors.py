"""Errors that a user's input can cause; the command line prints each as one line.

Every message names the thing, the value found and the remedy.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from itertools import islice

# Limits on the search for similar names: difflib takes about 10 µs for a pair of short ones, and
# time proportional to the product of the lengths for long ones.
_MOST_CANDIDATES = 5000
_LONGEST_NAME = 100
_CUTOFF = 0.6


class InputError(ValueError):
    """A file, a setting or another value passed by the user cannot be used."""


class StateError(InputError):
    """A state does not fit the module it is loaded into."""


class UnknownWordError(InputError, KeyError):
    """A word that is not in a vocabulary.

    The message, with its search for similar words, is computed when it is read, so that catching
    the error for many words is cheap.

    Parameters
    ----------
    word
        The unknown word.
    known
        The known words, the most likely ones first (a vocabulary by descending count).
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

    def __str__(self) -> str:  # KeyError's own quotes the message
        word, candidates = str(self.word), self._candidates()
        if candidates == [word.lower()]:
            remedy = f"did you mean its lower-case form {word.lower()!r}?"
        else:
            remedy = nearest_names(word, candidates) or (
                "check its spelling, or train on a text in which it is frequent enough"
            )
        return f"{self.word!r} is not in {self.place}; {remedy}"

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[object, list[str], str]]:
        # Pickle the few words that the message needs, not the whole vocabulary.
        few = self._candidates()
        if len(few) > 1:
            few = difflib.get_close_matches(str(self.word), few, cutoff=_CUTOFF)
        return type(self), (self.word, few, self.place)

    def _candidates(self) -> list[str]:
        """Return the words that may be meant; only the lower-case form if it is known."""
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
        Import name of the missing package, such as ``"rich"``.
    extra
        The extra of this package that installs it, such as ``"cli"``.
    purpose
        What it is needed for, as in "... is needed for".
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
    if len(name) > _LONGEST_NAME:
        return ""
    candidates = [other for other in islice(known, _MOST_CANDIDATES) if len(other) <= _LONGEST_NAME]
    close = difflib.get_close_matches(name, candidates, n=count, cutoff=_CUTOFF)
    if not close:
        return ""
    listed = close[0] if len(close) == 1 else f"{', '.join(close[:-1])} or {close[-1]}"
    return f"did you mean {listed}?"
