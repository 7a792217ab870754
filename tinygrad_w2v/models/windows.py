"""A batch of text: a run of consecutive words, and how far each one's context reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer

Ids = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """A run of T consecutive words with the context of each: its neighbours in the run.

    Attributes
    ----------
    tokens : ndarray of intp, shape (T,)
        The words' ids.
    left, right : ndarray of intp, shape (T,)
        How many words before and after each one are its context. They reach neither over the
        end of a line nor out of the run, and no word is without context.
    words : int
        How many words of the corpus the run covers, those that subsampling dropped included.

    Examples
    --------
    The lines "3 1 4" and "1 5", with a window of one word:

    >>> run = Windows(
    ...     tokens=np.array([3, 1, 4, 1, 5]),
    ...     left=np.array([0, 1, 1, 0, 1]),
    ...     right=np.array([1, 1, 0, 1, 0]),
    ...     words=5,
    ... )
    >>> run.contexts()
    array([[ 1, -1],
           [ 3,  4],
           [ 1, -1],
           [ 5, -1],
           [ 1, -1]])
    """

    tokens: Ids
    left: Ids
    right: Ids
    words: int

    def __len__(self) -> int:
        return len(self.tokens)

    def contexts(self, pad: int = -1) -> Ids:
        """Return the ids of each word's context, in the order of the text: the classical layout.

        Parameters
        ----------
        pad
            Fills the rows of the words that have fewer neighbours, from the right.

        Returns
        -------
        contexts : ndarray of intp, shape (T, C)
            C is the size of the largest context, at most twice the window.
        """
        positions, present = self._context_positions()
        return np.where(present, self.tokens[positions], np.intp(pad))

    def pairs(self) -> tuple[Ids, Ids]:
        """Return the centre and the context word of every pair, for skip-gram.

        Returns
        -------
        centers, contexts : ndarray of intp, shape (P,)
            Ordered by centre and then by context, both as in the text.
        """
        positions, present = self._context_positions()
        return np.repeat(self.tokens, self.left + self.right), self.tokens[positions[present]]

    def _context_positions(self) -> tuple[Ids, NDArray[np.bool_]]:
        """Return where in the run each context word is, (T, C), and which entries are real."""
        sizes = (self.left + self.right)[:, None]
        column = np.arange(sizes.max(initial=0))
        positions = np.arange(len(self))[:, None] - self.left[:, None] + column
        positions += column >= self.left[:, None]  # step over the word itself
        present = column < sizes
        return np.where(present, positions, 0), present


def contexts_and_targets(ids: ArrayLike, window: int) -> tuple[Ids, Ids]:
    """Return every word of a sequence that has a full window, and its context.

    This is how word2vec is prepared in courses; for real text use :class:`WindowBatches`.

    Parameters
    ----------
    ids
        The text as one sequence of N word ids, with no line ends.
    window
        How many words to each side are the context.

    Returns
    -------
    contexts : ndarray of intp, shape (N - 2 * window, 2 * window)
    targets : ndarray of intp, shape (N - 2 * window,)

    Raises
    ------
    InputError
        If the text is too short for a single full window.

    Examples
    --------
    >>> contexts, targets = contexts_and_targets([0, 1, 2, 3, 1], window=1)
    >>> contexts
    array([[0, 2],
           [1, 3],
           [2, 1]])
    >>> targets
    array([1, 2, 3])
    """
    window = integer("window", window, least=1)
    text = np.asarray(ids, dtype=np.intp)
    width = 2 * window + 1
    if text.ndim != 1 or len(text) < width:
        raise InputError(
            f"a window of {window} needs one sequence of at least {width} word ids, found shape "
            f"{text.shape}; give a longer text or a smaller window"
        )
    spans = np.lib.stride_tricks.sliding_window_view(text, width)
    return np.delete(spans, window, axis=1), spans[:, window].copy()
