from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.training.cluster.shares import assigned, parts_of_round


def test_sources_are_divided_by_speed() -> None:
    holders = assigned([-1] * 12, [(0, 0)] * 12, epochs=1, speeds={0: 1.0, 1: 2.0, 2: 1.0})
    assert [holders.count(worker) for worker in range(3)] == [3, 6, 3]


def test_balanced_sources_stay_where_they_are() -> None:
    holders = [0, 1] * 4
    assert assigned(holders, [(1, 3)] * 8, 5, {0: 1.0, 1: 1.05}) == holders


def test_sources_of_a_lost_worker_pass_to_the_others() -> None:
    assert assigned([0, 1, 2, 2], [(0, 0)] * 4, 1, {0: 1.0, 1: 1.0}) == [0, 1, 0, 1]


def test_absent_worker_keeps_its_sources() -> None:
    holders = [0, 1, 2, 2]
    assert assigned(holders, [(0, 0)] * 4, 1, {0: 1.0, 1: 1.0}, {2: 1.0}) == holders


def test_sources_leave_a_slow_worker_unbegun_ones_first() -> None:
    positions = [(0, 0), (0, 0), (0, 5), (0, 0), (0, 0), (0, 5)]
    holders = assigned([0, 0, 0, 1, 1, 1], positions, 1, {0: 5.0, 1: 1.0})
    assert holders == [0, 0, 0, 0, 0, 1]


def test_source_is_not_moved_for_a_rounding_error():
    positions = [(2, 0), (2, 1), (1, 1), (1, 1), (0, 1)]
    holders = [0, 0, 1, 1, 0]
    assert assigned(holders, positions, 3, {0: 2.00001, 1: 2.00001}) == holders


@given(
    st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 3), st.integers(0, 9)), min_size=1),
    st.dictionaries(st.integers(0, 4), st.floats(0.1, 10), min_size=1),
)
def test_every_source_has_a_present_holder(
    sources: list[tuple[int, int, int]], speeds: dict[int, float]
) -> None:
    holders = [holder for holder, _, _ in sources]
    positions = [(epoch, index) for _, epoch, index in sources]
    found = assigned(holders, positions, 3, speeds)
    assert len(found) == len(sources)
    assert set(found) <= speeds.keys()
    assert assigned(found, positions, 3, speeds) == found


def test_parts_of_a_round_are_proportional_to_speeds() -> None:
    assert parts_of_round({0: 1.0, 4: 2.0}) == {0: pytest.approx(1 / 3), 4: pytest.approx(2 / 3)}
