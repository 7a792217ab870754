"""Errors that a user's input can cause; the command line prints each as one line.

Every message names the thing, the value found and the remedy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

# Limits on the search for similar names: difflib takes about 10 µs for a pair of short ones, and
# time proportional to the product of the lengths for long ones.
_MOST_CANDIDATES = 5000
_LONGEST_NAME = 100
_CUTOFF = 0.6


class InputError(ValueError):
    """A file, a setting or another value passed by the user cannot be used."""


class StateError(InputError, RuntimeError):
    """A state does not fit the module it is loaded into."""


class MissingFileError(InputError, FileNotFoundError):
    """A file does not exist."""


class OperandError(ValueError, RuntimeError):
    """The operands of an op do not fit: a ValueError as in NumPy, a RuntimeError as in PyTorch."""


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
    import difflib

    candidates = [other for other in islice(known, _MOST_CANDIDATES) if len(other) <= _LONGEST_NAME]
    close = difflib.get_close_matches(name, candidates, n=count, cutoff=_CUTOFF)
    if not close:
        return ""
    listed = close[0] if len(close) == 1 else f"{', '.join(close[:-1])} or {close[-1]}"
    return f"did you mean {listed}?"


def nearest_or_all(name: str, known: Collection[str]) -> str:
    """Return the suggestion of :func:`nearest_names`; if there is none, list all known names."""
    return nearest_names(name, known) or f"known are {', '.join(known)}"
