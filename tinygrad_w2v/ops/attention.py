"""Attention: scaled dot products, and several heads with their projections."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.ops.dropout import dropout
from tinygrad_w2v.ops.softmax import softmax
from tinygrad_w2v.random.distributions import SeedLike


@named("F")
def scaled_dot_product_attention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    attn_mask: TensorLike | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    rng: SeedLike = None,
) -> Any:
    """Return ``softmax(query · keyᵀ · scale + mask) · value``.

    Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762, section 3.2.1.

    Parameters
    ----------
    query : (..., H, L, E)
    key : (..., H, S, E)
    value : (..., H, S, V)
    attn_mask : broadcast to (..., H, L, S)
        Booleans, True where a query attends to a key; or numbers added to the scores. A query that
        attends to no key results in zeros.
    dropout_p
        Probability of dropout of the attention weights. It applies whenever it is above 0.
    is_causal
        Whether query i attends to the keys 0 … i only; excludes `attn_mask`.
    scale
        Factor of the scores; by default 1 / √E.
    enable_gqa
        Whether keys and values may have fewer heads than the query: each is used by H / heads
        consecutive heads of the query.
    rng
        Generator of the dropout, or a seed; by default the default generator.

    Returns
    -------
    (..., H, L, V)
    """
    q, k, v = map(operand, (query, key, value))
    if is_causal and attn_mask is not None:
        raise ValueError("scaled_dot_product_attention: pass either attn_mask or is_causal")
    if enable_gqa:
        k, v = (np.repeat(x, _group_size(q.shape, x.shape), axis=-3) for x in (k, v))
    mask = np.tri(q.shape[-2], k.shape[-2], dtype=bool) if is_causal else attn_mask
    weights = _weights(q * (1 / math.sqrt(q.shape[-1]) if scale is None else scale), k, mask)
    return dropout(weights, dropout_p, rng=rng) @ v


def _group_size(query: Shape, other: Shape) -> int:
    if len(query) < 3 or len(other) < 3 or query[-3] % other[-3]:
        raise ValueError(
            f"scaled_dot_product_attention: query {tuple(query)} with keys or values "
            f"{tuple(other)}: their number of heads must divide the query's"
        )
    return query[-3] // other[-3]


def _weights(query: Any, key: Any, mask: TensorLike | None) -> Any:
    """Return the softmax of the masked scores; zeros for a query that attends to no key."""
    scores = query @ np.swapaxes(key, -1, -2)
    if mask is None:
        return softmax(scores, axis=-1)
    given: Any = operand(mask)
    is_boolean = given.dtype == bool
    scores = np.where(array_of(given), scores, -np.inf) if is_boolean else scores + given
    values = array_of(scores)
    is_void = np.max(values, axis=-1, keepdims=True, initial=-np.inf) == -np.inf
    if not is_void.any():
        return softmax(scores, axis=-1)
    return np.where(is_void, 0, softmax(np.where(is_void, 0, scores), axis=-1))


def additive_mask(mask: TensorLike, dtype: Any) -> Any:
    """Return the numbers to add to scores: −∞ where a boolean mask is True, else the mask."""
    given: Any = operand(mask)
    if given.dtype == bool:
        return np.where(array_of(given), -np.inf, 0.0).astype(dtype)
    return given if isinstance(given, Tensor) else given.astype(dtype)


@named("F")
def multi_head_attention_forward(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: TensorLike | None,
    in_proj_bias: TensorLike | None,
    bias_k: TensorLike | None,
    bias_v: TensorLike | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: TensorLike,
    out_proj_bias: TensorLike | None,
    training: bool = True,
    key_padding_mask: TensorLike | None = None,
    need_weights: bool = True,
    attn_mask: TensorLike | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: TensorLike | None = None,
    k_proj_weight: TensorLike | None = None,
    v_proj_weight: TensorLike | None = None,
    static_k: TensorLike | None = None,
    static_v: TensorLike | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    *,
    rng: SeedLike = None,
) -> tuple[Any, Any]:
    """Project queries, keys and values, attend in several heads, and project the result.

    See :class:`nn.MultiheadAttention` for the shapes.

    Parameters
    ----------
    query, key, value : (L, N, E), (S, N, E), (S, N, E), or without the axis N
    embed_dim_to_check
        The expected E.
    in_proj_weight, in_proj_bias : (3 · E, E), (3 · E,)
        The three projections, one below the other.
    bias_k, bias_v : (1, 1, E)
        One more key and value.
    add_zero_attn
        Whether to add a key and a value of zeros.
    use_separate_proj_weight
        Whether to use `q_proj_weight`, `k_proj_weight` and `v_proj_weight`.
    static_k, static_v : (N · heads, S, E / heads)
        Keys and values that are used instead of the projected ones.
    is_causal
        States that `attn_mask`, which is required then, is causal.
    rng
        Generator of the dropout, or a seed; by default the default generator.

    Returns
    -------
    output : (L, N, E)
    weights : (N, L, S), (N, heads, L, S) or None
    """
    q, k, v = map(operand, (query, key, value))
    is_single = q.ndim == 2
    if is_single:
        q, k, v = (np.expand_dims(x, 1) for x in (q, k, v))
    _check_inputs(q, k, v, embed_dim_to_check, num_heads)
    if is_causal and attn_mask is None:
        raise ValueError("multi_head_attention_forward: is_causal needs attn_mask")
    if use_separate_proj_weight:
        weights: Any = (q_proj_weight, k_proj_weight, v_proj_weight)
    else:
        weights = _thirds(in_proj_weight)
    biases = _thirds(in_proj_bias)
    q, k, v = (
        x @ weight.T if bias is None else x @ weight.T + bias
        for x, weight, bias in zip((q, k, v), weights, biases, strict=True)
    )
    if bias_k is not None and bias_v is not None:
        k, v = (_with_row(x, bias) for x, bias in ((k, bias_k), (v, bias_v)))
    length, count, width = q.shape
    q, k, v = (_in_heads(x, num_heads) for x in (q, k, v))
    head = (count, num_heads, -1, width // num_heads)
    k = k if static_k is None else np.reshape(operand(static_k), head)
    v = v if static_v is None else np.reshape(operand(static_v), head)
    if add_zero_attn:
        zeros = np.zeros((count, num_heads, 1, width // num_heads), k.dtype)
        k, v = (np.concatenate([x, zeros], axis=2) for x in (k, v))
    mask = _combined_mask(attn_mask, key_padding_mask, (count, num_heads, length, k.shape[2]), q)
    attention = _weights(q * (1.0 / math.sqrt(q.shape[-1])), k, mask)
    attention = dropout(attention, dropout_p, training, rng=rng)
    mixed = np.reshape(np.transpose(attention @ v, (2, 0, 1, 3)), (length, count, width))
    output = mixed @ operand(out_proj_weight).T
    if out_proj_bias is not None:
        output = output + out_proj_bias
    if average_attn_weights and need_weights:
        attention = np.mean(attention, axis=1)
    if is_single:
        output, attention = output[:, 0], attention[0]
    return output, attention if need_weights else None


def _check_inputs(query: Any, key: Any, value: Any, width: int, heads: int) -> None:
    shapes = [tuple(x.shape) for x in (query, key, value)]
    q, k, v = shapes
    if {len(shape) for shape in shapes} != {3} or q[1] != k[1] or k[:2] != v[:2]:
        raise ValueError(
            f"multi-head attention: query, key and value have shapes {q}, {k} and {v}: they must "
            f"be (L, N, E), (S, N, E) and (S, N, E)"
        )
    if q[2] != width or width % heads:
        raise ValueError(
            f"multi-head attention: query {q} with {heads} heads: its last size must be {width}, "
            f"which the number of heads must divide"
        )


def _thirds(packed: TensorLike | None) -> Any:
    if packed is None:
        return [None] * 3
    whole: Any = operand(packed)
    size = whole.shape[0] // 3
    return [whole[:size], whole[size : 2 * size], whole[2 * size :]]


def _with_row(x: Any, row: TensorLike) -> Any:
    """Append a row, (1, 1, E), to each sequence of (S, N, E)."""
    repeated = np.broadcast_to(operand(row), (1, *x.shape[1:]))
    return np.concatenate([x, repeated])


def _in_heads(x: Any, heads: int) -> Any:
    """Split (S, N, E) into (N, heads, S, E / heads)."""
    split = np.reshape(x, (*x.shape[:2], heads, x.shape[2] // heads))
    return np.transpose(split, (1, 2, 0, 3))


def _combined_mask(
    attn_mask: TensorLike | None, padding: TensorLike | None, shape: Shape, like: Any
) -> Any:
    """Return the sum of both masks in a shape that broadcasts to (N, heads, L, S), or None."""
    count, heads, length, size = shape
    total: Any = None
    if attn_mask is not None:
        total = additive_mask(attn_mask, like.dtype)
        if total.shape[:-1] not in ((length,), (count * heads, length)):
            raise ValueError(
                f"multi-head attention: attn_mask has shape {tuple(total.shape)}: it must be "
                f"({length}, S), or ({count * heads}, {length}, S) with a mask for each head"
            )
        if total.ndim == 3:
            total = np.reshape(total, (count, heads, length, total.shape[2]))
        total = _extended(total, size)
    if padding is not None:
        added = additive_mask(padding, like.dtype)
        if added.ndim not in (1, 2) or added.shape[:-1] not in ((), (count,)):
            raise ValueError(
                f"multi-head attention: key_padding_mask has shape {tuple(added.shape)}: it must "
                f"be ({count}, S)"
            )
        added = np.reshape(_extended(added, size), (-1, 1, 1, size))
        total = added if total is None else total + added
    return total


def _extended(mask: Any, size: int) -> Any:
    """Extend a mask to the keys that were added."""
    missing = size - mask.shape[-1]
    if not missing:
        return mask
    zeros = np.zeros((*mask.shape[:-1], max(missing, 0)), mask.dtype)
    return np.concatenate([mask, zeros], axis=-1)
