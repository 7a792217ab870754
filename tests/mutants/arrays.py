"""Mistakes in rules that move, sum, sort and multiply arrays."""

from __future__ import annotations

# fmt: off  (one row per mutant)
from typing import Any

import numpy as np

from tests.mutants.catalogue import mutant, values
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.testing import Verdict

WRONG = Verdict.WRONG_RULE
CONTRACT = Verdict.WRONG_CONTRACT
SQUARE = values((3, 3), (3, 3))
MATRIX = values((3, 4))


# --- products ------------------------------------------------------------------------------------

mutant(
    "matmul_transpose",
    "a transpose is missing (seen only on square matrices)",
    WRONG,
    lambda a, b: np.matmul(a, b),
    samples=SQUARE,
    a=lambda g, b: np.matmul(g, b),
    b=lambda g, a: np.matmul(np.swapaxes(a, 0, 1), g),
)
mutant(
    "matmul_transposed_result",
    "the right gradient, transposed",
    WRONG,
    lambda a, b: np.matmul(a, b),
    samples=SQUARE,
    a=lambda g, b: np.matmul(b, np.swapaxes(g, 0, 1)),
    b=lambda g, a: np.matmul(np.swapaxes(a, 0, 1), g),
)
mutant(
    "matmul_swapped",
    "the two operands' gradients are swapped",
    WRONG,
    lambda a, b: np.matmul(a, b),
    samples=SQUARE,
    a=lambda g, a: np.matmul(np.swapaxes(a, 0, 1), g),
    b=lambda g, b: np.matmul(g, np.swapaxes(b, 0, 1)),
)
mutant(
    "matmul_shape",
    "a transpose is missing on a matrix that is not square",
    CONTRACT,
    lambda a, b: np.matmul(a, b),
    samples=values((2, 3), (3, 2)),
    a=lambda g, b: np.matmul(b, g),
    b=lambda g, a: np.matmul(np.swapaxes(a, 0, 1), g),
)
mutant(
    "outer_axis",
    "the sum is over the wrong axis",
    WRONG,
    lambda a, b: a[:, None] * b[None, :],
    samples=values((3,), (3,)),
    a=lambda g, b: np.sum(g * b[:, None], axis=0),
    b=lambda g, a: np.sum(g * a[:, None], axis=0),
)

# --- broadcasting --------------------------------------------------------------------------------

BIAS = values((5, 3), (3,))
mutant(
    "bias_first_row",
    "no sum over the broadcast axis: the first row's gradient",
    WRONG,
    lambda x, b: x + b,
    samples=BIAS,
    x=lambda g: g * 1,
    b=lambda g: g[0] * 1,
)
mutant(
    "bias_mean",
    "a mean over the broadcast axis instead of the sum",
    WRONG,
    lambda x, b: x + b,
    samples=BIAS,
    x=lambda g: g * 1,
    b=lambda g: np.mean(g, axis=0),
)
mutant(
    "bias_unsummed",
    "the broadcast gradient is returned as it is",
    CONTRACT,
    lambda x, b: x + b,
    samples=BIAS,
    x=lambda g: g * 1,
    b=lambda g: g * 1,
)

# --- reductions ----------------------------------------------------------------------------------

mutant(
    "mean_divisor",
    "the mean's divisor is forgotten",
    WRONG,
    lambda x: np.mean(x, axis=0),
    samples=MATRIX,
    x=lambda g, shapes: np.broadcast_to(g, shapes.x),
)
mutant(
    "mean_other_axis",
    "divided by the length of the other axis",
    WRONG,
    lambda x: np.mean(x, axis=0),
    samples=MATRIX,
    x=lambda g, shapes: np.broadcast_to(g / shapes.x[1], shapes.x),
)
mutant(
    "sum_not_spread",
    "the gradient of a sum is not broadcast",
    CONTRACT,
    lambda x: np.sum(x, axis=0),
    samples=MATRIX,
    x=lambda g: g * 1,
)
mutant(
    "variance_bessel",
    "n − 1 in the rule, n in the forward",
    WRONG,
    lambda x: np.mean(np.square(x - np.mean(x))),
    samples=MATRIX,
    order=1,
    x=lambda g, x: 2 * g * (x - x.mean()) / (x.size - 1),
)
mutant(
    "norm_unscaled",
    "the division by the norm is missing",
    WRONG,
    lambda x: np.sqrt(np.sum(x * x)),
    samples=MATRIX,
    x=lambda g, x: g * x,
)
mutant(
    "max_to_all",
    "the maximum's gradient goes to every element",
    WRONG,
    lambda x: x.max(axis=1),
    samples=MATRIX,
    order=1,
    x=lambda g, x: np.broadcast_to(g[:, None], x.shape),
)
mutant(
    "logsumexp_unnormalised",
    "exp(x) for softmax(x)",
    WRONG,
    lambda x: np.log(np.sum(np.exp(x))),
    samples=MATRIX,
    x=lambda g, x: g * np.exp(x),
)

