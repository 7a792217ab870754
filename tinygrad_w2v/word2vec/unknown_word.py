"""UnknownWordError: the error for a word that is not in a vocabulary."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from itertools import islice

from tinygrad_w2v.errors import InputError, nearest_names

_MOST_CANDIDATES = 5000  # difflib takes about 10 µs for each


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
            few = difflib.get_close_matches(str(self.word), few)
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
