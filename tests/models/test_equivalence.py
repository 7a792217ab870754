"""Equivalent computations have equal losses and gradients."""

from __future__ import annotations

import numpy as np
import pytest

from tests.models.toy import CONTEXTS, COUNTS, TARGETS, random_batch
from tinygrad_w2v.models import CBOW, OneHotCBOW, SkipGram
from tinygrad_w2v.nn import Module
from tinygrad_w2v.nn import functional as F

WORDS = 30
SEEDS = range(4)


def dense(gradient: object) -> np.ndarray:
    return gradient.to_dense() if hasattr(gradient, "to_dense") else np.asarray(gradient)


def losses_and_gradients(loss: object, model: Module) -> list[np.ndarray]:
    model.zero_grad()
    loss.backward()
    return [loss.detach().numpy(), *(dense(parameter.grad) for parameter in model.parameters())]


def assert_same(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype == np.float64
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def in_float64(model: Module, seed: int = 0) -> Module:
    """Set the parameters to random float64 values."""
    rng = np.random.default_rng(seed)
    for parameter in model.parameters():
        parameter.data = rng.normal(size=parameter.shape)
    return model


def test_one_hot_product_matches_embedding() -> None:
    one_hot = in_float64(OneHotCBOW(7, 5))
    embedded = in_float64(CBOW(7, 5, loss="softmax"))
    embedded.load_state_dict(one_hot.state_dict())
    assert_same(
        losses_and_gradients(embedded(CONTEXTS, TARGETS), embedded),
        losses_and_gradients(one_hot(CONTEXTS, TARGETS), one_hot),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("straight_through", [False, 0.4, True])
@pytest.mark.parametrize("shared", [None, 12])
def test_cbow_on_windows_matches_index_arrays(
    seed: int, straight_through: float, shared: int | None
) -> None:
    model = CBOW(WORDS, 6, shared=shared, straight_through=straight_through, rng=seed)
    in_float64(model, seed)
    windows = random_batch(seed, WORDS)
    negatives = model.output.draw(len(windows))

    def loss(contexts: object) -> object:
        return model.output(model.hidden(contexts), windows.tokens, negatives)

    assert_same(
        losses_and_gradients(loss(windows), model),
        losses_and_gradients(loss(windows.contexts()), model),
    )


def test_straight_through_mean_has_gradient_of_sum() -> None:
    true, half, straight = (
        in_float64(CBOW(COUNTS, 4, straight_through=share, loss="softmax"))
        for share in (False, 0.5, True)
    )
    loss, gradient, _ = losses_and_gradients(true(CONTEXTS, TARGETS), true)
    for model, factor in ((straight, 2), (half, 2**0.5)):  # two words a context
        same_loss, found, _ = losses_and_gradients(model(CONTEXTS, TARGETS), model)
        assert same_loss == pytest.approx(loss, rel=1e-15)
        np.testing.assert_allclose(found, factor * gradient, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_skip_gram_on_windows_matches_pairs(seed: int) -> None:
    windows = random_batch(seed, WORDS)
    on_windows = in_float64(SkipGram(WORDS, 6, rng=seed), seed)
    drawn = in_float64(SkipGram(WORDS, 6, rng=seed), seed).output.draw(len(windows))
    # All pairs of a center word share its negatives.
    of_pairs = np.repeat(drawn, windows.left + windows.right, axis=0)
    by_pairs = in_float64(SkipGram(WORDS, 6, rng=seed), seed)
    centers, contexts = windows.pairs()
    loss = by_pairs.output(by_pairs.input(centers), contexts, of_pairs)
    assert_same(
        losses_and_gradients(on_windows(windows), on_windows), losses_and_gradients(loss, by_pairs)
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("batch", [64, 130])
def test_shared_negatives_match_repeated_negatives(seed: int, batch: int) -> None:
    rng = np.random.default_rng(seed)
    model = in_float64(CBOW(WORDS, 6, negative=5, shared=12, rng=seed), seed)
    targets = rng.integers(WORDS, size=batch)
    contexts = rng.integers(WORDS, size=(batch, 4))
    shared = model.output.draw(batch)
    assert shared.shape == (-(-batch // 64), 12)

    def loss(negatives: np.ndarray) -> object:
        hidden = model.hidden(contexts)
        return F.negative_sampling(
            hidden, model.output.weight, targets, negatives, negative_weight=5 / 12
        )

    # The op divides the batch evenly, independently of the block size of the draws.
    block = -(-batch // len(shared))
    repeated = np.repeat(shared, block, axis=0)[:batch]
    assert_same(
        losses_and_gradients(loss(shared), model), losses_and_gradients(loss(repeated), model)
    )


def test_predictions_counts_losses() -> None:
    windows = random_batch(0, WORDS)
    assert CBOW(WORDS, 2).predictions(windows) == len(windows)
    assert CBOW(WORDS, 2).predictions(CONTEXTS, TARGETS) == len(TARGETS)
    assert OneHotCBOW(WORDS, 2).predictions(CONTEXTS, TARGETS) == len(TARGETS)
    assert SkipGram(WORDS, 2).predictions(windows) == len(windows.pairs()[0])
    assert SkipGram(WORDS, 2).predictions(*windows.pairs()) == len(windows.pairs()[0])
