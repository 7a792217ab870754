"""Packed and padded sequences: values, gradients and order as in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.nn.torch_parity import assert_close, normal, values
from tinygrad_w2v import tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.utils import rnn

SEQUENCES = [normal(2, 3), normal(4, 3), normal(1, 3)]
LENGTHS = [2, 4, 1]


def packed(is_first: bool = False) -> Any:
    batch = rnn.pad_sequence(SEQUENCES, batch_first=is_first)
    return rnn.pack_padded_sequence(batch, LENGTHS, is_first, enforce_sorted=False)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("padding_side", ["left", "right"])
def test_pad_sequence_agrees_with_pytorch(batch_first: bool, padding_side: Any) -> None:
    torch = pytest.importorskip("torch")
    options: dict[str, Any] = {"batch_first": batch_first, "padding_value": 7.0}
    options["padding_side"] = padding_side
    mine = [tensor(x, requires_grad=True) for x in SEQUENCES]
    theirs = [torch.tensor(x, requires_grad=True) for x in SEQUENCES]
    found = rnn.pad_sequence(mine, **options)
    expected = torch.nn.utils.rnn.pad_sequence(theirs, **options)
    assert_close(found, expected)
    cotangent = normal(*found.shape)
    (found * cotangent).sum().backward()
    (expected * torch.tensor(cotangent)).sum().backward()
    for a, b in zip(mine, theirs, strict=True):
        assert_close(a.grad, b.grad)


def test_packed_fields_agree_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.utils.rnn.pack_sequence(
        [torch.tensor(x) for x in SEQUENCES], enforce_sorted=False
    )
    for ours in (packed(), packed(True), rnn.pack_sequence(SEQUENCES, enforce_sorted=False)):
        for a, b in zip(ours, theirs, strict=True):
            assert_close(a, b)


def test_padding_a_packed_sequence_restores_it() -> None:
    for is_first in (False, True):
        batch, lengths = rnn.pad_packed_sequence(packed(is_first), is_first, -1.0, total_length=5)
        assert values(lengths).tolist() == LENGTHS
        rows = values(batch) if is_first else values(batch).swapaxes(0, 1)
        assert rows.shape == (3, 5, 3)
        for row, sequence in zip(rows, SEQUENCES, strict=True):
            np.testing.assert_array_equal(row[: len(sequence)], sequence)
            assert (row[len(sequence) :] == -1).all()


def test_unpacking_returns_the_sequences() -> None:
    batch = rnn.pad_sequence(SEQUENCES)
    lists = rnn.unpack_sequence(packed()), rnn.unpad_sequence(batch, LENGTHS)
    for found in lists:
        for a, b in zip(found, SEQUENCES, strict=True):
            np.testing.assert_array_equal(values(a), b)


def test_integers_stay_integers() -> None:
    batch = rnn.pad_sequence([np.array([1, 2]), np.array([3])], batch_first=True, padding_value=9)
    assert batch.tolist() == [[1, 2], [3, 9]]
    assert values(batch).dtype == np.int64


def test_sorted_sequences_have_no_indices() -> None:
    sequence = rnn.pack_padded_sequence(np.ones((3, 2)), tensor([3, 1]))
    assert sequence.sorted_indices is sequence.unsorted_indices is None
    assert sequence.batch_sizes.tolist() == [2, 1, 1]
    assert sequence.cpu() is sequence
    assert not sequence.is_cuda


def test_wrong_lengths_raise() -> None:
    batch = np.ones((3, 2))
    for lengths, message in (
        ([1, 3], "not in decreasing order: sort the sequences, or pass enforce_sorted=False"),
        ([3, 0], r"lengths are \[3, 0\]: there must be 2, each within 1 to 3"),
        ([4, 1], "each within 1 to 3"),
        ([3], "there must be 2"),
    ):
        with pytest.raises(InputError, match=message):
            rnn.pack_padded_sequence(batch, lengths)
    with pytest.raises(InputError, match="total_length is 2: the longest sequence has 4"):
        rnn.pad_packed_sequence(packed(), total_length=2)
    with pytest.raises(InputError, match="padding_side is 'up': use 'right' or 'left'"):
        rnn.pad_sequence(SEQUENCES, padding_side="up")  # type: ignore[arg-type]
