"""Every model learns the toy sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.models.toy import CONTEXTS, COUNTS, TARGETS, train
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import CBOW, OneHotCBOW, SkipGram


@pytest.mark.parametrize("model", [OneHotCBOW(7, 5, rng=0), CBOW(7, 5, loss="softmax", rng=0)])
def test_softmax_loss_starts_at_log_7_and_falls(model: tg.nn.Module) -> None:
    losses = train(model, CONTEXTS, TARGETS)
    assert losses[0] == pytest.approx(math.log(7), rel=1e-6)
    assert losses[-1] < 0.2 * math.log(7)


@pytest.mark.parametrize("shared", [None, 20])
def test_cbow_learns_by_negative_sampling(shared: int | None) -> None:
    model = CBOW(COUNTS, 5, negative=5, shared=shared, rng=0)
    losses = train(model, CONTEXTS, TARGETS, steps=300)
    assert np.mean(losses[-20:]) < 0.4 * losses[0]


@pytest.mark.parametrize("straight_through", [False, True])
def test_cbow_predicts_each_word_of_sentence(straight_through: bool) -> None:
    model = CBOW(COUNTS, 5, straight_through=straight_through, rng=0)
    train(model, CONTEXTS, TARGETS, steps=300)
    scores = model.hidden(CONTEXTS).detach().numpy() @ model.output.weight.detach().numpy().T
    bags = np.sort(CONTEXTS, axis=1)
    # "goodbye" and "i" both occur between "say" and "and": either is correct.
    for bag, answer in zip(bags, scores.argmax(axis=1), strict=True):
        assert answer in TARGETS[(bags == bag).all(axis=1)]


def test_skip_gram_learns_neighbours() -> None:
    centers = np.repeat(TARGETS, 2)
    model = SkipGram(COUNTS, 5, rng=0)
    losses = train(model, centers, CONTEXTS.ravel(), steps=300)
    # A word has two neighbours, so that the loss cannot approach 0.
    assert np.mean(losses[-20:]) < 0.7 * losses[0]


@pytest.mark.parametrize("model", [CBOW, OneHotCBOW, SkipGram])
def test_vectors_are_input_table(model: type) -> None:
    built = model(7, 5, rng=3)
    assert built.vectors.shape == (7, 5)
    assert built.vectors is built.input.weight.detach().numpy()


@pytest.mark.parametrize("model", [CBOW, SkipGram])
def test_same_seed_gives_same_model_and_negatives(model: type) -> None:
    first, second, other = (model(COUNTS, 5, rng=seed) for seed in (3, 3, 4))
    assert (first.vectors == second.vectors).all()
    assert (first.output.draw(8) == second.output.draw(8)).all()
    assert (first.vectors != other.vectors).any()


def test_unknown_loss_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"loss is 'hinge': use 'negative_sampling', 'softmax' or a module"
    ):
        CBOW(7, 5, loss="hinge")  # type: ignore[arg-type]
