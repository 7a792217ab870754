"""The ops as functions, by PyTorch's names: those of ``torch.nn.functional`` and of ``torch``.

Axes are called ``axis`` and ``keepdims`` everywhere, as in NumPy, where PyTorch says ``dim`` and
``keepdim``.
"""

# ruff: noqa: A004  (abs, max, pow, ... are PyTorch's names; used as functional.abs)
from __future__ import annotations

from tinygrad_w2v.ops.activation import (
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    logsigmoid,
    relu,
    sigmoid,
    silu,
    softplus,
)
from tinygrad_w2v.ops.arithmetic import absolute as abs
from tinygrad_w2v.ops.arithmetic import (
    add,
    clamp,
    hypot,
    lerp,
    maximum,
    minimum,
    reciprocal,
    remainder,
    rsqrt,
    sqrt,
    square,
    where,
)
from tinygrad_w2v.ops.arithmetic import divide as div
from tinygrad_w2v.ops.arithmetic import multiply as mul
from tinygrad_w2v.ops.arithmetic import negative as neg
from tinygrad_w2v.ops.arithmetic import power as pow
from tinygrad_w2v.ops.arithmetic import subtract as sub
from tinygrad_w2v.ops.comparison import ceil, floor, sign
from tinygrad_w2v.ops.comparison import round_ as round
from tinygrad_w2v.ops.context_window import context_mean
from tinygrad_w2v.ops.convolution import conv1d, conv2d
from tinygrad_w2v.ops.cross_entropy import cross_entropy, nll_loss
from tinygrad_w2v.ops.cumulative import cumprod, cumsum
from tinygrad_w2v.ops.diagonal import diag, diagonal, trace, tril, triu
from tinygrad_w2v.ops.dropout import dropout
from tinygrad_w2v.ops.einsum import einsum
from tinygrad_w2v.ops.embedding import lookup as embedding
from tinygrad_w2v.ops.embedding_bag import embedding_bag
from tinygrad_w2v.ops.embedding_window import embedding_window
from tinygrad_w2v.ops.extremum import amax, amin, argmax, argmin
from tinygrad_w2v.ops.extremum import max_ as max
from tinygrad_w2v.ops.extremum import min_ as min
from tinygrad_w2v.ops.gathering import (
    gather,
    index_add,
    index_select,
    masked_fill,
    masked_select,
    one_hot,
    scatter_add,
    take_along_dim,
)
from tinygrad_w2v.ops.joining import cat, chunk, repeat_interleave, split, tile, unbind
from tinygrad_w2v.ops.joining import pad_from_last as pad
from tinygrad_w2v.ops.joining import stack_all as stack
from tinygrad_w2v.ops.linalg import cholesky, dot, inv, matmul, outer, solve, tensordot
from tinygrad_w2v.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from tinygrad_w2v.ops.negative_sampling import negative_sampling
from tinygrad_w2v.ops.normalization import cosine_similarity, layer_norm, normalize
from tinygrad_w2v.ops.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from tinygrad_w2v.ops.reduction import mean, norm, prod, std, var
from tinygrad_w2v.ops.reduction import sum_ as sum
from tinygrad_w2v.ops.shape import (
    broadcast_to,
    expand,
    flatten,
    flip,
    moveaxis,
    permute,
    reshape,
    roll,
    squeeze,
    swapaxes,
    unsqueeze,
)
from tinygrad_w2v.ops.skip_gram import skip_gram
from tinygrad_w2v.ops.softmax import log_softmax, logsumexp, softmax
from tinygrad_w2v.ops.transcendental import arccos as acos
from tinygrad_w2v.ops.transcendental import arccosh as acosh
from tinygrad_w2v.ops.transcendental import arcsin as asin
from tinygrad_w2v.ops.transcendental import arcsinh as asinh
from tinygrad_w2v.ops.transcendental import arctan as atan
from tinygrad_w2v.ops.transcendental import arctan2 as atan2
from tinygrad_w2v.ops.transcendental import arctanh as atanh
from tinygrad_w2v.ops.transcendental import (
    cos,
    cosh,
    erf,
    exp,
    expm1,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    sin,
    sinh,
    tan,
    tanh,
)

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "avg_pool1d",
    "avg_pool2d",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "broadcast_to",
    "cat",
    "ceil",
    "cholesky",
    "chunk",
    "clamp",
    "context_mean",
    "conv1d",
    "conv2d",
    "cos",
    "cosh",
    "cosine_similarity",
    "cross_entropy",
    "cumprod",
    "cumsum",
    "diag",
    "diagonal",
    "div",
    "dot",
    "dropout",
    "einsum",
    "elu",
    "embedding",
    "embedding_bag",
    "embedding_window",
    "erf",
    "exp",
    "expand",
    "expm1",
    "flatten",
    "flip",
    "floor",
    "gather",
    "gelu",
    "hardtanh",
    "huber_loss",
    "hypot",
    "index_add",
    "index_select",
    "inv",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "lerp",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logsigmoid",
    "logsumexp",
    "masked_fill",
    "masked_select",
    "matmul",
    "max",
    "max_pool1d",
    "max_pool2d",
    "maximum",
    "mean",
    "min",
    "minimum",
    "moveaxis",
    "mse_loss",
    "mul",
    "neg",
    "negative_sampling",
    "nll_loss",
    "norm",
    "normalize",
    "one_hot",
    "outer",
    "pad",
    "permute",
    "pow",
    "prod",
    "reciprocal",
    "relu",
    "remainder",
    "repeat_interleave",
    "reshape",
    "roll",
    "round",
    "rsqrt",
    "scatter_add",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "skip_gram",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "solve",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "sub",
    "sum",
    "swapaxes",
    "take_along_dim",
    "tan",
    "tanh",
    "tensordot",
    "tile",
    "trace",
    "tril",
    "triu",
    "unbind",
    "unsqueeze",
    "var",
    "where",
]
