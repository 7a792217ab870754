# Generated from the ops' records by docs/generate.py.
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import bessel_j0 as bessel_j0
from tinygrad_w2v.ops import bessel_j1 as bessel_j1
from tinygrad_w2v.ops import bessel_y0 as bessel_y0
from tinygrad_w2v.ops import bessel_y1 as bessel_y1
from tinygrad_w2v.ops import chebyshev_polynomial_t as chebyshev_polynomial_t
from tinygrad_w2v.ops import chebyshev_polynomial_u as chebyshev_polynomial_u
from tinygrad_w2v.ops import chebyshev_polynomial_v as chebyshev_polynomial_v
from tinygrad_w2v.ops import chebyshev_polynomial_w as chebyshev_polynomial_w
from tinygrad_w2v.ops import digamma as _digamma
from tinygrad_w2v.ops import digamma as digamma
from tinygrad_w2v.ops import entr as entr
from tinygrad_w2v.ops import erf as erf
from tinygrad_w2v.ops import erfc as erfc
from tinygrad_w2v.ops import erfcx as erfcx
from tinygrad_w2v.ops import erfinv as erfinv
from tinygrad_w2v.ops import exp2 as exp2
from tinygrad_w2v.ops import expm1 as expm1
from tinygrad_w2v.ops import hermite_polynomial_h as hermite_polynomial_h
from tinygrad_w2v.ops import hermite_polynomial_he as hermite_polynomial_he
from tinygrad_w2v.ops import i0 as _i0
from tinygrad_w2v.ops import i0 as i0
from tinygrad_w2v.ops import i0e as i0e
from tinygrad_w2v.ops import i1 as _i1
from tinygrad_w2v.ops import i1 as i1
from tinygrad_w2v.ops import i1e as i1e
from tinygrad_w2v.ops import igamma as _igamma
from tinygrad_w2v.ops import igammac as _igammac
from tinygrad_w2v.ops import laguerre_polynomial_l as laguerre_polynomial_l
from tinygrad_w2v.ops import legendre_polynomial_p as legendre_polynomial_p
from tinygrad_w2v.ops import lgamma as _lgamma
from tinygrad_w2v.ops import log1p as log1p
from tinygrad_w2v.ops import log_ndtr as log_ndtr
from tinygrad_w2v.ops import log_softmax as log_softmax
from tinygrad_w2v.ops import logit as logit
from tinygrad_w2v.ops import logsigmoid as _logsigmoid
from tinygrad_w2v.ops import logsumexp as logsumexp
from tinygrad_w2v.ops import modified_bessel_k0 as modified_bessel_k0
from tinygrad_w2v.ops import modified_bessel_k1 as modified_bessel_k1
from tinygrad_w2v.ops import mvlgamma as _mvlgamma
from tinygrad_w2v.ops import ndtr as ndtr
from tinygrad_w2v.ops import ndtri as ndtri
from tinygrad_w2v.ops import round as round
from tinygrad_w2v.ops import scaled_modified_bessel_k0 as scaled_modified_bessel_k0
from tinygrad_w2v.ops import scaled_modified_bessel_k1 as scaled_modified_bessel_k1
from tinygrad_w2v.ops import shifted_chebyshev_polynomial_t as shifted_chebyshev_polynomial_t
from tinygrad_w2v.ops import shifted_chebyshev_polynomial_u as shifted_chebyshev_polynomial_u
from tinygrad_w2v.ops import shifted_chebyshev_polynomial_v as shifted_chebyshev_polynomial_v
from tinygrad_w2v.ops import shifted_chebyshev_polynomial_w as shifted_chebyshev_polynomial_w
from tinygrad_w2v.ops import sigmoid as _sigmoid
from tinygrad_w2v.ops import sinc as sinc
from tinygrad_w2v.ops import spherical_bessel_j0 as spherical_bessel_j0
from tinygrad_w2v.ops import xlog1py as xlog1py
from tinygrad_w2v.ops import xlogy as xlogy
from tinygrad_w2v.ops import zeta as zeta
from typing import Any
from typing import overload
import numpy.typing as npt

expit = _sigmoid
gammainc = _igamma
gammaincc = _igammac
gammaln = _lgamma
log_expit = _logsigmoid
modified_bessel_i0 = _i0
modified_bessel_i1 = _i1
multigammaln = _mvlgamma
def polygamma(n: int, input: TensorLike) -> Tensor: ...
psi = _digamma
@overload
def softmax(x: TensorLike, axis: int = -1, dtype: npt.DTypeLike | None = None) -> Tensor: ...
@overload
def softmax(input: TensorLike, dim: int = -1, dtype: npt.DTypeLike | None = None) -> Tensor: ...
