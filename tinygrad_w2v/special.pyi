# Generated from the ops' records by docs/generate.py.
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import digamma as _digamma
from tinygrad_w2v.ops import digamma as digamma
from tinygrad_w2v.ops import erfinv as erfinv
from tinygrad_w2v.ops import lgamma as _lgamma
from tinygrad_w2v.ops import mvlgamma as _mvlgamma
from typing import Any

gammaln = _lgamma
multigammaln = _mvlgamma
def polygamma(n: int, input: TensorLike) -> Tensor: ...
psi = _digamma
