"""Doc2Vec: losses and gradients equal those of each prediction written out."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.models.test_equivalence import in_float64
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import Doc2Vec, DocumentWindows
from tinygrad_w2v.models.bags import Bags

# Two documents with the tags (2, 0) and (1,): the words 3 1 4 1 and 2 0 5.
TOKENS = np.array([3, 1, 4, 1, 2, 0, 5])
LEFT, RIGHT = np.array([0, 1, 2, 1, 0, 1, 2]), np.array([2, 1, 1, 0, 1, 1, 0])
DOCUMENT, TAGS = np.array([0, 0, 0, 0, 1, 1, 1]), [[2, 0], [1]]
BATCH = DocumentWindows(TOKENS, LEFT, RIGHT, 7, *Bags([2, 0, 1], [2, 1]).select(DOCUMENT))
KINDS = [
    {"kind": "dbow"},
    {"kind": "dbow", "words": True},
    {"kind": "dm"},
    {"kind": "dm", "combine": "sum"},
    {"kind": "dm", "combine": "concat", "window": 2},
]


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, x)


def expected_loss(model: Doc2Vec, options: dict[str, object], negatives: np.ndarray) -> float:
    """Return the mean loss, one prediction at a time; every word has its own negatives."""
    documents, words, output = (
        np.asarray(t.detach())
        for t in (model.documents.weight, model.words.weight, model.output.weight)
    )
    losses = []

    def predict(vector: np.ndarray, target: int, position: int) -> None:
        wrong = negatives[position][negatives[position] != target]
        losses.append(softplus(-vector @ output[target]) + softplus(output[wrong] @ vector).sum())

    for i, token in enumerate(TOKENS):
        tags = TAGS[DOCUMENT[i]]
        document = documents[tags].sum(axis=0)
        near = [j for j in range(i - LEFT[i], i + RIGHT[i] + 1) if j != i]
        context = words[TOKENS[near]].sum(axis=0)
        if options["kind"] == "dbow":
            predict(document, token, i)
            for j in near if options.get("words") else ():
                predict(words[token], TOKENS[j], i)
        elif options.get("combine") == "concat":
            places = [j if j in near else None for j in (i - 2, i - 1, i + 1, i + 2)]
            rows = [np.zeros(3) if j is None else words[TOKENS[j]] for j in places]
            predict(np.concatenate([document, *rows]), token, i)
        else:
            size = 1 if options.get("combine") == "sum" else len(tags) + len(near)
            predict((document + context) / size, token, i)
    assert model.predictions(BATCH) == len(losses)
    return float(np.mean(losses))


@pytest.mark.parametrize("options", KINDS)
def test_loss_is_the_mean_over_all_predictions(options: dict[str, object]) -> None:
    model = in_float64(Doc2Vec(6, 3, 3, negative=4, rng=0, **options))
    negatives = np.random.default_rng(1).integers(6, size=(7, 4))
    model.output.draw = lambda targets: negatives
    assert model(BATCH).item() == pytest.approx(expected_loss(model, options, negatives), rel=1e-12)


@pytest.mark.parametrize("options", KINDS)
def test_gradients_match_finite_differences(options: dict[str, object]) -> None:
    model = in_float64(Doc2Vec(6, 3, 3, negative=4, rng=0, **options))
    negatives = np.random.default_rng(1).integers(6, size=(7, 4))
    model.output.draw = lambda targets: negatives
    tables = [model.documents, model.words, model.output]

    def loss(*weights: tg.Tensor) -> tg.Tensor:
        for module, weight in zip(tables, weights, strict=True):
            vars(module)["weight"] = weight
        return model(BATCH)

    assert tg.testing.gradcheck(loss, tuple(np.array(m.weight.detach()) for m in tables))


def test_undivided_mean_passes_each_vector_the_whole_gradient() -> None:
    gradients = []
    for share in (0.0, 1.0):
        model = in_float64(Doc2Vec(6, 3, 3, straight_through=share, rng=0))
        model.output.draw = lambda targets: np.array([[5]])
        one = DocumentWindows(TOKENS[:1], LEFT[:1], LEFT[:1], 1, *(np.array([0]),) * 2)
        model(one).backward()
        gradients.append(np.asarray(model.documents.weight.grad.to_dense()))
    np.testing.assert_allclose(*gradients)  # a context of one vector


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "cbow"}, "kind is 'cbow': use 'dm' or 'dbow'"),
        ({"combine": "max"}, "combine is 'max': use 'mean', 'sum' or 'concat'"),
        ({"straight_through": 2.0}, "straight_through is 2.0"),
        ({"window": 0}, "window is 0: it must be an integer of at least 1"),
    ],
)
def test_invalid_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Doc2Vec(6, 3, 3, **options)


def test_model_is_rebuilt_from_its_spec() -> None:
    model = Doc2Vec(6, 3, 3, kind="dm", combine="concat", window=2, rng=0)
    again = tg.nn.build(model.spec())
    again.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(again.vectors, model.vectors)
