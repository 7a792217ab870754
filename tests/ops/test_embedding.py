"""Embedding and embedding_bag, with row-sparse gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

TABLE = np.random.default_rng(0).permutation(21).reshape(7, 3) / 4.0
MODES = ["sum", "mean", "max"]
bags = st.lists(st.lists(st.integers(0, 6), max_size=4), min_size=1, max_size=4)


def table(**options: Any) -> tg.Tensor:
    return tg.tensor(TABLE, requires_grad=True, **options)


def gradient(t: tg.Tensor) -> Any:
    assert isinstance(t.grad, tg.RowSparse)
    return t.grad.to_dense()


def test_padding_row_has_no_gradient() -> None:
    w = table()
    out = F.embedding([[2, 0], [2, 2]], w, padding_idx=2)
    np.testing.assert_array_equal(out.detach().numpy(), TABLE[[[2, 0], [2, 2]]])
    out.sum().backward()
    assert gradient(w).tolist() == [[1.0] * 3] + [[0.0] * 3] * 6
    assert len(w.grad.rows) == 1


def test_negative_padding_index_counts_from_the_end() -> None:
    w = table()
    F.embedding([6, 1], w, padding_idx=-1).sum().backward()
    assert gradient(w)[6].tolist() == [0.0] * 3


def test_max_norm_shrinks_only_the_rows_read_in_place() -> None:
    w = table()
    version = w.version
    out = F.embedding([1, 3, 1], w, max_norm=1.0)
    norms = np.linalg.norm(w.detach().numpy(), axis=1)
    np.testing.assert_allclose(norms[[1, 3]], np.minimum(np.linalg.norm(TABLE[[1, 3]], axis=1), 1))
    np.testing.assert_array_equal(w.detach().numpy()[[0, 2, 4, 5, 6]], TABLE[[0, 2, 4, 5, 6]])
    np.testing.assert_array_equal(out.detach().numpy(), w.detach().numpy()[[1, 3, 1]])
    assert w.version == version + 1


@pytest.mark.parametrize("mode", MODES)
@given(bags=bags)
def test_bags_match_numpy(mode: Any, bags: list[list[int]]) -> None:
    width = max(map(len, bags))
    filled = np.array([bag + [-1] * (width - len(bag)) for bag in bags], dtype=np.int64)
    reduce = {"sum": np.sum, "mean": np.mean, "max": np.max}[mode]
    expected = [reduce(TABLE[bag], axis=0) if bag else np.zeros(3) for bag in bags]
    found = F.embedding_bag(filled.reshape(len(bags), width), TABLE, mode=mode)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("mode", MODES)
@given(bags=bags)
def test_offsets_match_padded_bags(mode: Any, bags: list[list[int]]) -> None:
    width = max(map(len, bags))
    filled = np.array([bag + [-1] * (width - len(bag)) for bag in bags], dtype=np.int64)
    flat = np.array([index for bag in bags for index in bag], dtype=np.int64)
    offsets = np.cumsum([0] + [len(bag) for bag in bags[:-1]])
    one, other = table(), table()
    a = F.embedding_bag(filled.reshape(len(bags), width), one, mode=mode)
    b = F.embedding_bag(flat, other, offsets, mode=mode)
    np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    a.sum().backward()
    b.sum().backward()
    np.testing.assert_allclose(gradient(one), gradient(other))


def test_padding_index_may_be_a_row_of_the_table() -> None:
    out = F.embedding_bag([[0, 4], [4, 4]], TABLE, mode="mean", padding_idx=4)
    np.testing.assert_array_equal(out, [TABLE[0], np.zeros(3)])


def test_weights_of_padding_have_no_gradient() -> None:
    factors = np.array([[0.5, 2.0, 9.0], [1.0, -1.0, 3.0]])
    indices = np.array([[1, 3, -1], [0, 0, 6]])
    gradcheck(
        lambda w, f: F.embedding_bag(indices, w, mode="sum", per_sample_weights=f),
        (TABLE, factors),
    )
    f = tg.tensor(factors, requires_grad=True)
    F.embedding_bag(indices, TABLE, mode="sum", per_sample_weights=f).sum().backward()
    assert np.asarray(f.grad)[0, 2] == 0.0


def test_offsets_with_weights_pass_gradcheck() -> None:
    flat, offsets = np.array([1, 3, 0, 0, 6]), np.array([0, 2, 2])
    factors = np.array([0.5, 2.0, 1.0, -1.0, 3.0])
    gradcheck(
        lambda w, f: F.embedding_bag(flat, w, offsets, mode="sum", per_sample_weights=f),
        (TABLE, factors),
    )


def test_weights_require_the_sum() -> None:
    with pytest.raises(ValueError, match="and mode 'mean': they must have the shape"):
        F.embedding_bag([[1]], TABLE, per_sample_weights=[[1.0]])


def test_max_norm_shrinks_only_members() -> None:
    w = table()
    F.embedding_bag([[1, -1]], w, max_norm=0.5)
    np.testing.assert_array_equal(
        np.delete(w.detach().numpy(), 1, axis=0), np.delete(TABLE, 1, axis=0)
    )
    assert np.linalg.norm(w.detach().numpy()[1]) <= 0.5
