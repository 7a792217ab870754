"""A model of the time of a training on many machines, from measured rates of one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from tinygrad_w2v.training.cluster.rounds import Rounds


@dataclasses.dataclass(frozen=True)
class Rates:
    """What one core does in a second, and the network.

    Attributes
    ----------
    words
        Words trained.
    pack
        Rows of one worker packed, with their residual.
    unpack
        Rows unpacked and added to a table.
    statistics
        Rows of one worker unpacked and added to the statistics of the merge rule.
    combine
        Rows combined from the sum over the workers.
    solve
        Seconds in which the statistics of one table are solved.
    bandwidth
        Bytes that a machine sends in a second while it receives as many.
    latency
        Seconds by which each merge is delayed: messages, and waiting for the slowest worker.
    """

    words: float
    pack: float
    unpack: float
    statistics: float
    combine: float
    solve: float
    bandwidth: float = 10e9 / 8
    latency: float = 0.02


@dataclasses.dataclass(frozen=True)
class Job:
    """What is trained, and how it is merged.

    Attributes
    ----------
    words
        Words of the whole training, all epochs together.
    rows, dim, tables
        Size of a table, and their number.
    rounds
        Returns when a number of machines merge.
    bytes_per_row
        Size of a packed row.
    cores, merge_cores
        Cores of a machine with which it trains, and with which it packs and merges.
    overlap
        Largest part of a round by which its merge may end after the next round began; transfers
        take place meanwhile. 0 means that training waits for each merge.
    """

    words: float
    rows: int
    dim: int
    rounds: Callable[[int], Rounds]
    bytes_per_row: float
    tables: int = 2
    cores: int = 2
    merge_cores: int = 2
    overlap: float = 0.0


@dataclasses.dataclass(frozen=True)
class Estimate:
    """Seconds of a training by part, and what is sent.

    `transfer` and `waiting` are the parts of these that overlapping does not hide; `sent` is the
    float-equivalents, bytes / 4, that all machines send, for each word trained.
    """

    training: float
    packing: float
    merging: float
    transfer: float
    waiting: float
    merges: int
    sent: float

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.training + self.packing + self.merging + self.transfer + self.waiting

    @property
    def efficiency(self) -> float:
        """Time of the training alone as a part of the whole."""
        return self.training / self.total


def estimate(machines: int, job: Job, rates: Rates) -> Estimate:
    """Return the time of a training on a number of machines.

    In a merge of R rows on N machines, each packs R rows, sends those of which others are owners,
    receives R / N rows of each worker, adds R rows to its statistics, combines and packs R / N
    rows, sends them to the N − 1 others, and unpacks R rows. So its work does not depend on N, and
    it sends and receives ``2 R (N − 1) / N`` rows.

    Examples
    --------
    >>> rates = Rates(
    ...     words=6e5, pack=4e6, unpack=8e6, statistics=2e6, combine=2e6, solve=0.01
    ... )
    >>> job = Job(1e11, 10**6, 100, lambda n: Rounds(1e5, 0.03, 4), bytes_per_row=104)
    >>> estimate(1, job, rates).efficiency
    1.0
    >>> estimate(4, job, rates).efficiency > estimate(64, job, rates).efficiency > 0.9
    True
    """
    training = job.words / (machines * job.cores * rates.words)
    if machines == 1:
        return Estimate(training, 0, 0, 0, 0, 0, 0)
    own = 1 / machines
    packing_row = (1 + own) / rates.pack + 1 / rates.unpack
    merging_row = 1 / rates.statistics + own / rates.combine
    per_word = training / job.words
    packing = merging = transfer = waiting = sent = begin = 0.0
    merges = 0
    for end, height in job.rounds(machines).plan(job.words, job.rows):
        rows = height * job.tables / job.merge_cores
        size = 2 * (1 - own) * height * job.tables * job.bytes_per_row
        packing += rows * packing_row
        merging += rows * merging_row + rates.solve * job.tables / min(job.merge_cores, job.tables)
        hidden = job.overlap * (end - begin) * per_word
        transfer += max(0.0, size / rates.bandwidth - hidden)
        waiting += max(0.0, rates.latency - max(0.0, hidden - size / rates.bandwidth))
        sent += size
        merges += 1
        begin = end
    return Estimate(
        training, packing, merging, transfer, waiting, merges, sent * machines / 4 / job.words
    )
