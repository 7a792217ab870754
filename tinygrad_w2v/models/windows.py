"""Windows: a batch of consecutive words, with the size of the context of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer

Ids = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """A batch of T consecutive words, each with its context: its neighbours in the batch.

    Attributes
    ----------
    tokens : ndarray of intp, shape (T,)
        The word ids.
    left, right : ndarray of intp, shape (T,)
        Number of words before and after each word that are its context. A context is limited by
        the ends of the line and of the batch; every word has one.
    words : int
        Number of words of the corpus that the batch covers, including those that subsampling
        dropped.

    Examples
    --------
    The lines "3 1 4" and "1 5", with a window of one word:

    >>> left, right = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 1, 0]])
    >>> Windows(np.array([3, 1, 4, 1, 5]), left, right, words=5).contexts()
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
        """Return the ids of the context of each word, in the order of the text, intp (T, C).

        C is the size of the largest context; `pad` fills the ends of the rows of smaller ones.
        """
        positions, present = self._context_positions()
        return np.where(present, self.tokens[positions], np.intp(pad))

    def pairs(self) -> tuple[Ids, Ids]:
        """Return the center and the context word of every pair, for skip-gram, intp (P,).

        They are ordered by the position of the center, then of the context word.
        """
        positions, present = self._context_positions()
        return np.repeat(self.tokens, self.left + self.right), self.tokens[positions[present]]

    def _context_positions(self) -> tuple[Ids, NDArray[np.bool_]]:
        """Return the positions of the context words, (T, C), and a mask of the valid ones."""
        sizes = (self.left + self.right)[:, None]
        column = np.arange(sizes.max(initial=0))
        positions = np.arange(len(self))[:, None] - self.left[:, None] + column
        positions += column >= self.left[:, None]  # skip the word itself
        present = column < sizes
        return np.where(present, positions, 0), present


def contexts_and_targets(ids: ArrayLike, window: int) -> tuple[Ids, Ids]:
    """Return every word of a sequence that has a complete window, and its context.

    For small examples; for real text use :class:`WindowBatches`.

    Parameters
    ----------
    ids
        The text as one sequence of N word ids, without line ends.
    window
        Number of context words to each side.

    Returns
    -------
    contexts, targets : ndarray of intp
        Of shapes (N - 2 * window, 2 * window) and (N - 2 * window,).

    Raises
    ------
    InputError
        If the text is too short for one complete window.

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
