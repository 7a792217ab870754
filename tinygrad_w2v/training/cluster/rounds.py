"""Rounds: when the workers of a cluster merge, and how many rows a merge takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tinygrad_w2v.validation import above_zero, integer, within

_EARLY_GROWTH = 0.1  # of the rounds in the early part of a training


class Rounds:
    """The rounds of a training: their lengths, and the rows that are merged after each.

    A round lasts ``max(first, growth * done)`` units of work, where `done` is the work of all
    workers before it. The number of rounds then grows with the logarithm of the work. In the first
    part `early` of a training whose work is known, rounds are longer: they last
    ``growth * early * total``, but at most a tenth of the work done.

    The rows of a table are ordered by descending frequency. Merge r = 1, 2, … takes the
    ``V / 2**(levels - z)`` most frequent of V rows, where z is the number of times that 2 divides
    r, at most `levels`. Every merge takes the most frequent ``V / 2**levels`` rows, every second
    one twice as many, and every ``2**levels``-th one, as well as the last one, all rows.

    Parameters
    ----------
    first
        Work of all workers in the shortest round.
    growth
        Length of a round as a part of the work done before it; 0 makes all rounds equally long.
    levels
        Number of times that the rows are halved; with 0 each merge takes all rows.
    early
        Part of the training whose rounds are longer. What is learned in it is mostly replaced
        later, so few merges are sufficient.

    Attributes
    ----------
    merges : int
        Number of completed merges, the only state.

    Examples
    --------
    >>> rounds = Rounds(first=100, growth=0.5, levels=2)
    >>> for done, rows in rounds.plan(total=1000, height=40):
    ...     print(f"{done:g}: {rows}")
    100: 10
    200: 20
    300: 10
    450: 40
    675: 10
    1000: 40

    Early rounds are longer:

    >>> rounds = Rounds(first=1, growth=0.01, early=0.2)
    >>> rounds.length(done=30), rounds.length(done=30, total=1000)
    (1.0, 2.0)
    """

    def __init__(self, first: float, growth: float, levels: int = 0, early: float = 0.0) -> None:
        above_zero(first=first)
        within(0, 1, growth=growth, early=early)
        self.first, self.growth, self.early = float(first), float(growth), float(early)
        self.levels = integer("levels", levels, least=0)
        self.merges = 0

    def length(self, done: float, total: float | None = None) -> float:
        """Return the work of all workers in the round that begins after `done`.

        Parameters
        ----------
        done
            Work of all workers before it.
        total
            Work of the whole training, if it is known.
        """
        early = min(_EARLY_GROWTH * done, self.growth * self.early * (total or 0.0))
        return max(self.first, self.growth * done, early)

    def rows(self, height: int, *, is_last: bool = False) -> int:
        """Return how many of the first rows of a table the merge after this round takes.

        Parameters
        ----------
        height
            Number of rows of the table.
        is_last
            Whether this is the last merge of the training, which takes all rows.
        """
        number = self.merges + 1
        twos = (number & -number).bit_length() - 1
        halvings = 0 if is_last else max(self.levels - twos, 0)
        return -(-height // (1 << halvings))

    def complete(self) -> None:
        """Count a merge."""
        self.merges += 1

    def plan(self, total: float, height: int) -> Iterator[tuple[float, int]]:
        """Yield the work done and the rows of a table of `height` at each merge of a training."""
        planned, done = Rounds(self.first, self.growth, self.levels, self.early), 0.0
        while done < total:
            done += planned.length(done, total)
            if total - done < planned.first:  # no short round at the end
                done = total
            yield done, planned.rows(height, is_last=done == total)
            planned.complete()

    def state_dict(self) -> dict[str, int]:
        """Return the state as plain numbers."""
        return {"merges": self.merges}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Restore the state."""
        self.merges = integer("merges", state["merges"], least=0)
