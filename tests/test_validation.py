from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import above_zero, as_counts, integer, one_of, sizes, within


def test_a_numpy_integer_is_an_integer() -> None:
    number = integer("window", np.int32(3), least=1)
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("value", [0, -2, 1.5, 2.0, "2", None, True])
def test_integer_names_argument_value_and_bound(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        integer("window", value, least=1)
    assert str(caught.value) == f"window is {value!r}: it must be an integer of at least 1"


@pytest.mark.parametrize("value", [-0.1, 1.01, float("nan"), float("inf"), "much", None, True])
def test_within_refuses_values_outside_the_interval(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        within(0, 1, sample=value)
    assert str(caught.value) == f"sample is {value!r}: it must be a number from 0 to 1"


def test_within_describes_open_and_infinite_intervals() -> None:
    within(0, 1, p=np.float32(1), q=0)
    with pytest.raises(InputError, match=r"^p is 1: it must be a number from 0 to below 1$"):
        within(0, 1, open_end=True, p=1)
    with pytest.raises(InputError, match=r"^power is -1: it must be a number of at least 0$"):
        within(0, float("inf"), power=-1)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), 10**400, "0.1", None])
def test_above_zero_refuses_other_values(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        above_zero(lr=value)
    assert str(caught.value) == f"lr is {value!r}: it must be a number above 0"


def test_one_of_suggests_the_nearest_choice() -> None:
    one_of(("mean", "sum"), reduction="sum")
    with pytest.raises(InputError, match=r"^mode is 'maen': use 'mean' or 'sum'; did you mean mea"):
        one_of(("mean", "sum"), mode="maen")


def test_sizes_repeats_a_single_integer() -> None:
    assert sizes(2, 1, stride=3) == (3, 3)
    assert sizes(2, 1, stride=[3, 4]) == (3, 4)
    with pytest.raises(InputError, match=r"^stride is \[1\]: pass one integer, or 2$"):
        sizes(2, 1, stride=[1])


@pytest.mark.parametrize(
    "counts", [0, [], [0, 0], [1, -1], [[1]], ["a"], 2.5, [1, np.nan], [np.inf]]
)
def test_counts_must_be_nonnegative_numbers(counts: Any) -> None:
    with pytest.raises(InputError, match=r"^counts are .*: they must be \(V,\) finite numbers"):
        as_counts(counts)


def test_integer_that_no_float_holds_is_refused() -> None:
    assert integer("seed", 2**128, least=0) == 2**128
    with pytest.raises(InputError, match=r"^epochs is larger than 2\*\*128: lower it$"):
        integer("epochs", 10**400, least=1)
