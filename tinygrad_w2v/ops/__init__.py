"""The rule table: every op with its forward, its backward rules and its sample calls.

One file a family. Importing this package registers the ops and binds them to Tensor.
"""

from tinygrad_w2v.ops import numpy_names, operators  # noqa: F401  (bind when imported)
from tinygrad_w2v.ops.context_window import context_mean, context_spread, context_sum
from tinygrad_w2v.ops.elementwise import (
    absolute,
    add,
    astype,
    divide,
    equal,
    exp,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    power,
    relu,
    sigmoid,
    sign,
    softplus,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)
from tinygrad_w2v.ops.embedding import embedding, embedding_bag
from tinygrad_w2v.ops.indexing import getitem, scatter
from tinygrad_w2v.ops.linalg import matmul, vecdot
from tinygrad_w2v.ops.negative_sampling import negative_sampling
from tinygrad_w2v.ops.reduction import mean, sum_
from tinygrad_w2v.ops.shape import broadcast_to, concatenate, reshape, swapaxes, transpose
from tinygrad_w2v.ops.softmax import cross_entropy, log_softmax, nll_loss, softmax

__all__ = [
    "absolute",
    "add",
    "astype",
    "broadcast_to",
    "concatenate",
    "context_mean",
    "context_spread",
    "context_sum",
    "cross_entropy",
    "divide",
    "embedding",
    "embedding_bag",
    "equal",
    "exp",
    "getitem",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "log",
    "log_softmax",
    "matmul",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "negative",
    "negative_sampling",
    "nll_loss",
    "not_equal",
    "power",
    "relu",
    "reshape",
    "scatter",
    "sigmoid",
    "sign",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "subtract",
    "sum_",
    "swapaxes",
    "tanh",
    "transpose",
    "vecdot",
    "where",
]
