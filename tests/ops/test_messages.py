"""Errors of ops name the op, the arguments and the cause, on one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F

W = tg.Tensor(np.zeros((3, 4), np.float32), requires_grad=True)
V = tg.tensor([1.0, 2.0])
CASES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    # broadcasting
    (
        lambda: W + np.ones(5),
        ValueError,
        (
            "add: shapes (3, 4) and (5,) do not broadcast: sizes 4 and 5 of the last axis differ "
            "and neither is 1; use reshape or numpy.expand_dims to line the axes up"
        ),
    ),
    (
        lambda: W * np.ones((2, 4)),
        ValueError,
        (
            "multiply: shapes (3, 4) and (2, 4) do not broadcast: sizes 3 and 2 of axis -2 differ "
            "and neither is 1; use reshape or numpy.expand_dims to line the axes up"
        ),
    ),
    (
        lambda: np.where(W > 0, W, np.ones(3)),
        ValueError,
        (
            "where: shapes (3, 4) and (3, 4) and (3,) do not broadcast: sizes 4 and 3 of the last "
            "axis differ and neither is 1; use reshape or numpy.expand_dims to line the axes up"
        ),
    ),
    # matrix products
    (
        lambda: W @ np.ones((5, 6)),
        ValueError,
        "matmul: (3, 4) @ (5, 6): inner sizes 4 and 5 differ",
    ),
    (
        lambda: W @ W,
        ValueError,
        "matmul: (3, 4) @ (3, 4): inner sizes 4 and 3 differ; transpose the second operand",
    ),
    (
        lambda: W @ 3.0,
        ValueError,
        "matmul: (3, 4) @ (): a scalar has no matrix product, use *",
    ),
    (
        lambda: np.ones((2, 3, 4)) @ tg.tensor(np.ones((5, 4, 1))),
        ValueError,
        "matmul: (2, 3, 4) @ (5, 4, 1): the batches (2,) and (5,) do not broadcast",
    ),
    (
        lambda: F.einsum("ij,jk->ik", W, W),
        ValueError,
        "einsum: 'ij,jk->ik' on shapes (3, 4) and (3, 4): label 'j' has sizes 4 and 3",
    ),
    (
        lambda: F.einsum("ij,jk", W, V),
        ValueError,
        (
            "einsum: 'ij,jk': labels 'jk' for an operand of shape (2,): one label is needed for "
            "each axis"
        ),
    ),
    (
        lambda: F.einsum("ij->", W, W),
        ValueError,
        "einsum: 'ij->' names 1 operands, 2 are given",
    ),
    (
        lambda: F.tensordot(W, W, 1),
        ValueError,
        "tensordot: (3, 4) and (3, 4): sizes [4] of axes [1] and [3] of axes [0] differ",
    ),
    (
        lambda: F.inv(tg.Tensor(np.zeros((2, 2)))),
        np.linalg.LinAlgError,
        "inv: x float64 (2, 2): Singular matrix",
    ),
    # axes, shapes and arguments
    (
        lambda: W.sum(axis=2),
        IndexError,
        "sum: x float32 (3, 4): axis 2 is out of bounds for array of dimension 2",
    ),
    (
        lambda: W.reshape(5),
        ValueError,
        "reshape: x float32 (3, 4): cannot reshape array of size 12 into shape (5,)",
    ),
    (
        lambda: F.stack([W, V]),
        ValueError,
        (
            "stack: arrays[0] float32 (3, 4), arrays[1] float32 (2,): all input arrays must have "
            "the same shape"
        ),
    ),
    (lambda: F.cat([]), ValueError, "concatenate: no arrays are given: give at least one"),
    (
        lambda: F.split(W, [1, 1]),
        ValueError,
        "split: sizes [1, 1] add up to 2, axis 0 of shape (3, 4) has 3: the two must be equal",
    ),
    (
        lambda: W.sum(over=0),
        TypeError,
        "sum: no argument is named 'over': it takes x, axis, keepdims, dtype",
    ),
    (
        lambda: np.median(W, overwrite_input=True),
        TypeError,
        (
            "np.median: parameter 'overwrite_input' is not supported for Tensors: leave it out, or "
            "pass t.detach().numpy() if no gradient is needed"
        ),
    ),
    (
        lambda: np.linalg.norm(W, ord="nuc"),
        TypeError,
        (
            "np.linalg.norm: ord='nuc' over 2 axes is not supported for Tensors: use a vector "
            "norm or the Frobenius norm"
        ),
    ),
    (
        lambda: F.clamp(W),
        ValueError,
        "clamp: neither min nor max is given: give at least one",
    ),
    (
        lambda: F.gelu(W, approximate="exact"),
        ValueError,
        "gelu: approximate is 'exact': use 'none' or 'tanh'",
    ),
    (
        lambda: F.pad(np.ones(2), (-3, 0)),
        ValueError,
        "pad: widths (-3, 0) cut more values off than shape (2,) has",
    ),
    (
        lambda: F.pad(W, (1, 1), "mirror"),
        ValueError,
        "pad: mode is 'mirror': use 'constant', 'reflect', 'replicate', 'circular'",
    ),
    (
        lambda: np.pad(W, -1),
        ValueError,
        "pad: widths -1 for shape (3, 4): give a pair (before, after) for each axis, none negative",
    ),
    # indices
    (
        lambda: W[5],
        IndexError,
        "getitem: x float32 (3, 4): index 5 is out of bounds for axis 0 with size 3",
    ),
    (
        lambda: F.embedding([[0, 3]], W),
        IndexError,
        "embedding: input[0, 1] is 3, outside the valid range 0 to 2",
    ),
    (
        lambda: F.embedding([0.5], W),
        TypeError,
        "embedding: input must be integers, found float64",
    ),
    (
        lambda: F.embedding_bag([[1, 8]], W),
        IndexError,
        "embedding_bag: input[0, 1] is 8, outside the valid range 0 to 2",
    ),
    (
        lambda: F.embedding_bag([1, 2], W, [1]),
        ValueError,
        (
            "embedding_bag: input (2,) with offsets [1]: input must be (N,) and offsets ascend "
            "from 0 to at most 2"
        ),
    ),
    (
        lambda: F.embedding_bag([[1]], W, mode="median"),
        ValueError,
        "embedding_bag: mode is 'median': use 'mean', 'sum' or 'max'",
    ),
    (
        lambda: W.gather(1, [[9]]),
        IndexError,
        "gather: index[0, 0] is 9, outside the valid range -4 to 3",
    ),
    (
        lambda: W.gather(0, [0]),
        ValueError,
        "gather: x (3, 4) and index (1,): they must have the same number of axes",
    ),
    (
        lambda: W.index_select(0, [3]),
        IndexError,
        "index_select: index[0] is 3, outside the valid range -3 to 2",
    ),
    (
        lambda: F.index_add(W, 0, [0], W),
        ValueError,
        "index_add: x (3, 4) and index (1,) on axis 0 need a source of shape (1, 4), found (3, 4)",
    ),
    (
        lambda: F.one_hot(tg.tensor([3]), num_classes=2),
        IndexError,
        "one_hot: indices[0] is 3, outside the valid range 0 to 1",
    ),
    (
        lambda: W.masked_fill(W > 0, V),
        ValueError,
        (
            "masked_fill: value has shape (2,): it must be a number; use where(mask, value, x) for "
            "several"
        ),
    ),
    # losses and layers
    (
        lambda: F.cross_entropy(W, [0, 1]),
        ValueError,
        (
            "cross_entropy: input (3, 4) and target (2,): input must be (N, C) and target (N,), "
            "or (N, C, ...) and (N, ...)"
        ),
    ),
    (
        lambda: F.cross_entropy(W, [0, 1, 4]),
        IndexError,
        "cross_entropy: target[2] is 4, outside the valid range 0 to 3",
    ),
    (
        lambda: F.soft_margin_loss(W, V),
        ValueError,
        (
            "soft_margin_loss: input (3, 4) and target (2,): the two shapes must be equal; use "
            "reshape or broadcast_to"
        ),
    ),
    (
        lambda: F.binary_cross_entropy(W + 2, W),
        ValueError,
        (
            "binary_cross_entropy: probabilities range from 2.0 to 2.0: they must be within 0 to "
            "1; for logits use binary_cross_entropy_with_logits"
        ),
    ),
    (
        lambda: F.dropout(W, 1.5),
        ValueError,
        "dropout: p is 1.5: it must be a probability, within 0 to 1",
    ),
    (
        lambda: F.layer_norm(W, 3),
        ValueError,
        "layer_norm: normalized_shape (3,) must be the last sizes of x (3, 4)",
    ),
    (
        lambda: F.conv1d(np.zeros((1, 2, 5)), np.zeros((1, 3, 2))),
        ValueError,
        (
            "conv1d: x (1, 2, 5) has 2 channels, weight (1, 3, 2) in 1 groups takes 3 and has 3 "
            "axes: they must be equal, with 3 axes"
        ),
    ),
    (
        lambda: F.conv1d(np.zeros((1, 2, 5)), np.zeros((1, 2, 9))),
        ValueError,
        (
            "sliding_windows: windows of (9,) (kernel (9,), dilation (1,)) do not fit into (5,), "
            "padding included"
        ),
    ),
    (
        lambda: F.max_pool1d(np.zeros((1, 2, 5)), 2, padding=2),
        ValueError,
        "max_pool1d: padding 2 is more than half of kernel_size 2",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), CASES, ids=[text[:48] for *_, text in CASES])
def test_message(call: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == text


def test_unsupported_dtype_is_named() -> None:
    with pytest.raises(TypeError, match=r"^invert: x float32 \(3, 4\): ufunc 'invert' not") as one:
        ~W  # noqa: B018
    with pytest.raises(TypeError, match=r"^add: a float32 \(3, 4\), b str: ufunc 'add' did not"):
        W + "a"
    assert "\n" not in str(one.value)


def test_innermost_op_is_named() -> None:
    outer = tg.op(lambda x: F.softmax(x, axis=7), name="doc_outer_softmax")
    with pytest.raises(IndexError, match=r"^softmax: "):
        outer(np.zeros((2, 2)))


def test_original_error_is_the_cause() -> None:
    with pytest.raises(ValueError, match="do not broadcast") as caught:
        W + np.ones(5)
    assert "could not be broadcast" in str(caught.value.__cause__)
