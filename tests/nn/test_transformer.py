"""Transformers: every option as in PyTorch, names of the state, and stacks."""

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
from tinygrad_w2v import nn, tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F

pytestmark = [
    pytest.mark.filterwarnings("ignore:Support for mismatched"),  # PyTorch's, as the next one
    pytest.mark.filterwarnings("ignore:enable_nested_tensor is True"),
]
F64: dict[str, Any] = {"dtype": np.float64}
E, HEADS, HIDDEN = 6, 2, 5
CAUSAL = np.triu(np.full((4, 4), -np.inf), 1)
PADDING = np.array([[False] * 4, [False, False, True, True], [False, False, False, True]])
MEMORY_PADDING = np.array([[False] * 3, [False, True, True], [False, False, True]])

SETTINGS: list[dict[str, Any]] = [
    {},
    {"norm_first": True, "activation": "gelu"},
    {"batch_first": True, "bias": False, "layer_norm_eps": 0.1},
]
MASKS: list[dict[str, Any]] = [
    {},
    {"tgt_mask": CAUSAL, "tgt_key_padding_mask": PADDING},
    {"memory_mask": normal(4, 3), "memory_key_padding_mask": MEMORY_PADDING},
]


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def batches(settings: dict[str, Any]) -> tuple[Any, Any]:
    """Return a target and a memory."""
    if settings.get("batch_first"):
        return normal(3, 4, E), normal(3, 3, E)
    return normal(4, 3, E), normal(3, 3, E)


def shuffled(layer: nn.Module) -> nn.Module:
    """Set every parameter to random values, so that weights of norms differ from 1."""
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    return layer


def layer(library: Any, kind: str, settings: dict[str, Any], **dtype: Any) -> Any:
    name = f"Transformer{kind}Layer"
    return getattr(library, name)(E, HEADS, HIDDEN, dropout=0.0, **settings, **dtype)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("masks", MASKS[:2], ids=lambda m: "+".join(m) or "no mask")
def test_encoder_layers_agree_with_pytorch(
    torch: Any, settings: dict[str, Any], masks: dict[str, Any]
) -> None:
    options = {name.replace("tgt", "src"): mask for name, mask in masks.items()}
    ours = shuffled(layer(nn, "Encoder", settings, **F64))
    assert_layers_agree(ours, layer(torch.nn, "Encoder", settings), batches(settings)[0], **options)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("masks", MASKS, ids=lambda m: "+".join(m) or "no mask")
def test_decoder_layers_agree_with_pytorch(
    torch: Any, settings: dict[str, Any], masks: dict[str, Any]
) -> None:
    ours = shuffled(layer(nn, "Decoder", settings, **F64))
    theirs = layer(torch.nn, "Decoder", settings)
    assert_layers_agree(ours, theirs, *batches(settings), **masks)


@pytest.mark.parametrize("kind", ["Encoder", "Decoder"])
def test_stacks_agree_with_pytorch(torch: Any, kind: str) -> None:
    def stack(library: Any, **dtype: Any) -> Any:
        norm = library.LayerNorm(E, **dtype)
        return getattr(library, f"Transformer{kind}")(layer(library, kind, {}, **dtype), 2, norm)

    inputs = batches({})[: 1 + (kind == "Decoder")]
    assert_layers_agree(shuffled(stack(nn, **F64)), stack(torch.nn), *inputs)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_whole_models_agree_with_pytorch(torch: Any, settings: dict[str, Any]) -> None:
    sizes = (E, HEADS, 2, 1, HIDDEN, 0.0)
    ours = nn.Transformer(*sizes, **settings, **F64)
    theirs = torch.nn.Transformer(*sizes, **settings)
    target, source = batches(settings)
    masks = {"tgt_mask": CAUSAL, "src_key_padding_mask": MEMORY_PADDING}
    assert_layers_agree(ours, theirs, source, target, **masks)


def test_values_after_a_seed_are_pytorchs(torch: Any) -> None:
    for settings in ({}, {"norm_first": True, "bias": False}):
        assert_same_values_after_a_seed("TransformerDecoderLayer", E, HEADS, HIDDEN, **settings)
        assert_same_values_after_a_seed("Transformer", E, HEADS, 2, 1, HIDDEN, **settings)


def test_causal_mask_agrees_with_pytorch(torch: Any) -> None:
    expected = torch.nn.Transformer.generate_square_subsequent_mask(3)
    found = nn.Transformer.generate_square_subsequent_mask(3)
    np.testing.assert_array_equal(values(found), values(expected))
    assert found.dtype == np.float32


# --- without PyTorch ----------------------------------------------------------------------------


def test_activation_may_be_a_function_or_a_module() -> None:
    x = normal(4, 2, E)
    plain = layer(nn, "Encoder", {"activation": "relu"}, **F64)
    for activation in (F.relu, nn.ReLU(), lambda x: np.maximum(x, 0)):
        other = layer(nn, "Encoder", {"activation": activation}, **F64)
        other.load_state_dict(plain.state_dict())
        np.testing.assert_allclose(values(other(x)), values(plain(x)))
    with pytest.raises(InputError, match="activation is 'rely': did you mean relu"):
        layer(nn, "Encoder", {"activation": "rely"})


def test_layers_of_a_stack_are_equal_copies() -> None:
    first = layer(nn, "Encoder", {})
    stack = nn.TransformerEncoder(first, 2)
    for copied in stack.layers:
        assert copied is not first
        for a, b in zip(copied.parameters(), first.parameters(), strict=True):
            assert a is not b
            np.testing.assert_array_equal(values(a), values(b))


def test_layers_of_a_stack_share_the_generator_of_the_dropout() -> None:
    stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 1, 4, 0.5, rng=3), 2)
    assert stack.layers[0].dropout.rng is stack.layers[1].dropout.rng


def test_matrices_of_a_model_are_drawn_with_xavier() -> None:
    model = nn.Transformer(16, 2, 1, 1, 32, rng=0)
    bound = np.sqrt(6 / (16 + 32))
    weight = values(model.encoder.layers[0].linear1.weight)
    assert 0.9 * bound < np.abs(weight).max() <= bound


def test_decoder_with_a_causal_mask_does_not_see_the_future() -> None:
    model = nn.Transformer(8, 2, 1, 1, 8, dropout=0.0, batch_first=True, **F64)
    source, target = normal(1, 3, 8), normal(1, 5, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    before = values(model(source, target, tgt_mask=mask, tgt_is_causal=True))
    target[0, 3:] += 1
    after = values(model(source, target, tgt_mask=mask, tgt_is_causal=True))
    np.testing.assert_allclose(before[0, :3], after[0, :3])


def test_custom_stacks_are_used() -> None:
    custom = nn.TransformerEncoder(layer(nn, "Encoder", {}), 1)
    assert nn.Transformer(E, HEADS, 1, 1, HIDDEN, custom_encoder=custom).encoder is custom


def test_dropout_needs_training() -> None:
    model, x = nn.TransformerEncoderLayer(4, 2, 8, 0.5), tensor(normal(5, 2, 4).astype(np.float32))
    assert not np.array_equal(values(model(x)), values(model(x)))
    model.eval()
    np.testing.assert_array_equal(values(model(x)), values(model(x)))
