"""RowSparse: a matrix by some of its rows, with the algebra gradients need."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.engine import RowSparse
from tinygrad_w2v.engine.tensor import array_of


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


@given(row_sparse(), row_sparse())
def test_differences_are_those_of_the_dense_matrices(a, b):
    assert np.array_equal((a - b).to_dense(), dense(a) - dense(b))
    assert isinstance(a - b, RowSparse)
    assert np.array_equal(a - dense(b), dense(a) - dense(b))
    assert np.array_equal(dense(b) - a, dense(b) - dense(a))


@pytest.mark.parametrize(
    "factor", [2, 2.0, np.float64(2), np.array(2.0), tg.tensor(2.0), np.int64(2)]
)
def test_scaling_keeps_the_rows_and_the_dtype_from_either_side(factor):
    g = RowSparse(np.array([1, 1]), np.ones((2, 2), np.float32), (3, 2))
    for scaled in (g * factor, factor * g, g / (1 / factor)):
        assert isinstance(scaled, RowSparse)
        assert scaled.dtype == np.float32
        assert not scaled.is_traced
        assert scaled.to_dense().tolist() == [[0, 0], [4, 4], [0, 0]]


def test_what_is_coalesced_stays_so_when_scaled():
    g = RowSparse(np.array([2, 0, 2]), np.ones((3, 1)), (4, 1)).coalesce()
    for same in (g * 2, g / 2, -g, g.astype(np.float32), g.clip(-1, 1), g.clip_norm(0.1)):
        assert same.is_coalesced
        assert same.coalesce() is same


def test_a_dense_tensor_may_stand_on_either_side():
    g = RowSparse(np.array([1]), np.ones((1, 2), np.float32), (3, 2))
    t = tg.tensor(np.ones((3, 2), np.float32))
    for total in (t + g, g + t):
        assert isinstance(total, tg.Tensor)
        assert total.tolist() == [[1, 1], [2, 2], [1, 1]]
    assert (t - g).tolist() == [[1, 1], [0, 0], [1, 1]]
    assert (g - t).tolist() == [[-1, -1], [0, 0], [-1, -1]]


@given(row_sparse(), st.floats(0, 9), st.floats(0, 9))
def test_clip_is_that_of_the_dense_matrix(g, low, high):
    assert np.array_equal(g.clip(-low, high).to_dense(), np.clip(dense(g), -low, high))
    assert np.array_equal(g.clip(max=high).to_dense(), np.minimum(dense(g), high))


def test_limits_that_would_move_the_zeros_are_refused():
    g = RowSparse(np.array([0]), np.ones((1, 2)), (3, 2))
    with pytest.raises(ValueError, match=r"clip to 0.5 … None would make the rows that are zero"):
        g.clip(min=0.5)


@given(row_sparse(), st.floats(0.1, 20))
def test_clip_norm_shortens_what_is_longer(g, longest):
    clipped = g.clip_norm(longest)
    assert clipped.norm() == pytest.approx(min(g.norm(), longest))
    if g.norm() <= longest:
        assert clipped is g


INDICES = [
    0,
    -1,
    np.int64(2),
    slice(None),
    slice(4, 0, -2),
    np.array([3, 0, 3]),
    [1, -2],
    np.array([[0, 1], [4, 4]]),
    np.array([True, False, True, False, True]),
    (2, 1),
    (slice(1, 4), 0),
    (np.array([0, 2]), slice(None, None, -1)),
    (Ellipsis, 1),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
@given(g=row_sparse())
def test_indexing_is_that_of_the_dense_matrix(g, index):
    expected = dense(g)[index]
    assert np.array_equal(g[index], expected)
    assert g[index].shape == expected.shape


def test_indexing_does_not_make_the_dense_matrix():
    g = RowSparse(np.array([10**12, 5]), np.ones((2, 3)), (10**13, 3))
    assert g.coalesce()[np.array([5])].tolist() == [[1, 1, 1]]
    assert g[10**12].tolist() == [1, 1, 1]
    assert g[-1].tolist() == [0, 0, 0]


def test_an_index_out_of_range_is_refused():
    g = RowSparse(np.array([1]), np.ones((1, 2)), (3, 2))
    with pytest.raises(IndexError, match="the index 3 is not within the 3 rows"):
        g[3]


@given(row_sparse(), row_sparse())
def test_equality_is_that_of_the_dense_matrices(a, b):
    assert (a == b) == np.array_equal(dense(a), dense(b))
    assert (a != b) != (a == b)
    assert a == a.coalesce()
    assert a == RowSparse(a.rows[::-1], a.values[::-1], a.shape)


def test_allclose_takes_sparse_and_dense():
    g = RowSparse(np.array([1, 1]), np.ones((2, 2)), (3, 2))
    near = g * (1 + 1e-9)
    assert g != near
    assert g.allclose(near)
    assert g.allclose(near.to_dense())
    assert g.allclose(tg.tensor(near.to_dense()))
    assert np.allclose(g, near.to_dense())
    assert not g.allclose(g * 2)
    assert not g.allclose(RowSparse(g.rows, g.values, (4, 2)))


def test_comparisons_that_are_ambiguous_are_refused():
    g = RowSparse(np.array([1]), np.ones((1, 2)), (3, 2))
    with pytest.raises(TypeError, match=r"== with ndarray could mean .* use g\.allclose\(x\)"):
        g == np.ones((3, 2))  # noqa: B015
    with pytest.raises(TypeError, match="the truth value of a matrix is ambiguous"):
        bool(g)


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
    (embedding([0, 1], table).sum() + embedding([1], table).sum()).backward()
    assert isinstance(table.grad, RowSparse)
    assert table.grad.to_dense().tolist() == [[1, 1], [2, 2], [0, 0], [0, 0]]


def test_a_table_read_sparsely_and_densely_has_a_dense_gradient():
    table = tg.tensor(np.ones((2, 2)), requires_grad=True)
    (tg.nn.functional.embedding([0], table).sum() + (table * 2).sum()).backward()
    assert isinstance(table.grad, tg.Tensor)
    assert table.grad.tolist() == [[3, 3], [2, 2]]


def test_dense_and_sparse_gradients_of_several_walks_add_up_in_either_order():
    embedding = tg.nn.functional.embedding
    for order in (0, 1):
        table = tg.tensor(np.ones((2, 2)), requires_grad=True)
        losses = [embedding([0], table).sum(), (table * 2).sum()]
        losses[order].backward()
        losses[1 - order].backward()
        assert isinstance(table.grad, tg.Tensor)
        assert table.grad.tolist() == [[3, 3], [2, 2]]


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_second_derivatives_go_through_bags_of_embeddings(mode):
    table = tg.tensor(np.arange(1.0, 7.0).reshape(3, 2), requires_grad=True)
    bags = np.array([[0, 2], [2, 2]])

    def loss(t):
        return (tg.nn.functional.embedding_bag(bags, t, mode=mode) ** 3).sum()

    def dense_loss(t):
        rows = t[bags]
        return ((rows.sum(axis=1) if mode == "sum" else rows.mean(axis=1)) ** 3).sum()

    found, expected = [], []
    for function, results in ((loss, found), (dense_loss, expected)):
        (g,) = tg.grad(function(table), table, create_graph=True)
        whole = g.to_dense() if isinstance(g, RowSparse) else g
        (gg,) = tg.grad((whole**2).sum(), table)
        results += [array_of(whole), array_of(gg)]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


def test_a_traced_one_is_indexed_and_scaled_as_part_of_the_graph():
    table = tg.tensor(np.arange(1.0, 7.0).reshape(3, 2), requires_grad=True)
    rows = tg.nn.functional.embedding(np.array([2, 0, 2]), table)
    (g,) = tg.grad((rows**3).sum(), table, create_graph=True)
    assert g.is_traced
    (gg,) = tg.grad((g * 2)[2].sum(), table)
    assert np.allclose(np.asarray(gg), np.array([[0], [0], [2]]) * 2 * 6 * table.detach().numpy())


def test_a_computed_table_passes_the_gradient_on_densely():
    w = tg.tensor(np.ones((3, 2)), requires_grad=True)
    tg.nn.functional.embedding([1, 1], w * 2).sum().backward()
    assert np.asarray(w.grad).tolist() == [[0, 0], [4, 4], [0, 0]]


def test_rows_of_a_graph_are_coalesced_normed_and_compared_by_their_values():
    values = tg.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    traced = RowSparse([1, 1], values, (3, 2))
    assert traced.coalesce().values.tolist() == [[3.0, 4.0]]
    assert traced.norm() == 5.0
    assert traced.allclose(RowSparse([1], np.array([[3.0, 4.0]]), (3, 2)))
    assert traced.clip(max=3.5).numpy().tolist() == [[0, 0], [3.0, 3.5], [0, 0]]
    assert traced.numpy().tolist() == [[0, 0], [3, 4], [0, 0]]


def test_a_row_sparse_gradient_has_the_methods_of_a_tensor() -> None:
    g = RowSparse(np.array([2, 0, 2]), np.array([[1.0], [5.0], [1.0]]), (4, 1))
    assert g.data.norm().item() == g.detach().norm(2) == np.sqrt(29)
    assert g.size() == (4, 1)
    assert g.size(0) == g.numel() == 4
    assert g.dim() == 2
    assert g.sum().item() == g.abs().max().item() + 2 == 7
    assert (g**2).tolist() == [[25.0], [0.0], [4.0], [0.0]]
    kept = g.clone()
    assert g.mul_(2).div_(4).clamp_(-2, 2).numpy().ravel().tolist() == [2.0, 0.0, 1.0, 0.0]
    assert g.add_(kept, alpha=2).numpy().ravel().tolist() == [12.0, 0.0, 5.0, 0.0]
    assert g.zero_().norm() == 0
    assert kept.norm() > 0


def test_in_place_methods_that_cannot_stay_sparse_are_refused_by_name() -> None:
    g = RowSparse(np.array([2]), np.array([[1.0]]), (4, 1))
    with pytest.raises(AttributeError, match="RowSparse has no method exp_: use zero_"):
        g.exp_()
    with pytest.raises(TypeError, match="a dense matrix cannot be added in place"):
        g.add_(tg.zeros(4, 1))
