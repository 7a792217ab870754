from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import keep_probability


@given(
    counts=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    sample=st.floats(1e-7, 1.0),
)
def test_each_probability_is_word2vecs_formula(counts, sample):
    total = sum(counts)
    expected = [
        min(1.0, (math.sqrt(c / total / sample) + 1) * sample / (c / total)) for c in counts
    ]
    np.testing.assert_allclose(keep_probability(counts, sample), expected, rtol=1e-12)


@pytest.mark.parametrize("sample", [0, 0.0, None])
def test_without_a_threshold_every_word_is_kept(sample):
    assert keep_probability([1_000_000, 1], sample).tolist() == [1.0, 1.0]


def test_a_word_that_never_occurs_is_kept():
    assert keep_probability([1_000, 0], 1e-5)[1] == 1.0


def test_a_sample_out_of_range_is_refused():
    with pytest.raises(InputError, match=r"^sample is 3: it must be a number from 0 to 1$"):
        keep_probability([1, 2], 3)


def test_a_negative_count_is_refused():
    with pytest.raises(InputError, match=r"^counts must not be negative, found -4$"):
        keep_probability([1, -4], 0.1)
