"""Comparisons, tests and logical operations. Their results are boolean and have no gradient."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.ops.samples import binary, boolean, unary


def _comparison(ufunc: np.ufunc, names: str) -> Op:
    return op(ufunc, names=names, inputs="a b", samples=binary())


def _test(ufunc: np.ufunc, names: str) -> Op:
    return op(ufunc, names=names, inputs="x", samples=unary())


def _logical(ufunc: np.ufunc, names: str) -> Op:
    inputs = "a b" if ufunc.nin == 2 else "x"
    return op(ufunc, names=names, inputs=inputs, samples=boolean(ufunc.nin))


greater = _comparison(np.greater, "Tensor.__gt__ Tensor tg Tensor.gt tg.gt")
greater_equal = _comparison(np.greater_equal, "Tensor.__ge__ Tensor tg Tensor.ge tg.ge")
less = _comparison(np.less, "Tensor.__lt__ Tensor tg Tensor.lt tg.lt")
less_equal = _comparison(np.less_equal, "Tensor.__le__ Tensor tg Tensor.le tg.le")
equal = _comparison(np.equal, "Tensor.__eq__ Tensor.eq tg.eq")
not_equal = _comparison(np.not_equal, "Tensor.__ne__ Tensor tg Tensor.ne tg.ne")

isnan = _test(np.isnan, "Tensor tg")
isinf = _test(np.isinf, "Tensor tg")
isfinite = _test(np.isfinite, "Tensor tg")

logical_and = _logical(np.logical_and, "Tensor tg")
logical_or = _logical(np.logical_or, "Tensor tg")
logical_xor = _logical(np.logical_xor, "Tensor tg")
logical_not = _logical(np.logical_not, "Tensor tg")
bitwise_and = _logical(np.bitwise_and, "Tensor.__and__ Tensor.__rand__ Tensor tg")
bitwise_or = _logical(np.bitwise_or, "Tensor.__or__ Tensor.__ror__ Tensor tg")
bitwise_xor = _logical(np.bitwise_xor, "Tensor.__xor__ Tensor.__rxor__ Tensor tg")
invert = _logical(np.invert, "Tensor.__invert__ Tensor.bitwise_not tg.bitwise_not")
