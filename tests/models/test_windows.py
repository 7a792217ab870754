from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.windows import Windows, contexts_and_targets


@st.composite
def batches(draw):
    """Draw batches with arbitrary contexts within the batch."""
    tokens = draw(st.lists(st.integers(0, 9), max_size=12))
    size = len(tokens)
    left = [draw(st.integers(0, min(i, 4))) for i in range(size)]
    right = [draw(st.integers(0, min(size - 1 - i, 4))) for i in range(size)]
    return Windows(*(np.array(a, np.intp) for a in (tokens, left, right)), words=size)


def naive_contexts(batch: Windows) -> list[list[int]]:
    return [
        [
            int(batch.tokens[j])
            for j in range(i - int(batch.left[i]), i + int(batch.right[i]) + 1)
            if j != i
        ]
        for i in range(len(batch))
    ]


@given(batch=batches(), pad=st.integers(-5, -1))
def test_contexts_match_double_loop(batch, pad):
    expected = naive_contexts(batch)
    width = max(map(len, expected), default=0)
    contexts = batch.contexts(pad=pad)
    assert contexts.shape == (len(batch), width)
    assert contexts.tolist() == [row + [pad] * (width - len(row)) for row in expected]


@given(batch=batches())
def test_pairs_match_contexts(batch):
    centers, contexts = batch.pairs()
    expected = [
        (int(center), other)
        for center, row in zip(batch.tokens, naive_contexts(batch), strict=True)
        for other in row
    ]
    assert list(zip(centers.tolist(), contexts.tolist(), strict=True)) == expected


def test_windows_are_immutable():
    batch = Windows(np.array([1, 2]), np.array([0, 1]), np.array([1, 0]), words=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch.words = 3


@given(
    ids=hnp.arrays(np.int64, st.integers(7, 15), elements=st.integers(0, 9)),
    window=st.integers(1, 3),
)
def test_contexts_and_targets_have_every_full_window(ids, window):
    contexts, targets = contexts_and_targets(ids, window)
    assert contexts.shape == (len(ids) - 2 * window, 2 * window)
    for row, position in enumerate(range(window, len(ids) - window)):
        assert targets[row] == ids[position]
        around = [*ids[position - window : position], *ids[position + 1 : position + window + 1]]
        assert contexts[row].tolist() == around


def test_text_shorter_than_window_is_refused():
    with pytest.raises(InputError) as caught:
        contexts_and_targets([1, 2, 3, 4], window=2)
    assert str(caught.value) == (
        "a window of 2 needs one sequence of at least 5 word ids, found shape (4,); give a longer "
        "text or a smaller window"
    )


def test_window_of_zero_is_refused():
    with pytest.raises(InputError, match=r"^window is 0: it must be an integer of at least 1$"):
        contexts_and_targets([1, 2, 3], window=0)
