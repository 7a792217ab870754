"""Embedding and EmbeddingBag: options, initial values, and parity with PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.nn.torch_parity import (
    assert_layers_agree,
    assert_same_values_after_a_seed,
    normal,
    values,
)
from tinygrad_w2v import RowSparse, nn
from tinygrad_w2v.errors import InputError

WORDS = np.array([[1, 0, 1], [6, 1, 2]])
FLAT, OFFSETS = np.array([1, 1, 0, 3, 6]), np.array([0, 2, 2])
TABLE = np.random.default_rng(1).permutation(21).reshape(7, 3) / 4.0

SETTINGS: list[dict[str, Any]] = [
    {},
    {"padding_idx": 1},
    {"padding_idx": -1},
    {"max_norm": 1.0},
    {"max_norm": 1.5, "norm_type": 1.0},
    {"scale_grad_by_freq": True},
    {"sparse": False, "padding_idx": 0, "scale_grad_by_freq": True},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_embedding_agrees_with_pytorch(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ours = nn.Embedding(7, 3, **settings, dtype=np.float64)
    assert_layers_agree(ours, torch.nn.Embedding(7, 3, **settings), WORDS)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("settings", [*SETTINGS[:5], {"include_last_offset": True}], ids=str)
def test_embedding_bag_agrees_with_pytorch(mode: str, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")

    def pair() -> tuple[nn.Module, Any]:
        ours = nn.EmbeddingBag(7, 3, mode=mode, **settings, dtype=np.float64)
        return ours, torch.nn.EmbeddingBag(7, 3, mode=mode, **settings)

    offsets = np.append(OFFSETS, 5) if settings.get("include_last_offset") else OFFSETS
    assert_layers_agree(*pair(), FLAT, offsets)
    if len(offsets) == 3:
        assert_layers_agree(*pair(), WORDS)


def test_bag_with_weights_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    ours = nn.EmbeddingBag(7, 3, mode="sum", dtype=np.float64)
    theirs = torch.nn.EmbeddingBag(7, 3, mode="sum")
    assert_layers_agree(ours, theirs, FLAT, OFFSETS, normal(5))


def test_initial_values_are_standard_normal() -> None:
    table = values(nn.Embedding(400, 50, rng=0).weight)
    assert table.mean() == pytest.approx(0, abs=0.03)
    assert table.std() == pytest.approx(1, abs=0.03)
    bounded = values(nn.Embedding(400, 50, scale=0.1, rng=0).weight)
    assert np.abs(bounded).max() <= 0.1


@pytest.mark.parametrize("kind", ["Embedding", "EmbeddingBag"])
def test_values_after_a_seed_are_pytorchs(kind: str) -> None:
    assert_same_values_after_a_seed(kind, 40, 5)
    assert_same_values_after_a_seed(kind, 40, 5, padding_idx=2)


def test_reset_draws_again() -> None:
    layer = nn.Embedding(30, 5, padding_idx=1)
    before = values(layer.weight).copy()
    layer.reset_parameters()
    assert (values(layer.weight) != before).any(axis=1).tolist() == [i != 1 for i in range(30)]


def test_padding_row_is_zero_initially_and_stays_so() -> None:
    for make in (nn.Embedding, nn.EmbeddingBag):
        layer = make(5, 2, padding_idx=-1)
        assert layer.padding_idx == 4
        assert values(layer.weight)[4].tolist() == [0, 0]
        layer(np.array([[4, 1]])).sum().backward()
        assert isinstance(layer.weight.grad, RowSparse)
        assert layer.weight.grad.rows.tolist() == [1]


def test_frequency_divides_the_gradient() -> None:
    layer = nn.Embedding(4, 2, scale_grad_by_freq=True)
    layer([0, 0, 3]).sum().backward()
    assert layer.weight.grad.to_dense().tolist() == [[1, 1], [0, 0], [0, 0], [1, 1]]


def test_frequency_divides_the_gradient_of_bags() -> None:
    # PyTorch divides by the frequency of another row where a row is read twice.
    layer = nn.EmbeddingBag(4, 2, mode="sum", scale_grad_by_freq=True)
    layer([[0, 0], [3, 0]]).sum().backward()
    np.testing.assert_allclose(layer.weight.grad.to_dense()[:, 0], [1, 0, 0, 1])


def test_pretrained_table_is_frozen_unless_asked() -> None:
    for make in (nn.Embedding, nn.EmbeddingBag):
        frozen = make.from_pretrained(TABLE)
        assert not frozen.weight.requires_grad
        np.testing.assert_array_equal(values(frozen.weight), TABLE)
        assert make.from_pretrained(TABLE, freeze=False).weight.requires_grad


def test_pretrained_settings_are_positional_as_in_pytorch() -> None:
    assert nn.Embedding.from_pretrained(TABLE, True, 2).padding_idx == 2
    assert nn.EmbeddingBag.from_pretrained(TABLE, True, 2.0, 2.0, False, "sum").mode == "sum"


def test_spec_leaves_out_the_values() -> None:
    layer = nn.Embedding.from_pretrained(TABLE, padding_idx=0)
    built = nn.build(layer.spec())
    built.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(values(built.weight), TABLE)
    assert built.padding_idx == 0


def test_wrong_settings_raise() -> None:
    with pytest.raises(InputError, match=r"padding_idx is 5: it must be within -5 to 4"):
        nn.Embedding(5, 2, padding_idx=5)
    with pytest.raises(InputError, match=r"_weight has shape \(7, 3\): it must be \(7, 4\)"):
        nn.Embedding(7, 4, _weight=TABLE)
    with pytest.raises(InputError, match=r"embeddings have shape \(7,\): they must be"):
        nn.Embedding.from_pretrained(TABLE[:, 0])
    with pytest.raises(ValueError, match="scale_grad_by_freq is not defined for mode 'max'"):
        nn.EmbeddingBag(5, 2, mode="max", scale_grad_by_freq=True)([[0]])
