"""Packed changes: sizes, errors and error feedback."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.cluster.packing import concatenated, pack, unpack

# The largest error of a number, relative to the largest of its row.
ERROR = {"int8": 0.5001 / 127, "bfloat16": 2**-8, "float32": 0}
BYTES = {"int8": 1, "bfloat16": 2, "float32": 4}
kinds = pytest.mark.parametrize("kind", ERROR)
matrices = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=20),
    elements=st.floats(-1e3, 1e3, width=32, allow_subnormal=False),
)


@kinds
@given(matrices)
def test_error_is_bounded_by_the_largest_of_the_row(kind, change):
    unpacked = unpack(pack(change, kind))
    assert unpacked.dtype == np.float32
    assert unpacked.shape == change.shape
    largest = np.abs(change).max(axis=1, initial=0, keepdims=True)
    assert (np.abs(unpacked - change) <= ERROR[kind] * largest + 1e-35).all()


@kinds
def test_bytes_are_those_of_the_numbers_and_the_scales(kind):
    packed = pack(np.ones((10, 100), np.float32), kind)
    assert packed.nbytes == 1000 * BYTES[kind] + (40 if kind == "int8" else 0)


@kinds
def test_ranges_of_rows_pickle(kind):
    change = np.random.default_rng(0).normal(size=(10, 7)).astype(np.float32)
    packed = pack(change, kind)
    part = pickle.loads(pickle.dumps(packed[1::3]))
    assert len(part) == 3
    assert np.array_equal(unpack(part), unpack(packed)[1::3])


@kinds
def test_the_packed_change_shares_no_memory_with_the_change(kind):
    change = np.ones((2, 3), np.float32)
    packed = pack(change, kind)
    change[:] = 5
    assert np.allclose(unpack(packed), 1, rtol=1e-6)


@kinds
@pytest.mark.parametrize("count", [1, 3])
def test_blocks_of_rows_are_concatenated(kind, count):
    change = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    packed = concatenated([pack(part, kind) for part in np.array_split(change, count)])
    assert np.array_equal(unpack(packed), unpack(pack(change, kind)))


def test_bfloat16_rounds_to_nearest_and_ties_to_even():
    change = np.array([[1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-9]], np.float32)
    assert unpack(pack(change, "bfloat16")).tolist() == [[1, 1 + 2**-6, 1]]


@kinds
def test_error_feedback_sums_to_the_truth(kind):
    rng = np.random.default_rng(0)
    sent = truth = np.zeros((20, 10), np.float32)
    residual = sent.copy()
    for _ in range(50):
        change = rng.normal(size=sent.shape).astype(np.float32)
        truth = truth + change
        sent = sent + unpack(pack(change, kind, residual))
    assert np.abs(residual).max() <= ERROR[kind] * 5
    assert np.allclose(sent + residual, truth, atol=1e-4)


@kinds
def test_change_that_is_not_finite_is_refused(kind):
    change = np.ones((4, 3), np.float32)
    change[2, 1] = np.nan
    with pytest.raises(InputError, match="row 2 of a change is not finite: lower the learning"):
        pack(change, kind)


def test_unknown_kind_is_refused():
    with pytest.raises(InputError, match="kind is 'int9': use 'int8', 'bfloat16' or 'float32'"):
        pack(np.ones((1, 1), np.float32), "int9")
