"""Indexing and scattering, which are adjoint, and the functions built on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.ops import getitem, scatter

shapes = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)


@st.composite
def indexed(draw: Any) -> tuple[tuple[int, ...], Any]:
    """Draw a shape and an index into it, of any of NumPy's kinds."""
    shape = draw(shapes)
    kind = draw(st.sampled_from(["basic", "integers", "all axes", "one axis", "mask"]))
    if kind == "basic":
        return shape, draw(hnp.basic_indices(shape, allow_newaxis=True))
    if kind == "mask":
        return shape, draw(hnp.arrays(bool, shape))
    integers = lambda size: hnp.arrays(  # noqa: E731
        np.int64, hnp.array_shapes(max_dims=2, max_side=3), elements=st.integers(-size, size - 1)
    )
    if kind == "integers":
        return shape, draw(integers(shape[0]))
    if kind == "one axis":
        axis = draw(st.integers(0, len(shape) - 1))
        return shape, (*(slice(None),) * axis, draw(integers(shape[axis])))
    return shape, draw(hnp.integer_array_indices(shape))


@given(indexed())
def test_getitem_and_scatter_are_adjoint(call: Any) -> None:
    shape, index = call
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 9, shape).astype(np.float64)
    values = rng.integers(-9, 9, x[index].shape).astype(np.float64)
    written = scatter(values, index=index, shape=shape)
    assert written.shape == shape
    assert np.sum(getitem(x, index=index) * values) == np.sum(x * written)


@given(indexed())
def test_scatter_matches_numpy_add_at(call: Any) -> None:
    shape, index = call
    expected = np.zeros(shape)
    values = np.random.default_rng(0).integers(-9, 9, expected[index].shape).astype(np.float64)
    np.add.at(expected, index, values)
    np.testing.assert_array_equal(scatter(values, index=index, shape=shape), expected)


def test_scatter_out_of_range_raises() -> None:
    with pytest.raises(IndexError, match=r"^scatter: index\[1\] is 3, outside .* range -3 to 2$"):
        scatter(np.ones((2, 2)), index=np.array([0, 3]), shape=(3, 2))


@given(st.integers(0, 2), st.integers(0, 99))
def test_gather_matches_its_definition(axis: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 3, 4))
    extent = [rng.integers(1, size + 1) for size in x.shape]
    extent[axis] = 5
    index = rng.integers(-x.shape[axis], x.shape[axis], extent)
    found = F.gather(x, axis, index)
    assert found.shape == index.shape
    for place in np.ndindex(*index.shape):
        source = list(place)
        source[axis] = index[place]
        assert found[place] == x[tuple(source)]


def test_take_along_dim_matches_numpy_and_broadcasts() -> None:
    x = np.arange(12.0).reshape(3, 4)
    order = np.argsort(-x, axis=1)
    expected = np.take_along_axis(x, order, axis=1)
    np.testing.assert_array_equal(F.take_along_dim(x, order, 1), expected)
    np.testing.assert_array_equal(F.take_along_dim(x, [[3]], 1), x[:, 3:])
    np.testing.assert_array_equal(F.take_along_dim(x, [5, 1]), [5.0, 1.0])


def test_scatter_add_and_index_add_do_not_change_their_input() -> None:
    x = tg.tensor(np.zeros((2, 2)))
    more = F.scatter_add(x, 0, [[1, 1], [1, 0]], np.array([[1.0, 2.0, 9.0], [4.0, 8.0, 9.0]]))
    assert more.tolist() == [[0.0, 8.0], [5.0, 2.0]]
    assert F.index_add(x, 1, [0, 0], [[1.0, 2.0], [3.0, 4.0]], alpha=10).tolist() == [
        [30.0, 0.0],
        [70.0, 0.0],
    ]
    assert not x.detach().numpy().any()


def test_masked_fill_with_a_number_or_a_tensor() -> None:
    x = tg.tensor([1.0, -1.0, -2.0], requires_grad=True)
    value = tg.tensor(5.0, requires_grad=True)
    out = x.masked_fill(x < 0, value)
    assert out.tolist() == [1.0, 5.0, 5.0]
    out.sum().backward()
    assert np.asarray(x.grad).tolist() == [1.0, 0.0, 0.0]
    assert np.asarray(value.grad).item() == 2.0


def test_masked_select_broadcasts() -> None:
    x = np.array([[1.0], [2.0]])
    mask = np.array([True, False, True])
    assert F.masked_select(x, mask).tolist() == [1.0, 1.0, 2.0, 2.0]


def test_one_hot_infers_the_number_of_classes() -> None:
    assert F.one_hot(np.array([0, 2])).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert F.one_hot(np.array(1), num_classes=3).tolist() == [0, 1, 0]
    assert F.one_hot(np.zeros((0,), dtype=np.int64), num_classes=3).shape == (0, 3)


def test_gradient_of_rows_without_columns_is_empty() -> None:
    x = tg.tensor(np.zeros((4, 0)), requires_grad=True)
    x[np.array([1, 1])].sum().backward()
    assert x.grad.shape == (4, 0)


def test_single_value_is_a_view() -> None:
    x: Any = tg.zeros(2, 3)
    x[0, 1].fill_(3)
    x[0, 2] += 1
    x[1][0] = 5
    assert x.tolist() == [[0, 3, 1], [5, 0, 0]]
    vector: Any = tg.zeros(2)
    for value in vector:
        value += 2
    assert vector.tolist() == [2, 2]


def test_gradient_flows_through_a_single_value_changed_in_place() -> None:
    w = tg.tensor([2.0, 3.0], requires_grad=True)
    x = w * 1
    x[0] *= w[1]
    x[1].mul_(w[0])
    x.sum().backward()
    np.testing.assert_allclose(np.asarray(w.grad), [6, 4])
