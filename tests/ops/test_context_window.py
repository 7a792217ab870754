"""Means over context windows; embedding_window equals context_mean of embedding."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.test_skip_gram import run
from tinygrad_w2v.nn import functional as F

TABLE = np.random.default_rng(0).normal(size=(6, 40))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("straight_through", [False, 0.3, True])
@pytest.mark.parametrize("count", [1, 9, 300, 1000])
def test_embedding_window_is_context_mean_of_embedding(backend, dtype, straight_through, count):
    batch, up = run(count), np.random.default_rng(1).normal(size=(count, 40)).astype(dtype)
    one, other = (tg.tensor(TABLE.astype(dtype), requires_grad=True) for _ in range(2))
    windows = batch.left, batch.right
    fused = F.embedding_window(one, batch.tokens, *windows, straight_through=straight_through)
    rows = F.embedding(batch.tokens, other)
    composed = F.context_mean(rows, *windows, straight_through=straight_through)
    (fused * up).sum().backward()
    (composed * up).sum().backward()
    assert isinstance(one.grad, tg.RowSparse)
    # Sums of up to 256 rows are added in another order.
    near = {"rtol": 0, "atol": 1e-3 if dtype is np.float32 else 1e-12}
    assert fused.dtype == one.grad.dtype == dtype
    np.testing.assert_allclose(fused.detach().numpy(), composed.detach().numpy(), **near)
    np.testing.assert_allclose(np.asarray(one.grad), np.asarray(other.grad), **near)


def test_empty_context_is_zero(backend):
    np.testing.assert_array_equal(F.embedding_window(TABLE, [3], [0], [0]), np.zeros((1, 40)))
    assert F.embedding_window(TABLE, *np.zeros((3, 0), int)).shape == (0, 40)


def test_second_derivative_matches_composition(backend):
    batch = run(9)
    w = tg.tensor(TABLE, requires_grad=True)
    mean = F.embedding_window(w, batch.tokens, batch.left, batch.right)
    (gradient,) = tg.grad((mean**3).sum(), w, create_graph=True)
    (found,) = tg.grad((gradient.to_dense() ** 2).sum(), w)

    mean = F.context_mean(F.embedding(batch.tokens, w), batch.left, batch.right)
    (gradient,) = tg.grad((mean**3).sum(), w, create_graph=True)
    (expected,) = tg.grad((gradient.to_dense() ** 2).sum(), w)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-9)


@pytest.mark.parametrize("outside", [-1, 6])
def test_token_outside_the_table_is_named(backend, outside):
    message = rf"embedding_window: tokens\[1\] is {outside}, outside the valid range 0 to 5"
    with pytest.raises(IndexError, match=message):
        F.embedding_window(TABLE, [0, outside], [0, 1], [1, 0])


def test_tokens_and_windows_must_be_integers(backend):
    with pytest.raises(TypeError, match="embedding_window: tokens must be integers, found float64"):
        F.embedding_window(TABLE, [0.0, 1.0], [0, 1], [1, 0])
    with pytest.raises(TypeError, match="left and right must be integers, found int64 and float64"):
        F.embedding_window(TABLE, [0, 1], [0, 1], [1.0, 0.0])
    with pytest.raises(TypeError, match="context_mean: left and right must be integers, found flo"):
        F.context_mean(TABLE[:2], [0.0, 1.0], [1, 0])


def test_window_that_exceeds_the_run_is_named(backend):
    message = "token 1 of 2 has left 1 and right 1: they must be from 0 to 1 and from 0 to 0"
    with pytest.raises(IndexError, match=message):
        F.embedding_window(TABLE, [0, 1], [0, 1], [1, 1])


def test_shape_mismatch_is_named(backend):
    with pytest.raises(ValueError, match=r"tokens \(2,\), left \(2,\), right \(3,\): weight must"):
        F.embedding_window(TABLE, [0, 1], [0, 1], [1, 0, 0])
    with pytest.raises(ValueError, match=r"weight \(6,\), tokens \(1,\)"):
        F.embedding_window(TABLE[:, 0], [0], [0], [0])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int8])
def test_windows_of_any_integers_equal_those_of_int64(backend, dtype):
    batch = run(300)
    weights = np.random.default_rng(2).normal(size=(300, 40))
    found = []
    for kind in (np.int64, dtype):
        sides = batch.left.astype(kind), batch.right.astype(kind)
        rows = tg.tensor(TABLE[batch.tokens], requires_grad=True)
        for function in (F.context_mean, tg.ops.context_sum, tg.ops.context_spread):
            out = function(rows, *sides)
            found.append(
                (np.asarray(out.detach()), np.asarray(tg.grad((out * weights).sum(), rows)[0]))
            )
    np.testing.assert_array_equal(found[3:], found[:3])
