from __future__ import annotations

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import fraction, whole_number


def test_a_numpy_integer_is_a_whole_number():
    number = whole_number("window", np.int32(3), least=1)
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("value", [0, -2, 1.5, 2.0, "2", None, True])
def test_what_is_no_whole_number_in_range_is_refused_by_name(value):
    with pytest.raises(InputError) as caught:
        whole_number("window", value, least=1)
    assert str(caught.value) == f"window must be a whole number of at least 1, found {value!r}"


@pytest.mark.parametrize("value", [-0.1, 1.01, float("nan"), float("inf"), "much", None])
def test_what_is_no_fraction_is_refused_by_name(value):
    with pytest.raises(InputError) as caught:
        fraction("sample", value)
    assert str(caught.value) == f"sample must be a number from 0 to 1, found {value!r}"
