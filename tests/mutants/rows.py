"""Slips in rules on rows of a table: repeated indices, padding, negatives."""

from __future__ import annotations

# fmt: off  (one row per mutant)
from typing import Any

import numpy as np

from tests.mutants.catalogue import mutant
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.ops import sigmoid, softplus
from tinygrad_w2v.testing import Verdict

WRONG = Verdict.WRONG_RULE


def unique_indices(rng: np.random.Generator) -> list[Sample]:
    return [Sample(rng.normal(size=(5, 3)), np.array([1, 0, 3]))]


def overwritten(g: Any, shapes: Any, indices: Any) -> Any:
    dense = np.zeros(shapes.weight)
    dense[indices] = g
    return dense


def added_once(g: Any, shapes: Any, indices: Any) -> Any:
    dense = np.zeros(shapes.weight)
    dense[indices] += g
    return dense


def first_of_each(g: Any, shapes: Any, indices: Any) -> RowSparse:
    rows, places = np.unique(indices, return_index=True)
    return RowSparse(rows, g[places], shapes.weight)


def take(weight: Any, indices: Any) -> Any:
    return weight.take(indices, axis=0)


mutant(
    "embedding_overwrites",
    "equal indices overwrite one another",
    WRONG,
    take,
    samples=unique_indices,
    order=1,
    weight=overwritten,
)
mutant(
    "embedding_adds_once",
    "dense[i] += g adds once for equal indices",
    WRONG,
    take,
    samples=unique_indices,
    order=1,
    weight=added_once,
)
mutant(
    "embedding_drops_equal",
    "right for unique indices only: a row-sparse one",
    WRONG,
    take,
    samples=unique_indices,
    weight=first_of_each,
)
mutant(
    "embedding_off_by_one",
    "each gradient is added to the row above",
    WRONG,
    take,
    samples=unique_indices,
    weight=lambda g, shapes, indices: RowSparse((indices + 1) % shapes.weight[0], g, shapes.weight),
)
mutant(
    "embedding_reversed",
    "the order of the gradients is reversed",
    WRONG,
    take,
    samples=unique_indices,
    weight=lambda g, shapes, indices: RowSparse(indices[::-1], g, shapes.weight),
)
mutant(
    "embedding_detached",
    "the values of the row-sparse gradient leave the graph",
    WRONG,
    take,
    samples=unique_indices,
    weight=lambda g, shapes, indices: RowSparse(indices, np.asarray(g), shapes.weight),
)
mutant(
    "embedding_row_range",
    "padding gets a row outside the table",
    Verdict.WRONG_CONTRACT,
    take,
    samples=unique_indices,
    order=1,
    weight=lambda g, shapes, indices: RowSparse(
        np.append(indices, -1), np.concatenate([g, np.zeros_like(g[:1])]), shapes.weight
    ),
)

# --- bags and windows ----------------------------------------------------------------------------


def bags(rng: np.random.Generator) -> list[Sample]:
    return [Sample(rng.normal(size=(5, 3)), np.array([[1, 3, 0], [2, 2, 4]]))]


def padded_bags(rng: np.random.Generator) -> list[Sample]:
    return [Sample(rng.normal(size=(5, 3)), np.array([[1, 3, -1], [2, 2, 4]]))]


def bag_mean(weight: Any, indices: Any) -> Any:
    members = (indices >= 0)[..., None].astype(weight.dtype)
    return (weight.take(indices, axis=0) * members).sum(1) / members.sum(1)


def bag_rule(divisor: Any) -> Any:
    def rule(g: Any, shapes: Any, indices: Any) -> RowSparse:
        each = g[:, None, :] * (indices >= 0)[..., None] / divisor(indices)
        return RowSparse(
            np.where(indices >= 0, indices, 0).ravel(),
            np.reshape(each, (-1, shapes.weight[1])),
            shapes.weight,
        )

    return rule


mutant(
    "bag_straight_through",
    "word2vec.c's mean: the gradient is not divided",
    WRONG,
    bag_mean,
    samples=bags,
    weight=bag_rule(lambda indices: 1.0),
)
mutant(
    "bag_counts_padding",
    "padding is counted in the divisor",
    WRONG,
    bag_mean,
    samples=padded_bags,
    weight=bag_rule(lambda indices: indices.shape[1]),
)

# --- negative sampling ---------------------------------------------------------------------------


def draws(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(
            rng.normal(size=(3, 4)),
            rng.normal(size=(9, 4)),
            np.array([0, 1, 2]),
            np.array([[3, 4], [5, 6], [7, 8]]),
        )
    ]


def loss(hidden: Any, weight: Any, target: Any, negatives: Any) -> Any:
    positive = (hidden * weight[target]).sum(1)
    scores = (hidden[:, None, :] * weight[negatives]).sum(2)
    counted = negatives != target[:, None]
    return np.mean(softplus(-positive) + (softplus(scores) * counted).sum(1))


def correct(
    g: Any, hidden: Any, weight: Any, target: Any, negatives: Any, slip: str = ""
) -> tuple[Any, Any]:
    """The correct rule except for one named mistake."""
    batch = 1 if slip == "divisor" else len(target)
    positive = (hidden * weight[target]).sum(1)
    scores = (hidden[:, None, :] * weight[negatives]).sum(2)
    counted = np.ones_like(scores) if slip == "mask" else negatives != target[:, None]
    d_positive = (-sigmoid(-positive) * g / batch)[:, None]
    if slip == "label":
        d_positive = -d_positive
    d_scores = (sigmoid(scores) * counted * g / batch)[:, :, None]
    g_hidden = d_positive * weight[target]
    if slip != "hidden":
        g_hidden = g_hidden + (d_scores * weight[negatives]).sum(1)
    g_weight = np.zeros(weight.shape)
    if slip == "repeat":
        g_weight[negatives] += d_scores * hidden[:, None, :]
    else:
        np.add.at(g_weight, negatives, d_scores * hidden[:, None, :])
    if slip == "equal":
        g_weight[target] = d_positive * hidden
    else:
        np.add.at(g_weight, target, d_positive * hidden)
    return g_hidden, g_weight


def negative_sampling(name: str, story: str, slip: str) -> None:
    def rule(g: Any, hidden: Any, weight: Any, target: Any, negatives: Any) -> Any:
        return correct(g, hidden, weight, target, negatives, slip)

    mutant(name, story, WRONG, loss, samples=draws, order=1, joint=("hidden", "weight"), rule=rule)


negative_sampling("negatives_repeat", "wrong when the K negatives repeat", "repeat")
negative_sampling("negatives_equal_target", "wrong when a target is another's negative", "equal")
negative_sampling("negatives_unmasked", "a negative that equals its target counts", "mask")
negative_sampling("negatives_label", "the label's sign of the positive pair", "label")
negative_sampling(
    "negatives_hidden", "the hidden vector gets no gradient from the negatives", "hidden"
)
negative_sampling("negatives_divisor", "the mean over the batch is forgotten", "divisor")
