"""Comparisons, tests and logical operations. Their results are boolean and have no gradient."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.sample import Sampler
from tinygrad_w2v.ops.samples import binary, boolean, unary


def _op(ufunc: np.ufunc, samples: Sampler, names: str) -> Op:
    return op(ufunc, names=names, inputs="a b" if ufunc.nin == 2 else "x", samples=samples)


greater = _op(np.greater, binary(), "Tensor.__gt__ Tensor_ tg Tensor_.gt tg.gt")
greater_equal = _op(np.greater_equal, binary(), "Tensor.__ge__ Tensor_ tg Tensor_.ge tg.ge")
less = _op(np.less, binary(), "Tensor.__lt__ Tensor_ tg Tensor_.lt tg.lt")
less_equal = _op(np.less_equal, binary(), "Tensor.__le__ Tensor_ tg Tensor_.le tg.le")
equal = _op(np.equal, binary(), "Tensor.__eq__ Tensor_.eq tg.eq")
not_equal = _op(np.not_equal, binary(), "Tensor.__ne__ Tensor_ tg Tensor_.ne tg.ne")

isnan = _op(np.isnan, unary(), "Tensor tg")
isinf = _op(np.isinf, unary(), "Tensor tg")
isfinite = _op(np.isfinite, unary(), "Tensor tg")

logical_and = _op(np.logical_and, boolean(2), "Tensor_ tg")
logical_or = _op(np.logical_or, boolean(2), "Tensor_ tg")
logical_xor = _op(np.logical_xor, boolean(2), "Tensor_ tg")
logical_not = _op(np.logical_not, boolean(1), "Tensor_ tg")
bitwise_and = _op(np.bitwise_and, boolean(2), "Tensor.__and__ Tensor.__rand__ Tensor_ tg")
bitwise_or = _op(np.bitwise_or, boolean(2), "Tensor.__or__ Tensor.__ror__ Tensor_ tg")
bitwise_xor = _op(np.bitwise_xor, boolean(2), "Tensor.__xor__ Tensor.__rxor__ Tensor_ tg")
invert = _op(np.invert, boolean(1), "Tensor.__invert__ Tensor_.bitwise_not tg.bitwise_not")
