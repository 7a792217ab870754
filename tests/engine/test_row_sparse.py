"""RowSparse: a matrix by some of its rows, with the algebra gradients need."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.engine import RowSparse


@st.composite
def row_sparse(draw, height=5, width=2):
    rows = draw(st.lists(st.integers(0, height - 1), max_size=8))
    values = draw(
        st.lists(
            st.lists(st.integers(-9, 9), min_size=width, max_size=width),
            min_size=len(rows),
            max_size=len(rows),
        )
    )
    array = np.array(values, dtype=np.float64).reshape(len(rows), width)
    return RowSparse(np.array(rows, dtype=np.int64), array, (height, width))


def dense(sparse: RowSparse) -> np.ndarray:
    out = np.zeros(sparse.shape)
    for row, value in zip(sparse.rows, sparse.values, strict=True):
        out[row] += value
    return out


@given(row_sparse())
def test_to_dense_adds_up_repeated_rows(g):
    assert np.array_equal(g.to_dense(), dense(g))


@given(row_sparse())
def test_coalesce_sorts_and_merges_rows_once(g):
    merged = g.coalesce()
    assert np.array_equal(merged.rows, np.unique(g.rows))
    assert np.array_equal(merged.to_dense(), dense(g))
    assert g.coalesce() is merged
    assert merged.coalesce() is merged


@given(row_sparse(), row_sparse())
def test_sums_are_those_of_the_dense_matrices(a, b):
    assert np.array_equal((a + b).to_dense(), dense(a) + dense(b))
    assert isinstance(a + b, RowSparse)
    assert np.array_equal(a + dense(b), dense(a) + dense(b))
    assert np.array_equal(dense(b) + a, dense(a) + dense(b))


@given(row_sparse(), st.floats(-4, 4))
def test_scaling(g, factor):
    assert np.allclose((g * factor).to_dense(), dense(g) * factor)
    assert np.allclose((factor * g).to_dense(), dense(g) * factor)
    assert np.array_equal((-g).to_dense(), -dense(g))
    assert np.array_equal((g / 2).to_dense(), dense(g) / 2)


@given(row_sparse())
def test_norm_is_that_of_the_dense_matrix(g):
    assert g.norm() == pytest.approx(np.linalg.norm(dense(g)))


def test_numpy_reads_it():
    g = RowSparse(np.array([1]), np.ones((1, 2)), (3, 2))
    assert np.asarray(g).tolist() == [[0, 0], [1, 1], [0, 0]]


def test_shapes_must_fit():
    with pytest.raises(ValueError, match=r"need values of shape \(2, 3\), found \(2, 4\)"):
        RowSparse(np.array([0, 1]), np.ones((2, 4)), (5, 3))
    a = RowSparse(np.array([0]), np.ones((1, 3)), (5, 3))
    b = RowSparse(np.array([0]), np.ones((1, 3)), (6, 3))
    with pytest.raises(ValueError, match=r"cannot add shapes \(5, 3\) and \(6, 3\)"):
        a + b
    with pytest.raises(TypeError, match=r"can be scaled by a number only, found shape \(3,\)"):
        a * np.ones(3)


def test_repr_tells_rows_shape_and_dtype():
    g = RowSparse(np.array([1, 1]), np.ones((2, 2), np.float32), (3, 2))
    assert repr(g) == "RowSparse(2 of 3 rows, shape (3, 2), float32)"


def test_gradients_of_one_table_read_twice_stay_sparse():
    table = tg.tensor(np.ones((4, 2)), requires_grad=True)
    embedding = tg.nn.functional.embedding
    (embedding(table, [0, 1]).sum() + embedding(table, [1]).sum()).backward()
    assert isinstance(table.grad, RowSparse)
    assert table.grad.to_dense().tolist() == [[1, 1], [2, 2], [0, 0], [0, 0]]


def test_a_table_read_sparsely_and_densely_has_a_dense_gradient():
    table = tg.tensor(np.ones((2, 2)), requires_grad=True)
    (tg.nn.functional.embedding(table, [0]).sum() + (table * 2).sum()).backward()
    assert isinstance(table.grad, tg.Tensor)
    assert table.grad.tolist() == [[3, 3], [2, 2]]


def test_a_computed_table_passes_the_gradient_on_densely():
    w = tg.tensor(np.ones((3, 2)), requires_grad=True)
    tg.nn.functional.embedding(w * 2, [1, 1]).sum().backward()
    assert np.asarray(w.grad).tolist() == [[0, 0], [4, 4], [0, 0]]
