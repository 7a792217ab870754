"""The skip-gram loss of a run equals that of all its pairs."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.nn import functional as F


def run(count, words=6, seed=0):
    rng = np.random.default_rng(seed)
    before, radius = np.arange(count), rng.integers(0, 4, count)
    left, right = np.minimum(radius, before), np.minimum(radius, before[::-1])
    return Windows(rng.integers(words, size=count), left, right, count)


@pytest.mark.parametrize(("count", "blocks"), [(2, 1), (9, 3), (70, 4), (130, 2)])
def test_loss_and_gradients_match_all_pairs(count, blocks):
    rng, batch = np.random.default_rng(1), run(count)
    table, weight = rng.normal(size=(6, 4)), rng.normal(size=(6, 4))
    negatives = rng.integers(6, size=(blocks, 5))
    centers, contexts = batch.pairs()
    position = np.repeat(np.arange(count), batch.left + batch.right)
    of_pairs = negatives[position // -(-count // blocks)]

    results = []
    for fast in (True, False):
        w_in, w_out = (tg.tensor(w, requires_grad=True) for w in (table, weight))
        if fast:
            hidden = F.embedding(batch.tokens, w_in)
            loss = F.skip_gram(
                hidden, w_out, batch.tokens, batch.left, batch.right, negatives, negative_weight=0.4
            )
        else:
            hidden = F.embedding(centers, w_in)
            loss = F.negative_sampling(hidden, w_out, contexts, of_pairs, negative_weight=0.4)
        loss.backward()
        results.append((loss.item(), np.asarray(w_in.grad), np.asarray(w_out.grad)))
    for found, expected in zip(*results, strict=True):
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_weight_gradient_is_row_sparse():
    batch = run(5)
    weight = tg.tensor(np.ones((6, 2)), requires_grad=True)
    hidden = np.ones((5, 2))
    F.skip_gram(
        hidden, weight, batch.tokens, batch.left, batch.right, np.array([[1, 2]])
    ).backward()
    assert isinstance(weight.grad, tg.RowSparse)


def test_second_derivative_raises():
    batch = run(5)
    hidden = tg.tensor(np.ones((5, 2)), requires_grad=True)
    loss = F.skip_gram(
        hidden, np.ones((6, 2)), batch.tokens, batch.left, batch.right, np.array([[1, 2]])
    )
    with pytest.raises(RuntimeError, match="skip_gram: its backward rule can be differenti"):
        tg.grad(loss, hidden, create_graph=True)


def test_window_that_exceeds_the_run_raises():
    with pytest.raises(IndexError, match="skip_gram: token 0 of 2 has left 1 and right 0"):
        F.skip_gram(np.ones((2, 2)), np.ones((3, 2)), [0, 1], [1, 0], [0, 0], np.array([[1]]))


def test_negatives_must_be_one_row_per_block():
    with pytest.raises(ValueError, match=r"negatives \(3,\): they must be \(G, K\)"):
        F.skip_gram(np.ones((2, 2)), np.ones((3, 2)), [0, 1], [0, 1], [1, 0], np.array([1, 2, 0]))


@pytest.mark.parametrize("blocks", [1, 3, 9])
def test_vectors_of_width_zero_have_scores_of_zero(backend, blocks):
    batch, negatives = run(9), np.full((blocks, 5), 7)
    hidden = tg.tensor(np.zeros((9, 0), np.float32), requires_grad=True)
    weight = tg.tensor(np.zeros((8, 0), np.float32), requires_grad=True)
    mean = F.context_mean(hidden, batch.left, batch.right)
    loss = F.negative_sampling(mean, weight, batch.tokens, negatives, negative_weight=0.5)
    skip = F.skip_gram(
        hidden, weight, batch.tokens, batch.left, batch.right, negatives, negative_weight=0.5
    )
    (loss + skip).backward()
    assert loss.item() == pytest.approx(3.5 * np.log(2), rel=1e-6)
    assert skip.item() == pytest.approx(3.5 * np.log(2), rel=1e-6)
    assert hidden.grad.shape == (9, 0)
    assert np.asarray(weight.grad).shape == (8, 0)


@pytest.mark.parametrize("op", [F.negative_sampling, F.skip_gram])
@pytest.mark.parametrize("of_hidden", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("of_weight", [np.float16, np.float32, np.float64])
def test_backends_agree_on_mixed_dtypes(numba_backend, op, of_hidden, of_weight):
    batch, rng = run(9), np.random.default_rng(0)
    values, table = rng.normal(size=(9, 4)), rng.normal(size=(6, 4))
    windows = (batch.left, batch.right) if op is F.skip_gram else ()
    results = []
    for backend in ("numpy", "numba"):
        set_backend(backend)
        hidden = tg.tensor(values.astype(of_hidden), requires_grad=True)
        weight = tg.tensor(table.astype(of_weight), requires_grad=True)
        loss = op(hidden, weight, batch.tokens, *windows, np.array([[1, 2]]))
        loss.backward()
        results.append((loss.detach().numpy(), hidden.grad.numpy(), weight.grad.to_dense()))
    for plain, fast in zip(*results, strict=True):
        assert plain.dtype == fast.dtype
        assert np.allclose(plain, fast, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_retained_graph_has_the_same_gradients_again(factor):
    batch, rng = run(5), np.random.default_rng(0)
    hidden = tg.tensor(rng.normal(size=(5, 2)), requires_grad=True)
    weight = tg.tensor(rng.normal(size=(6, 2)), requires_grad=True)
    loss = F.skip_gram(
        hidden,
        weight,
        batch.tokens,
        batch.left,
        batch.right,
        np.array([[1, 2]]),
        reduction="sum",
    )
    found = []
    for _ in range(2):
        grad_hidden, grad_weight = tg.grad(
            loss, [hidden, weight], np.asarray(factor), retain_graph=True
        )
        found.append((grad_hidden.detach().numpy().copy(), grad_weight.to_dense()))
        grad_hidden.detach().numpy()[:] = 7  # the caller may modify it
        if factor == 1:  # the array saved in the graph
            with pytest.raises(ValueError, match="read-only"):
                grad_weight.values[:] = 7
        else:
            grad_weight.values[:] = 7
    for first, second in zip(*found, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("hidden", "weight", "tokens"), [((5, 4), (6, 3), 5), ((5, 4), (6, 8), 5), ((5, 4), (6, 4), 3)]
)
def test_shape_mismatch_is_named(backend, hidden, weight, tokens):
    batch = run(5)
    arrays = np.ones(hidden, np.float32), np.ones(weight, np.float32), batch.tokens[:tokens]
    with pytest.raises(ValueError, match="skip_gram") as caught:
        F.skip_gram(*arrays, batch.left, batch.right, np.array([[1, 2]]))
    assert str(caught.value) == (
        f"skip_gram: hidden {hidden}, weight {weight}, tokens ({tokens},): hidden must be "
        f"(T, D), weight (V, D) and tokens (T,)"
    )


def test_unknown_reduction_raises():
    batch = run(5)
    arrays = np.ones((5, 4)), np.ones((6, 4)), batch.tokens, batch.left, batch.right
    with pytest.raises(ValueError, match="skip_gram: reduction is 'none': use 'mean' or 'sum'"):
        F.skip_gram(*arrays, np.array([[1, 2]]), reduction="none")
