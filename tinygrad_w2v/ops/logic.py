"""Comparisons, tests and logical operations. Their results are boolean and have no gradient."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.ops.samples import binary, boolean, unary

# --- comparisons --------------------------------------------------------------------------------

greater = op(
    np.greater,
    names="Tensor.__gt__ Tensor.greater Tensor.gt tg.greater tg.gt",
    inputs="a b",
    samples=binary(),
)
greater_equal = op(
    np.greater_equal,
    names="Tensor.__ge__ Tensor.greater_equal Tensor.ge tg.greater_equal tg.ge",
    inputs="a b",
    samples=binary(),
)
less = op(
    np.less,
    names="Tensor.__lt__ Tensor.less Tensor.lt tg.less tg.lt",
    inputs="a b",
    samples=binary(),
)
less_equal = op(
    np.less_equal,
    names="Tensor.__le__ Tensor.less_equal Tensor.le tg.less_equal tg.le",
    inputs="a b",
    samples=binary(),
)
equal = op(np.equal, names="Tensor.__eq__ Tensor.eq tg.eq", inputs="a b", samples=binary())
not_equal = op(
    np.not_equal,
    names="Tensor.__ne__ Tensor.not_equal Tensor.ne tg.not_equal tg.ne",
    inputs="a b",
    samples=binary(),
)

# --- tests --------------------------------------------------------------------------------------

isnan = op(np.isnan, names="Tensor.isnan tg.isnan", inputs="x", samples=unary())
isinf = op(np.isinf, names="Tensor.isinf tg.isinf", inputs="x", samples=unary())
isfinite = op(np.isfinite, names="Tensor.isfinite tg.isfinite", inputs="x", samples=unary())

# --- logical and bitwise operations -------------------------------------------------------------

logical_and = op(
    np.logical_and,
    names="Tensor.logical_and tg.logical_and",
    inputs="a b",
    samples=boolean(2),
)
logical_or = op(
    np.logical_or, names="Tensor.logical_or tg.logical_or", inputs="a b", samples=boolean(2)
)
logical_xor = op(
    np.logical_xor,
    names="Tensor.logical_xor tg.logical_xor",
    inputs="a b",
    samples=boolean(2),
)
logical_not = op(
    np.logical_not, names="Tensor.logical_not tg.logical_not", inputs="x", samples=boolean(1)
)
bitwise_and = op(
    np.bitwise_and,
    names="Tensor.__and__ Tensor.__rand__ Tensor.bitwise_and tg.bitwise_and",
    inputs="a b",
    samples=boolean(2),
)
bitwise_or = op(
    np.bitwise_or,
    names="Tensor.__or__ Tensor.__ror__ Tensor.bitwise_or tg.bitwise_or",
    inputs="a b",
    samples=boolean(2),
)
bitwise_xor = op(
    np.bitwise_xor,
    names="Tensor.__xor__ Tensor.__rxor__ Tensor.bitwise_xor tg.bitwise_xor",
    inputs="a b",
    samples=boolean(2),
)
invert = op(
    np.invert,
    names="Tensor.__invert__ Tensor.bitwise_not tg.bitwise_not",
    inputs="x",
    samples=boolean(1),
)
