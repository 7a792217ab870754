"""Rounds: their lengths, and the rows of each merge."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.cluster.rounds import Rounds

growths = st.floats(0.01, 1)
levels = st.integers(0, 6)


@given(growths, levels, st.integers(1, 1000))
def test_plan_ends_at_the_total_with_all_rows(growth, level, height):
    *_, (done, rows) = Rounds(10, growth, level).plan(1234, height)
    assert (done, rows) == (1234, height)


@given(growths, levels)
def test_no_round_is_longer_than_the_growth_allows_or_shorter_than_the_first(growth, level):
    ends = [0.0, *(done for done, _ in Rounds(10, growth, level).plan(12345, 100))]
    for begin, end in pairwise(ends):
        assert 10 <= end - begin < max(10, growth * begin) + 10 + 1e-6


@given(growths, st.floats(0.01, 1))
def test_early_rounds_are_as_long_as_at_the_end_of_the_early_part(growth, early):
    rounds, total = Rounds(10, growth, early=early), 12345
    longest = rounds.length(early * total)
    for done in (0, 100, early * total / 2, early * total):
        usual = rounds.length(done)
        assert rounds.length(done, total) == pytest.approx(max(usual, min(0.1 * done, longest)))


def test_rounds_after_the_early_part_are_those_without_it():
    usual, longer = Rounds(10, 0.05), Rounds(10, 0.05, early=0.2)
    for done in (201, 500, 999):
        assert longer.length(done, 1000) == usual.length(done)


def test_rounds_of_work_that_is_not_known_are_those_without_an_early_part():
    assert Rounds(10, 0.05, early=0.2).length(300) == Rounds(10, 0.05).length(300) == 15


def test_early_part_bounds_the_number_of_rounds():
    counts = [len(list(Rounds(10, 0.01, early=0.1).plan(10.0**n, 1))) for n in (6, 8, 10)]
    # only those that grow by a tenth become more: ln 100 / ln 1.1 = 48.3
    assert np.diff(counts) == pytest.approx(48, abs=1)


def test_number_of_rounds_grows_with_the_logarithm_of_the_work():
    counts = [len(list(Rounds(10, 0.1).plan(10.0**n, 1))) for n in range(4, 9)]
    steps = [b - a for a, b in pairwise(counts)]
    assert max(steps) - min(steps) <= 1


def test_rows_follow_the_twos_in_the_number_of_the_merge():
    rounds = Rounds(1, 0, levels=3)
    assert rounds_of(rounds, 16, 9) == [2, 4, 2, 8, 2, 4, 2, 16, 2]


def test_without_levels_each_merge_takes_all_rows():
    assert rounds_of(Rounds(1, 0), 5, 3) == [5, 5, 5]


def test_a_part_of_the_rows_is_rounded_up():
    assert rounds_of(Rounds(1, 0, levels=4), 3, 4) == [1, 1, 1, 1]


def test_the_last_merge_takes_all_rows():
    assert Rounds(1, 0, levels=3).rows(16, is_last=True) == 16


def test_state_restores_the_number_of_the_next_merge():
    rounds, restored = Rounds(1, 0, levels=3), Rounds(1, 0, levels=3)
    rounds_of(rounds, 16, 3)
    restored.load_state_dict(rounds.state_dict())
    assert restored.rows(16) == rounds.rows(16) == 8


def rounds_of(rounds, height, count):
    rows = []
    for _ in range(count):
        rows.append(rounds.rows(height))
        rounds.complete()
    return rows


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.1), "first is 0: it must be a number above 0"),
        ((1, 2), "growth is 2: it must be a number from 0 to 1"),
        ((1, 0.1, 0, 1.5), "early is 1.5: it must be a number from 0 to 1"),
        ((1, 0.1, -1), "levels is -1: it must be an integer of at least 0"),
    ],
)
def test_values_out_of_range_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        Rounds(*arguments)
