# Generated from the ops' records by docs/generate.py.
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import digamma as _digamma
from tinygrad_w2v.ops import digamma as digamma
from tinygrad_w2v.ops import erf as erf
from tinygrad_w2v.ops import erfc as erfc
from tinygrad_w2v.ops import erfinv as erfinv
from tinygrad_w2v.ops import exp2 as exp2
from tinygrad_w2v.ops import expm1 as expm1
from tinygrad_w2v.ops import lgamma as _lgamma
from tinygrad_w2v.ops import log1p as log1p
from tinygrad_w2v.ops import logit as logit
from tinygrad_w2v.ops import logsigmoid as _logsigmoid
from tinygrad_w2v.ops import mvlgamma as _mvlgamma
from tinygrad_w2v.ops import sigmoid as _sigmoid
from tinygrad_w2v.ops import xlogy as xlogy
from typing import Any

expit = _sigmoid
gammaln = _lgamma
log_expit = _logsigmoid
multigammaln = _mvlgamma
def polygamma(n: int, input: TensorLike) -> Tensor: ...
psi = _digamma