# --- softmax and normalisation -------------------------------------------------------------------


def softmax(x: Any) -> Any:
    powers = np.exp(x - np.asarray(x).max(axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


def cross_entropy(x: Any, target: Any) -> Any:
    return -np.mean(np.log(softmax(x))[np.arange(len(target)), target])


def targets(rng: np.random.Generator) -> list[Sample]:
    return [Sample(rng.normal(size=(4, 3)), np.array([0, 2, 2, 1]))]


def one_hot(target: Any, width: int) -> Any:
    return np.eye(width)[target]


def layer_norm(x: Any) -> Any:
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + 1e-5)


mutant(
    "softmax_uncoupled",
    "softmax without the coupling term",
    WRONG,
    lambda x: softmax(x),
    samples=MATRIX,
    x=lambda g, out: g * out * (1 - out),
)
mutant(
    "softmax_wrong_axis",
    "the coupling sums over the wrong axis",
    WRONG,
    lambda x: softmax(x),
    samples=values((3, 3)),
    x=lambda g, out: out * (g - np.sum(g * out, axis=0, keepdims=True)),
)
mutant(
    "log_softmax_plain",
    "the softmax term is forgotten",
    WRONG,
    lambda x: np.log(softmax(x)),
    samples=MATRIX,
    x=lambda g: g * 1,
)
mutant(
    "cross_entropy_no_target",
    "the one-hot target is not subtracted",
    WRONG,
    cross_entropy,
    samples=targets,
    order=1,
    x=lambda g, x, target: g * softmax(x) / len(target),
)
mutant(
    "cross_entropy_divisor",
    "the mean over the batch is forgotten",
    WRONG,
    cross_entropy,
    samples=targets,
    order=1,
    x=lambda g, x, target: g * (softmax(x) - one_hot(target, 3)),
)
mutant(
    "layer_norm_no_variance",
    "the variance is treated as a constant",
    WRONG,
    layer_norm,
    samples=MATRIX,
    order=1,
    x=lambda g, x: (g - g.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5),
)
mutant(
    "normalise_no_projection",
    "the projection of a unit vector's gradient is missing",
    WRONG,
    lambda x: x / np.sqrt(np.sum(x * x, axis=1, keepdims=True)),
    samples=MATRIX,
    x=lambda g, x: g / np.sqrt(np.sum(x * x, axis=1, keepdims=True)),
)

# --- moving --------------------------------------------------------------------------------------

mutant(
    "transpose_again",
    "the same permutation instead of its inverse",
    WRONG,
    lambda x: np.transpose(x, (1, 2, 0)),
    samples=values((2, 2, 2)),
    x=lambda g: np.transpose(g, (1, 2, 0)),
)
mutant(
    "reshape_fortran",
    "flattened in the other order",
    WRONG,
    lambda x: np.reshape(x, (-1,)),
    samples=MATRIX,
    order=1,
    x=lambda g, shapes: g.reshape(shapes.x, order="F"),
)
mutant(
    "roll_same_way",
    "rolled forward instead of back",
    WRONG,
    lambda x: np.roll(x, 1, axis=0),
    samples=values((5, 2)),
    order=1,
    x=lambda g: np.roll(g, 1, axis=0),
)
mutant(
    "cumsum_forward",
    "the running sum of the gradient is not reversed",
    WRONG,
    lambda x: np.cumsum(x),
    samples=values((5,)),
    order=1,
    x=lambda g: np.cumsum(g),
)
mutant(
    "sort_unpermuted",
    "the sorted gradient is not put back in place",
    WRONG,
    lambda x: np.sort(x),
    samples=values((6,)),
    order=1,
    x=lambda g: g * 1,
)
mutant(
    "concatenate_swapped",
    "the pieces go to the wrong inputs",
    WRONG,
    lambda a, b: np.concatenate([a, b]),
    samples=values((3,), (3,)),
    a=lambda g: g[3:] * 1,
    b=lambda g: g[:3] * 1,
)
mutant(
    "pad_offset",
    "sliced one position too early",
    WRONG,
    lambda x: np.pad(x, 2),
    samples=values((5,)),
    order=1,
    x=lambda g: g[1:-3] * 1,
)
mutant(
    "diagonal_only",
    "a triangular product treated as a diagonal one",
    WRONG,
    lambda x: np.tril(np.ones((4, 4))) @ x,
    samples=values((4,)),
    x=lambda g: g * 1,
)
