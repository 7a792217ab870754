"""Attention: every option as in PyTorch, masks, and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.nn.torch_parity import (
    RNG,
    assert_close,
    assert_layers_agree,
    assert_same_values_after_a_seed,
    normal,
    values,
)
from tinygrad_w2v import nn, tensor
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

F64: dict[str, Any] = {"dtype": np.float64}
N, T, S, E, HEADS = 3, 4, 5, 6, 2
PADDING = np.array([[False] * 5, [False, False, False, True, True], [False, True] * 2 + [False]])
CAUSAL = np.triu(np.ones((T, S), bool), 1)
SCORES = normal(N * HEADS, T, S)

SETTINGS: list[dict[str, Any]] = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"add_bias_kv": True},
    {"add_zero_attn": True},
    {"kdim": 3, "vdim": 7},
    {"kdim": 3, "add_bias_kv": True, "add_zero_attn": True, "batch_first": True},
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"key_padding_mask": PADDING},
    {"key_padding_mask": np.where(PADDING, -3.0, 0.5)},
    {"attn_mask": CAUSAL},
    {"attn_mask": SCORES[0]},
    {"attn_mask": SCORES, "average_attn_weights": False},
    {"attn_mask": SCORES > 1.0},
    {"attn_mask": CAUSAL, "key_padding_mask": PADDING[[0, 1, 1]], "need_weights": False},
    {"attn_mask": CAUSAL, "is_causal": True, "need_weights": False},
]


def inputs(settings: dict[str, Any], batch: bool = True) -> list[Any]:
    sizes = (T, E), (S, settings.get("kdim", E)), (S, settings.get("vdim", E))
    if not batch:
        return [normal(*size) for size in sizes]
    if settings.get("batch_first"):
        return [normal(N, *size) for size in sizes]
    return [normal(size[0], N, size[1]) for size in sizes]


@pytest.mark.filterwarnings("ignore:Support for mismatched")
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "+".join(o) or "plain")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_layers_agree_with_pytorch(settings: dict[str, Any], options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    if "is_causal" in options and settings.keys() & {"add_bias_kv", "add_zero_attn"}:
        pytest.skip("PyTorch's causal mask also hides the keys that were added")
    ours = nn.MultiheadAttention(E, HEADS, **settings, **F64)
    for row in (ours.in_proj_bias, ours.out_proj.bias):
        if row is not None:
            nn.init.normal_(row)
    theirs = torch.nn.MultiheadAttention(E, HEADS, **settings)
    assert_layers_agree(ours, theirs, *inputs(settings), **options)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_single_sequences_agree_with_pytorch(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    for options in ({}, {"attn_mask": SCORES[:HEADS]}, {"key_padding_mask": PADDING[1]}):
        ours = nn.MultiheadAttention(E, HEADS, **settings, **F64)
        theirs = torch.nn.MultiheadAttention(E, HEADS, **settings)
        assert_layers_agree(ours, theirs, *inputs(settings, batch=False), **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.3},
        {"attn_mask": ~CAUSAL},
        {"attn_mask": SCORES[0]},
        {"attn_mask": np.stack([np.zeros((T, S), bool), ~CAUSAL])},
        {"enable_gqa": True},
    ],
    ids=str,
)
def test_scaled_dot_products_agree_with_pytorch(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    heads = 1 if "enable_gqa" in options else 2
    arrays = normal(N, 2, T, E), normal(N, heads, S, E), normal(N, heads, S, 3)
    mine = [tensor(x, requires_grad=True) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    found = F.scaled_dot_product_attention(*mine, **options)
    options = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    expected = torch.nn.functional.scaled_dot_product_attention(*theirs, **options)
    assert_close(found, expected)
    cotangent = RNG.normal(size=found.shape)
    found.backward(tensor(cotangent))
    expected.backward(torch.tensor(cotangent))
    for a, b in zip(mine, theirs, strict=True):
        assert_close(a.grad, b.grad)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_values_after_a_seed_are_pytorchs(settings: dict[str, Any]) -> None:
    assert_same_values_after_a_seed("MultiheadAttention", E, HEADS, **settings)


# --- without PyTorch ----------------------------------------------------------------------------


def test_gradients_of_any_order_pass_the_check() -> None:
    arrays = normal(2, 2, 3), normal(2, 3, 3), normal(2, 3, 2)
    mask = np.array([[0.0, -np.inf, 0.5], [0.1, 0.2, -np.inf]])
    assert gradcheck(lambda *x: F.scaled_dot_product_attention(*x, attn_mask=mask), arrays)
    assert tg.testing.gradgradcheck(F.scaled_dot_product_attention, arrays)


def test_query_without_keys_results_in_zeros_without_gradients() -> None:
    q, k, v = (tensor(normal(2, 3), requires_grad=True) for _ in range(3))
    mask = np.array([[False, False], [True, False]])
    output = F.scaled_dot_product_attention(q, k, v, mask)
    np.testing.assert_array_equal(values(output)[0], np.zeros(3))
    np.testing.assert_allclose(values(output)[1], values(v)[0])
    output.sum().backward()
    for x in (q, k, v):
        assert np.isfinite(values(x.grad)).all()


def test_causal_attention_does_not_see_the_future() -> None:
    layer, x = nn.MultiheadAttention(4, 2, batch_first=True, **F64), normal(1, 5, 4)
    mask = np.triu(np.ones((5, 5), bool), 1)
    before, _ = layer(x, x, x, attn_mask=mask, is_causal=True)
    x[0, 3:] += 1
    after, _ = layer(x, x, x, attn_mask=mask, is_causal=True)
    np.testing.assert_allclose(values(before)[0, :3], values(after)[0, :3])


def test_dropout_of_weights_needs_training() -> None:
    layer, x = nn.MultiheadAttention(4, 2, dropout=0.9, rng=0), normal(5, 1, 4).astype(np.float32)
    assert not np.array_equal(values(layer(x, x, x)[1]), values(layer(x, x, x)[1]))
    layer.eval()
    np.testing.assert_array_equal(values(layer(x, x, x)[0]), values(layer(x, x, x)[0]))


def test_keys_and_values_may_be_given_projected() -> None:
    x, heads = normal(T, N, E), normal(2, N * HEADS, S, E // HEADS)
    layer = nn.MultiheadAttention(E, HEADS, **F64)
    weights = layer.in_proj_weight, layer.in_proj_bias, None, None, False, 0.0
    output, attention = F.multi_head_attention_forward(
        *(x, x, x, E, HEADS, *weights, layer.out_proj.weight, layer.out_proj.bias),
        static_k=heads[0],
        static_v=heads[1],
    )
    assert tuple(output.shape) == (T, N, E)
    assert tuple(attention.shape) == (N, T, S)


def test_wrong_shapes_raise() -> None:
    layer, x = nn.MultiheadAttention(4, 2), np.ones((5, 2, 4), np.float32)
    for call, message in (
        (lambda: layer(x, x[:, :1], x), r"\(5, 2, 4\), \(5, 1, 4\) and \(5, 2, 4\): they must be"),
        (lambda: layer(x[..., :2], x, x), r"its last size must be 4"),
        (lambda: layer(x, x, x, attn_mask=np.ones((3, 5))), r"attn_mask has shape \(3, 5\)"),
        (lambda: layer(x, x, x, np.ones((3, 5))), r"key_padding_mask has shape \(3, 5\)"),
        (lambda: layer(x, x, x, is_causal=True), "is_causal needs attn_mask"),
        (
            lambda: F.scaled_dot_product_attention(x, x, x, np.ones((2, 2)), is_causal=True),
            "pass either attn_mask or is_causal",
        ),
        (
            lambda: F.scaled_dot_product_attention(x, x[:2], x[:2], enable_gqa=True),
            "their number of heads must divide the query's",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            call()
