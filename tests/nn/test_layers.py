"""Layers: gradients, training mode, and checks of hyperparameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.nn.layers import OTHERS, VECTOR_LAYERS, randomised, vectors
from tinygrad_w2v import nn, tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.hooks import observed
from tinygrad_w2v.testing import gradcheck_module, opcheck


class Output(nn.Module):
    """The first result of a layer that returns several."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *args: Any) -> Any:
        return self.layer(*args)[0]


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: nn.Conv1d(2, 3, 2), (1, 2, 4)),
        (lambda: nn.Conv2d(2, 2, 2, groups=2, padding=1), (1, 2, 3, 3)),
        (lambda: nn.LayerNorm(4), (3, 4)),
        (lambda: nn.Residual(nn.Linear(3, 3)), (2, 3)),
    ],
)
def test_gradients_of_other_layers(make: Any, shape: tuple[int, ...]) -> None:
    model = randomised(make().to(np.float64))
    gradcheck_module(model, np.random.default_rng(0).normal(size=shape))


def test_op_of_backward_hooks_passes_opcheck() -> None:
    opcheck(observed)


@pytest.mark.parametrize("case", range(len(OTHERS)))
def test_layers_do_not_change_their_inputs(case: int) -> None:
    make, inputs = OTHERS[case]
    copies = [np.copy(x) for x in inputs]
    make()(*inputs)
    for x, copy in zip(inputs, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


@pytest.mark.parametrize("make", VECTOR_LAYERS)
def test_vector_layers_preserve_dtype(make: Any) -> None:
    layer = make().to(np.float32)
    assert layer(tensor(vectors())).dtype == np.float32


# --- dropout -------------------------------------------------------------------------------------


def test_dropout_zeroes_a_fraction_p_and_preserves_the_mean_in_training() -> None:
    layer, x = nn.Dropout(0.25, rng=0), np.ones((200, 200), np.float32)
    dropped = np.asarray(layer(x))
    assert (dropped == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean() == pytest.approx(1.0, abs=0.02)
    np.testing.assert_array_equal(np.asarray(layer.eval()(x)), x)


# --- hierarchical softmax ------------------------------------------------------------------------


@pytest.mark.parametrize("words", [2, 3, 8, 50])
def test_probabilities_of_all_words_sum_to_one(words: int) -> None:
    rng = np.random.default_rng(words)
    loss = nn.HierarchicalSoftmaxLoss(5, rng.integers(1, 100, words), reduction="none", dtype=float)
    init.normal_(loss.weight, generator=rng)
    hidden = np.broadcast_to(rng.normal(size=5), (words, 5))
    losses = loss(hidden, np.arange(words)).detach().numpy()
    assert np.exp(-losses).sum() == pytest.approx(1.0)


def test_paths_have_huffman_lengths() -> None:
    counts = [45, 13, 12, 16, 9, 5]
    nodes, turns = nn.HierarchicalSoftmaxLoss(1, counts).paths()
    lengths = (turns != 0).sum(axis=1)
    assert lengths.tolist() == [1, 3, 3, 3, 4, 4]
    assert set(nodes[:, 0].tolist()) == {0}  # every path begins at the root


def test_gradients_of_hierarchical_softmax() -> None:
    loss = nn.HierarchicalSoftmaxLoss(3, [5, 4, 3, 2, 1], dtype=np.float64)
    init.normal_(loss.weight, generator=0)
    gradcheck_module(loss, np.random.default_rng(1).normal(size=(4, 3)), np.array([0, 4, 2, 0]))


def test_loaded_state_includes_the_tree() -> None:
    one, other = nn.HierarchicalSoftmaxLoss(2, [9, 5, 1]), nn.HierarchicalSoftmaxLoss(2, [1, 5, 9])
    other.load_state_dict(one.state_dict())
    for mine, theirs in zip(one.paths(), other.paths(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_loaded_state_includes_the_counts_of_a_sampler() -> None:
    one, other = nn.UnigramSampler([1, 0, 0, 5], rng=3), nn.UnigramSampler(4)
    other.draw((2,))
    other.load_state_dict(one.state_dict())
    assert set(other.draw((100,)).tolist()) == {0, 3}


# --- hyperparameters -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Linear(0, 3), r"in_features is 0: it must be an integer of at least 1"),
        (lambda: nn.Linear(2.5, 3), r"in_features is 2.5: it must be an integer"),
        (lambda: nn.Conv2d(3, 4, 2, groups=2), r"groups is 2: it must divide in_channels, 3"),
        (lambda: nn.Conv2d(3, 4, (1, 2, 3)), r"kernel_size is \(1, 2, 3\): pass one integer, or 2"),
        (lambda: nn.MaxPool1d(2, padding=2), r"padding is 2: it must be at most half"),
        (lambda: nn.Dropout(1.5), r"p is 1.5: it must be a number from 0 to 1"),
        (lambda: nn.LSTM(3, 0), r"hidden_size is 0"),
        (lambda: nn.RNN(3, 2, nonlinearity="rlu"), r"use 'tanh' or 'relu'; did you mean relu"),
        (lambda: nn.MultiheadAttention(5, 2), r"num_heads is 2: it must divide embed_dim, 5"),
        (lambda: nn.LayerNorm(()), r"normalized_shape is empty"),
        (lambda: nn.Embedding(5, 2, scale=0), r"scale is 0: it must be a number above 0"),
        (lambda: nn.EmbeddingBag(5, 2, mode="men"), r"mode is 'men': .* did you mean mean"),
        (
            lambda: nn.CrossEntropyLoss(reduction="avg"),
            r"reduction is 'avg': use 'mean', 'sum' or 'none'",
        ),
        (lambda: nn.NegativeSamplingLoss(2, [1, 1], negative=0), r"negative is 0"),
        (lambda: nn.NegativeSamplingLoss(2, [0, 0]), r"counts are of shape \(2,\): they must be"),
        (lambda: nn.HierarchicalSoftmaxLoss(2, [4]), r"a tree needs at least 2"),
        (lambda: nn.Sequential(nn.ReLU(), np.tanh), r"layers\[1\] is a ufunc: .* wrap a function"),
        (lambda: nn.ModuleDict({"a.b": nn.ReLU()}), r"name is 'a.b': use a string without dots"),
        (lambda: init.eye_(nn.Parameter(np.ones(3))), r"eye_ fills matrices"),
        (lambda: init.calculate_gain("rely"), r"nonlinearity is 'rely': did you mean relu"),
        (lambda: init.xavier_normal_(nn.Parameter(np.ones(3))), r"no fan-in and fan-out"),
    ],
)
def test_constructors_check_hyperparameters(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_counts_that_are_loaded_must_be_finite() -> None:
    sampler = nn.UnigramSampler([1.0, 2.0])
    sampler.load_state_dict({"counts": np.array([1.0, np.nan])})
    with pytest.raises(
        InputError, match=r"they must be \(V,\) finite numbers, not negative and no"
    ):
        sampler((3,))
