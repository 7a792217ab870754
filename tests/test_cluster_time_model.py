"""The model of time: laws, and a case computed by hand."""

import dataclasses

import pytest

from tests.benchmarks.cluster_time_model import Job, Rates, estimate
from tinygrad_w2v.training.cluster.rounds import Rounds

RATES = Rates(words=1e6, pack=4e6, unpack=8e6, statistics=2e6, combine=2e6, solve=0.01)
JOB = Job(1e9, 10**5, 100, lambda machines: Rounds(1e6, 0.05, 4), bytes_per_row=104)


def test_one_machine_merges_nothing():
    alone = estimate(1, JOB, RATES)
    assert (alone.total, alone.efficiency, alone.sent) == (1e9 / 2e6, 1, 0)


def test_efficiency_falls_with_the_machines_and_rises_with_the_text():
    falling = [estimate(n, JOB, RATES).efficiency for n in (1, 2, 4, 16, 64)]
    assert falling == sorted(falling, reverse=True)
    rising = [
        estimate(16, dataclasses.replace(JOB, words=words), RATES).efficiency
        for words in (1e8, 1e9, 1e10)
    ]
    assert rising == sorted(rising)


def test_what_is_sent_for_a_word_falls_as_the_text_grows():
    sent = [estimate(8, dataclasses.replace(JOB, words=10.0**n), RATES).sent for n in (8, 9, 10)]
    assert sent[0] > 5 * sent[1] > 25 * sent[2]


@pytest.mark.parametrize("part", ["words", "pack", "unpack", "statistics", "combine", "bandwidth"])
def test_a_higher_rate_takes_less_time(part):
    faster = dataclasses.replace(RATES, **{part: 2 * getattr(RATES, part)})
    assert estimate(8, JOB, faster).total < estimate(8, JOB, RATES).total


def test_overlap_hides_the_transfer_only():
    waited = estimate(8, JOB, RATES)
    hidden = estimate(8, dataclasses.replace(JOB, overlap=0.25), RATES)
    assert 0 <= hidden.transfer < waited.transfer
    assert hidden.merging == waited.merging
    assert hidden.sent == waited.sent


def test_parts_of_a_single_merge():
    rounds = Rounds(1e6, 0)
    job = Job(1e6, 1000, 100, lambda _: rounds, 100, tables=1, cores=1, merge_cores=1)
    rates = Rates(1e6, 1e3, 2e3, 4e3, 1e3, solve=0.5, bandwidth=1e5, latency=0.25)
    found = estimate(2, job, rates)
    assert found.training == 0.5
    assert found.packing == 1 + 0.5 + 0.5  # own change, merged change, unpacking
    assert found.merging == 0.25 + 0.5 + 0.5  # statistics, combining, solving
    assert found.transfer == 2 * 0.5 * 1000 * 100 / 1e5
    assert (found.waiting, found.merges) == (0.25, 1)
    assert found.sent == 2 * 2 * 0.5 * 1000 * 100 / 4 / 1e6
