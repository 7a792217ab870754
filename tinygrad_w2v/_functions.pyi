# Generated from the ops' records by docs/generate.py.
from collections.abc import Sequence
from tinygrad_w2v.engine.results import QR
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Axis
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import absolute as _absolute
from tinygrad_w2v.ops import absolute as absolute
from tinygrad_w2v.ops import adaptive_avg_pool1d as adaptive_avg_pool1d
from tinygrad_w2v.ops import addbmm as addbmm
from tinygrad_w2v.ops import addcdiv as addcdiv
from tinygrad_w2v.ops import addcmul as addcmul
from tinygrad_w2v.ops import addmm as addmm
from tinygrad_w2v.ops import addmv as addmv
from tinygrad_w2v.ops import addr as addr
from tinygrad_w2v.ops import all as all
from tinygrad_w2v.ops import allclose as allclose
from tinygrad_w2v.ops import alpha_dropout as alpha_dropout
from tinygrad_w2v.ops import amax as amax
from tinygrad_w2v.ops import amin as amin
from tinygrad_w2v.ops import aminmax as aminmax
from tinygrad_w2v.ops import any as any
from tinygrad_w2v.ops import arange as arange
from tinygrad_w2v.ops import arccos as _arccos
from tinygrad_w2v.ops import arccos as arccos
from tinygrad_w2v.ops import arccosh as _arccosh
from tinygrad_w2v.ops import arccosh as arccosh
from tinygrad_w2v.ops import arcsin as _arcsin
from tinygrad_w2v.ops import arcsin as arcsin
from tinygrad_w2v.ops import arcsinh as _arcsinh
from tinygrad_w2v.ops import arcsinh as arcsinh
from tinygrad_w2v.ops import arctan as _arctan
from tinygrad_w2v.ops import arctan as arctan
from tinygrad_w2v.ops import arctan2 as _arctan2
from tinygrad_w2v.ops import arctan2 as arctan2
from tinygrad_w2v.ops import arctanh as _arctanh
from tinygrad_w2v.ops import arctanh as arctanh
from tinygrad_w2v.ops import argmax as argmax
from tinygrad_w2v.ops import argmin as argmin
from tinygrad_w2v.ops import argsort as argsort
from tinygrad_w2v.ops import argwhere as argwhere
from tinygrad_w2v.ops import as_strided as as_strided
from tinygrad_w2v.ops import as_tensor as as_tensor
from tinygrad_w2v.ops import asarray as asarray
from tinygrad_w2v.ops import atleast_3d as atleast_3d
from tinygrad_w2v.ops import avg_pool1d as avg_pool1d
from tinygrad_w2v.ops import baddbmm as baddbmm
from tinygrad_w2v.ops import bartlett_window as bartlett_window
from tinygrad_w2v.ops import batch_norm as batch_norm
from tinygrad_w2v.ops import bernoulli as bernoulli
from tinygrad_w2v.ops import bilinear as bilinear
from tinygrad_w2v.ops import bincount as bincount
from tinygrad_w2v.ops import bitwise_and as bitwise_and
from tinygrad_w2v.ops import bitwise_left_shift as bitwise_left_shift
from tinygrad_w2v.ops import bitwise_or as bitwise_or
from tinygrad_w2v.ops import bitwise_right_shift as bitwise_right_shift
from tinygrad_w2v.ops import bitwise_xor as bitwise_xor
from tinygrad_w2v.ops import blackman_window as blackman_window
from tinygrad_w2v.ops import block_diag as block_diag
from tinygrad_w2v.ops import bmm as bmm
from tinygrad_w2v.ops import broadcast_shapes as broadcast_shapes
from tinygrad_w2v.ops import broadcast_tensors as broadcast_tensors
from tinygrad_w2v.ops import broadcast_to as broadcast_to
from tinygrad_w2v.ops import bucketize as bucketize
from tinygrad_w2v.ops import can_cast as can_cast
from tinygrad_w2v.ops import cartesian_prod as cartesian_prod
from tinygrad_w2v.ops import cat as _cat
from tinygrad_w2v.ops import cat as cat
from tinygrad_w2v.ops import cdist as cdist
from tinygrad_w2v.ops import ceil as ceil
from tinygrad_w2v.ops import celu as celu
from tinygrad_w2v.ops import celu_ as celu_
from tinygrad_w2v.ops import chain_matmul as chain_matmul
from tinygrad_w2v.ops import channel_shuffle as channel_shuffle
from tinygrad_w2v.ops import cholesky as cholesky
from tinygrad_w2v.ops import cholesky_inverse as cholesky_inverse
from tinygrad_w2v.ops import cholesky_solve as cholesky_solve
from tinygrad_w2v.ops import chunk as chunk
from tinygrad_w2v.ops import clamp as _clamp
from tinygrad_w2v.ops import clamp as clamp
from tinygrad_w2v.ops import clamp_max as clamp_max
from tinygrad_w2v.ops import clamp_min as clamp_min
from tinygrad_w2v.ops import clone as clone
from tinygrad_w2v.ops import combinations as combinations
from tinygrad_w2v.ops import contiguous as contiguous
from tinygrad_w2v.ops import conv1d as conv1d
from tinygrad_w2v.ops import conv2d as conv2d
from tinygrad_w2v.ops import conv3d as conv3d
from tinygrad_w2v.ops import conv_transpose1d as conv_transpose1d
from tinygrad_w2v.ops import conv_transpose2d as conv_transpose2d
from tinygrad_w2v.ops import conv_transpose3d as conv_transpose3d
from tinygrad_w2v.ops import corrcoef as corrcoef
from tinygrad_w2v.ops import cos as cos
from tinygrad_w2v.ops import cosh as cosh
from tinygrad_w2v.ops import cosine_similarity as cosine_similarity
from tinygrad_w2v.ops import count_nonzero as count_nonzero
from tinygrad_w2v.ops import cummax as cummax
from tinygrad_w2v.ops import cummin as cummin
from tinygrad_w2v.ops import cumprod as cumprod
from tinygrad_w2v.ops import cumsum as cumsum
from tinygrad_w2v.ops import cumulative_trapezoid as cumulative_trapezoid
from tinygrad_w2v.ops import det as det
from tinygrad_w2v.ops import diag as diag
from tinygrad_w2v.ops import diag_embed as diag_embed
from tinygrad_w2v.ops import diagflat as diagflat
from tinygrad_w2v.ops import diagonal as diagonal
from tinygrad_w2v.ops import digamma as digamma
from tinygrad_w2v.ops import dist as dist
from tinygrad_w2v.ops import divide as _divide
from tinygrad_w2v.ops import dot as dot
from tinygrad_w2v.ops import dsplit as dsplit
from tinygrad_w2v.ops import empty as empty
from tinygrad_w2v.ops import empty_like as empty_like
from tinygrad_w2v.ops import empty_permuted as empty_permuted
from tinygrad_w2v.ops import empty_strided as empty_strided
from tinygrad_w2v.ops import equal as _equal
from tinygrad_w2v.ops import erf as erf
from tinygrad_w2v.ops import erfc as erfc
from tinygrad_w2v.ops import erfinv as erfinv
from tinygrad_w2v.ops import exp as exp
from tinygrad_w2v.ops import exp2 as exp2
from tinygrad_w2v.ops import expm1 as expm1
from tinygrad_w2v.ops import eye as eye
from tinygrad_w2v.ops import feature_alpha_dropout as feature_alpha_dropout
from tinygrad_w2v.ops import feature_dropout as feature_dropout
from tinygrad_w2v.ops import fill as fill
from tinygrad_w2v.ops import fill_ as fill_
from tinygrad_w2v.ops import finfo as finfo
from tinygrad_w2v.ops import flatten as flatten
from tinygrad_w2v.ops import flip as flip
from tinygrad_w2v.ops import float_power as float_power
from tinygrad_w2v.ops import floor as floor
from tinygrad_w2v.ops import floor_divide as floor_divide
from tinygrad_w2v.ops import fmax as fmax
from tinygrad_w2v.ops import fmin as fmin
from tinygrad_w2v.ops import fmod as fmod
from tinygrad_w2v.ops import frac as frac
from tinygrad_w2v.ops import from_numpy as from_numpy
from tinygrad_w2v.ops import frombuffer as frombuffer
from tinygrad_w2v.ops import full as full
from tinygrad_w2v.ops import full_like as full_like
from tinygrad_w2v.ops import gather as gather
from tinygrad_w2v.ops import gcd as gcd
from tinygrad_w2v.ops import geqrf as geqrf
from tinygrad_w2v.ops import ger as ger
from tinygrad_w2v.ops import get_device as get_device
from tinygrad_w2v.ops import greater as _greater
from tinygrad_w2v.ops import greater as greater
from tinygrad_w2v.ops import greater_equal as _greater_equal
from tinygrad_w2v.ops import greater_equal as greater_equal
from tinygrad_w2v.ops import grid_sampler as _grid_sampler
from tinygrad_w2v.ops import grid_sampler as grid_sampler
from tinygrad_w2v.ops import group_norm as group_norm
from tinygrad_w2v.ops import hamming_window as hamming_window
from tinygrad_w2v.ops import hann_window as hann_window
from tinygrad_w2v.ops import hardshrink as hardshrink
from tinygrad_w2v.ops import heaviside as heaviside
from tinygrad_w2v.ops import histc as histc
from tinygrad_w2v.ops import histogram as histogram
from tinygrad_w2v.ops import histogramdd as histogramdd
from tinygrad_w2v.ops import householder_product as _householder_product
from tinygrad_w2v.ops import hsplit as hsplit
from tinygrad_w2v.ops import hypot as hypot
from tinygrad_w2v.ops import i0 as i0
from tinygrad_w2v.ops import igamma as igamma
from tinygrad_w2v.ops import igammac as igammac
from tinygrad_w2v.ops import iinfo as iinfo
from tinygrad_w2v.ops import index_add as index_add
from tinygrad_w2v.ops import index_copy as index_copy
from tinygrad_w2v.ops import index_fill as index_fill
from tinygrad_w2v.ops import index_put as index_put
from tinygrad_w2v.ops import index_reduce as index_reduce
from tinygrad_w2v.ops import index_select as index_select
from tinygrad_w2v.ops import inner as inner
from tinygrad_w2v.ops import instance_norm as instance_norm
from tinygrad_w2v.ops import inv as _inv
from tinygrad_w2v.ops import invert as _invert
from tinygrad_w2v.ops import is_complex as is_complex
from tinygrad_w2v.ops import is_nonzero as is_nonzero
from tinygrad_w2v.ops import is_same_size as is_same_size
from tinygrad_w2v.ops import is_signed as is_signed
from tinygrad_w2v.ops import is_tensor as is_tensor
from tinygrad_w2v.ops import isclose as isclose
from tinygrad_w2v.ops import isfinite as isfinite
from tinygrad_w2v.ops import isin as isin
from tinygrad_w2v.ops import isinf as isinf
from tinygrad_w2v.ops import isnan as isnan
from tinygrad_w2v.ops import isneginf as isneginf
from tinygrad_w2v.ops import isposinf as isposinf
from tinygrad_w2v.ops import isreal as isreal
from tinygrad_w2v.ops import kaiser_window as kaiser_window
from tinygrad_w2v.ops import kthvalue as kthvalue
from tinygrad_w2v.ops import layer_norm as layer_norm
from tinygrad_w2v.ops import lcm as lcm
from tinygrad_w2v.ops import lerp as lerp
from tinygrad_w2v.ops import less as _less
from tinygrad_w2v.ops import less as less
from tinygrad_w2v.ops import less_equal as _less_equal
from tinygrad_w2v.ops import less_equal as less_equal
from tinygrad_w2v.ops import lgamma as lgamma
from tinygrad_w2v.ops import linspace as linspace
from tinygrad_w2v.ops import log as log
from tinygrad_w2v.ops import log10 as log10
from tinygrad_w2v.ops import log1p as log1p
from tinygrad_w2v.ops import log2 as log2
from tinygrad_w2v.ops import log_softmax as log_softmax
from tinygrad_w2v.ops import logaddexp as logaddexp
from tinygrad_w2v.ops import logcumsumexp as logcumsumexp
from tinygrad_w2v.ops import logdet as logdet
from tinygrad_w2v.ops import logical_and as logical_and
from tinygrad_w2v.ops import logical_not as logical_not
from tinygrad_w2v.ops import logical_or as logical_or
from tinygrad_w2v.ops import logical_xor as logical_xor
from tinygrad_w2v.ops import logit as logit
from tinygrad_w2v.ops import logspace as logspace
from tinygrad_w2v.ops import logsumexp as logsumexp
from tinygrad_w2v.ops import lu_solve as lu_solve
from tinygrad_w2v.ops import lu_unpack as lu_unpack
from tinygrad_w2v.ops import masked_fill as masked_fill
from tinygrad_w2v.ops import masked_scatter as masked_scatter
from tinygrad_w2v.ops import masked_select as masked_select
from tinygrad_w2v.ops import matmul as matmul
from tinygrad_w2v.ops import matrix_exp as matrix_exp
from tinygrad_w2v.ops import matrix_power as matrix_power
from tinygrad_w2v.ops import matrix_rank as matrix_rank
from tinygrad_w2v.ops import max as max
from tinygrad_w2v.ops import max_pool1d as max_pool1d
from tinygrad_w2v.ops import max_pool2d as max_pool2d
from tinygrad_w2v.ops import max_pool3d as max_pool3d
from tinygrad_w2v.ops import maximum as maximum
from tinygrad_w2v.ops import mean as mean
from tinygrad_w2v.ops import median as median
from tinygrad_w2v.ops import meshgrid as meshgrid
from tinygrad_w2v.ops import min as min
from tinygrad_w2v.ops import minimum as minimum
from tinygrad_w2v.ops import mm as mm
from tinygrad_w2v.ops import mode as mode
from tinygrad_w2v.ops import moveaxis as _moveaxis
from tinygrad_w2v.ops import moveaxis as moveaxis
from tinygrad_w2v.ops import msort as msort
from tinygrad_w2v.ops import multinomial as multinomial
from tinygrad_w2v.ops import multiply as _multiply
from tinygrad_w2v.ops import multiply as multiply
from tinygrad_w2v.ops import mv as mv
from tinygrad_w2v.ops import mvlgamma as mvlgamma
from tinygrad_w2v.ops import nan_to_num as nan_to_num
from tinygrad_w2v.ops import nanmean as nanmean
from tinygrad_w2v.ops import nanmedian as nanmedian
from tinygrad_w2v.ops import nanquantile as nanquantile
from tinygrad_w2v.ops import nansum as nansum
from tinygrad_w2v.ops import narrow as narrow
from tinygrad_w2v.ops import negative as _negative
from tinygrad_w2v.ops import negative as negative
from tinygrad_w2v.ops import nextafter as nextafter
from tinygrad_w2v.ops import nonzero as nonzero
from tinygrad_w2v.ops import nonzero_static as nonzero_static
from tinygrad_w2v.ops import normal as normal
from tinygrad_w2v.ops import not_equal as _not_equal
from tinygrad_w2v.ops import not_equal as not_equal
from tinygrad_w2v.ops import numel as numel
from tinygrad_w2v.ops import ones as ones
from tinygrad_w2v.ops import ones_like as ones_like
from tinygrad_w2v.ops import ormqr as ormqr
from tinygrad_w2v.ops import outer as outer
from tinygrad_w2v.ops import pairwise_distance as pairwise_distance
from tinygrad_w2v.ops import pca_lowrank as pca_lowrank
from tinygrad_w2v.ops import pdist as pdist
from tinygrad_w2v.ops import permute as permute
from tinygrad_w2v.ops import pinv as _pinv
from tinygrad_w2v.ops import pixel_shuffle as pixel_shuffle
from tinygrad_w2v.ops import pixel_unshuffle as pixel_unshuffle
from tinygrad_w2v.ops import poisson as poisson
from tinygrad_w2v.ops import prelu as prelu
from tinygrad_w2v.ops import prod as prod
from tinygrad_w2v.ops import promote_types as promote_types
from tinygrad_w2v.ops import put as put
from tinygrad_w2v.ops import quantile as quantile
from tinygrad_w2v.ops import rand as rand
from tinygrad_w2v.ops import rand_like as rand_like
from tinygrad_w2v.ops import randint as randint
from tinygrad_w2v.ops import randint_like as randint_like
from tinygrad_w2v.ops import randn as randn
from tinygrad_w2v.ops import randn_like as randn_like
from tinygrad_w2v.ops import randperm as randperm
from tinygrad_w2v.ops import ravel as ravel
from tinygrad_w2v.ops import reciprocal as reciprocal
from tinygrad_w2v.ops import relu as relu
from tinygrad_w2v.ops import relu_ as relu_
from tinygrad_w2v.ops import remainder as remainder
from tinygrad_w2v.ops import renorm as renorm
from tinygrad_w2v.ops import repeat_interleave as repeat_interleave
from tinygrad_w2v.ops import reshape as reshape
from tinygrad_w2v.ops import resize_as_ as resize_as_
from tinygrad_w2v.ops import result_type as result_type
from tinygrad_w2v.ops import rms_norm as rms_norm
from tinygrad_w2v.ops import roll as roll
from tinygrad_w2v.ops import round as round
from tinygrad_w2v.ops import rrelu as rrelu
from tinygrad_w2v.ops import rrelu_ as rrelu_
from tinygrad_w2v.ops import rsqrt as rsqrt
from tinygrad_w2v.ops import rsub as rsub
from tinygrad_w2v.ops import scalar_tensor as scalar_tensor
from tinygrad_w2v.ops import scatter_add as scatter_add
from tinygrad_w2v.ops import searchsorted as searchsorted
from tinygrad_w2v.ops import select as select
from tinygrad_w2v.ops import select_scatter as select_scatter
from tinygrad_w2v.ops import selu as selu
from tinygrad_w2v.ops import selu_ as selu_
from tinygrad_w2v.ops import sigmoid as sigmoid
from tinygrad_w2v.ops import sign as _sign
from tinygrad_w2v.ops import sign as sign
from tinygrad_w2v.ops import signbit as signbit
from tinygrad_w2v.ops import sin as sin
from tinygrad_w2v.ops import sinc as sinc
from tinygrad_w2v.ops import sinh as sinh
from tinygrad_w2v.ops import slice_scatter as slice_scatter
from tinygrad_w2v.ops import sort as sort
from tinygrad_w2v.ops import split as split
from tinygrad_w2v.ops import split_with_sizes as split_with_sizes
from tinygrad_w2v.ops import sqrt as sqrt
from tinygrad_w2v.ops import square as square
from tinygrad_w2v.ops import squeeze as squeeze
from tinygrad_w2v.ops import std_mean as std_mean
from tinygrad_w2v.ops import sum as sum
from tinygrad_w2v.ops import svd as svd
from tinygrad_w2v.ops import svd_lowrank as svd_lowrank
from tinygrad_w2v.ops import swapaxes as _swapaxes
from tinygrad_w2v.ops import swapaxes as swapaxes
from tinygrad_w2v.ops import t as t
from tinygrad_w2v.ops import take as take
from tinygrad_w2v.ops import take_along_dim as take_along_dim
from tinygrad_w2v.ops import tan as tan
from tinygrad_w2v.ops import tanh as tanh
from tinygrad_w2v.ops import tensor_split as tensor_split
from tinygrad_w2v.ops import tensordot as tensordot
from tinygrad_w2v.ops import threshold as threshold
from tinygrad_w2v.ops import threshold_ as threshold_
from tinygrad_w2v.ops import tile as tile
from tinygrad_w2v.ops import topk as topk
from tinygrad_w2v.ops import trace as trace
from tinygrad_w2v.ops import transposed as _transposed
from tinygrad_w2v.ops import triangular_solve as triangular_solve
from tinygrad_w2v.ops import tril as tril
from tinygrad_w2v.ops import tril_indices as tril_indices
from tinygrad_w2v.ops import triu as triu
from tinygrad_w2v.ops import triu_indices as triu_indices
from tinygrad_w2v.ops import trunc as _trunc
from tinygrad_w2v.ops import trunc as trunc
from tinygrad_w2v.ops import typename as typename
from tinygrad_w2v.ops import unbind as unbind
from tinygrad_w2v.ops import unflatten as unflatten
from tinygrad_w2v.ops import unique as unique
from tinygrad_w2v.ops import unique_consecutive as unique_consecutive
from tinygrad_w2v.ops import unravel_index as unravel_index
from tinygrad_w2v.ops import unsqueeze as unsqueeze
from tinygrad_w2v.ops import vander as vander
from tinygrad_w2v.ops import var_mean as var_mean
from tinygrad_w2v.ops import vdot as vdot
from tinygrad_w2v.ops import vsplit as vsplit
from tinygrad_w2v.ops import xlogy as xlogy
from tinygrad_w2v.ops import zero_ as zero_
from tinygrad_w2v.ops import zeros as zeros
from tinygrad_w2v.ops import zeros_like as zeros_like
from tinygrad_w2v.ops.loss import Reduction
from tinygrad_w2v.random.distributions import SeedLike
from typing import Any
from typing import overload
import numpy.typing as npt

abs = _absolute
def abs_(x: TensorLike) -> Tensor: ...
def absolute_(x: TensorLike) -> Tensor: ...
acos = _arccos
def acos_(x: TensorLike) -> Tensor: ...
acosh = _arccosh
def acosh_(x: TensorLike) -> Tensor: ...
def add(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Tensor: ...
adjoint = _transposed
def angle(z: TensorLike) -> Tensor: ...
def arccos_(x: TensorLike) -> Tensor: ...
def arccosh_(x: TensorLike) -> Tensor: ...
def arcsin_(x: TensorLike) -> Tensor: ...
def arcsinh_(x: TensorLike) -> Tensor: ...
def arctan_(x: TensorLike) -> Tensor: ...
def arctanh_(x: TensorLike) -> Tensor: ...
asin = _arcsin
def asin_(x: TensorLike) -> Tensor: ...
asinh = _arcsinh
def asinh_(x: TensorLike) -> Tensor: ...
atan = _arctan
atan2 = _arctan2
def atan_(x: TensorLike) -> Tensor: ...
atanh = _arctanh
def atanh_(x: TensorLike) -> Tensor: ...
def atleast_1d(*arys: Any) -> Tensor: ...
def atleast_2d(*arys: Any) -> Tensor: ...
bitwise_not = _invert
def bitwise_not_(x: TensorLike) -> Tensor: ...
def ceil_(x: TensorLike) -> Tensor: ...
clip = _clamp
def column_stack(tensors: Sequence[Any]) -> Tensor: ...
concat = _cat
concatenate = _cat
def conj(x: TensorLike) -> Tensor: ...
def conj_physical(x: TensorLike) -> Tensor: ...
def copysign(a: Any, b: Any) -> Tensor: ...
def cos_(x: TensorLike) -> Tensor: ...
def cosh_(x: TensorLike) -> Tensor: ...
@overload
def cov(x: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor: ...
@overload
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor: ...
@overload
def cross(a: Any, b: Any, axis: int | None = None) -> Tensor: ...
@overload
def cross(input: Any, b: Any, dim: int | None = None) -> Tensor: ...
def ctc_loss(log_probs: TensorLike, targets: TensorLike, input_lengths: TensorLike, target_lengths: TensorLike, blank: int = 0, reduction: Reduction = 'mean', zero_infinity: bool = False) -> Tensor: ...
def deg2rad(x: Any) -> Tensor: ...
@overload
def diagonal_scatter(x: TensorLike, src: TensorLike, offset: int = 0, axis0: int = 0, axis1: int = 1) -> Tensor: ...
@overload
def diagonal_scatter(input: TensorLike, src: TensorLike, offset: int = 0, dim0: int = 0, dim1: int = 1) -> Tensor: ...
@overload
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Tensor: ...
@overload
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor: ...
def digamma_(x: TensorLike) -> Tensor: ...
def div(x: TensorLike, other: TensorLike, *, rounding_mode: str | None = None) -> Tensor: ...
def divide(x: TensorLike, other: TensorLike, *, rounding_mode: str | None = None) -> Tensor: ...
def dropout(x: TensorLike, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: SeedLike = None) -> Tensor: ...
def dstack(tensors: Sequence[Any]) -> Tensor: ...
def einsum(subscripts: str, *operands: Any) -> Tensor: ...
eq = _equal
def equal(x: TensorLike, other: TensorLike) -> bool: ...
def erf_(x: TensorLike) -> Tensor: ...
def erfc_(x: TensorLike) -> Tensor: ...
def erfinv_(x: TensorLike) -> Tensor: ...
def exp2_(x: TensorLike) -> Tensor: ...
def exp_(x: TensorLike) -> Tensor: ...
def expm1_(x: TensorLike) -> Tensor: ...
fix = _trunc
def fix_(x: TensorLike) -> Tensor: ...
def fliplr(m: Any) -> Tensor: ...
def flipud(m: Any) -> Tensor: ...
def floor_(x: TensorLike) -> Tensor: ...
def frexp(x: TensorLike) -> Tensor: ...
ge = _greater_equal
@overload
def gradient(input: Any, *, spacing: Any = 1, dim: int | Sequence[int] | None = None, edge_order: int = 1) -> list[Tensor]: ...
@overload
def gradient(input: Any, *, spacing: Any = 1, axis: int | Sequence[int] | None = None, edge_order: int = 1) -> list[Tensor]: ...
grid_sampler_2d = _grid_sampler
grid_sampler_3d = _grid_sampler
gt = _greater
def hstack(tensors: Sequence[Any]) -> Tensor: ...
def i0_(x: TensorLike) -> Tensor: ...
inverse = _inv
def is_floating_point(self: Tensor) -> bool: ...
def kron(a: Any, b: Any) -> Tensor: ...
def ldexp(x: TensorLike, other: TensorLike) -> Tensor: ...
le = _less_equal
def lgamma_(x: TensorLike) -> Tensor: ...
def log10_(x: TensorLike) -> Tensor: ...
def log1p_(x: TensorLike) -> Tensor: ...
def log2_(x: TensorLike) -> Tensor: ...
def log_(x: TensorLike) -> Tensor: ...
def logaddexp2(a: Any, b: Any) -> Tensor: ...
def logical_not_(x: TensorLike) -> Tensor: ...
lt = _less
def lu(A: TensorLike, pivot: bool = True, get_infos: bool = False) -> Tensor: ...
movedim = _moveaxis
mul = _multiply
ne = _not_equal
neg = _negative
def neg_(x: TensorLike) -> Tensor: ...
def negative_(x: TensorLike) -> Tensor: ...
@overload
def norm(input: TensorLike, p: float | str | None = 'fro', dim: Axis = None, keepdim: bool = False, dtype: Any = None) -> Tensor: ...
@overload
def norm(input: TensorLike, p: float | str | None = 'fro', axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Tensor: ...
orgqr = _householder_product
pinverse = _pinv
def polygamma(n: int, input: TensorLike) -> Tensor: ...
def positive(x: Any) -> Tensor: ...
def pow(x: TensorLike, exponent: TensorLike) -> Tensor: ...
def qr(input: TensorLike, some: bool = True) -> QR: ...
def rad2deg(x: Any) -> Tensor: ...
def real(x: TensorLike) -> Tensor: ...
def reciprocal_(x: TensorLike) -> Tensor: ...
def resolve_conj(x: TensorLike) -> Tensor: ...
def resolve_neg(x: TensorLike) -> Tensor: ...
@overload
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor: ...
@overload
def rot90(input: Any, k: int = 1, dims: tuple[int, int] = (0, 1)) -> Tensor: ...
def row_stack(tensors: Sequence[Any]) -> Tensor: ...
def rsqrt_(x: TensorLike) -> Tensor: ...
@overload
def scatter(x: TensorLike, axis: int, index: TensorLike, src: TensorLike, *, reduce: str | None = None) -> Tensor: ...
@overload
def scatter(input: TensorLike, dim: int, index: TensorLike, src: TensorLike, *, reduce: str | None = None) -> Tensor: ...
@overload
def scatter_reduce(x: TensorLike, axis: int, index: TensorLike, src: TensorLike, reduce: str, *, include_self: bool = True) -> Tensor: ...
@overload
def scatter_reduce(input: TensorLike, dim: int, index: TensorLike, src: TensorLike, reduce: str, *, include_self: bool = True) -> Tensor: ...
sgn = _sign
def sgn_(x: TensorLike) -> Tensor: ...
def sigmoid_(x: TensorLike) -> Tensor: ...
def sign_(x: TensorLike) -> Tensor: ...
def sin_(x: TensorLike) -> Tensor: ...
def sinh_(x: TensorLike) -> Tensor: ...
def slogdet(A: Any) -> Tensor: ...
@overload
def softmax(x: TensorLike, axis: int = -1, dtype: npt.DTypeLike | None = None) -> Tensor: ...
@overload
def softmax(input: TensorLike, dim: int = -1, dtype: npt.DTypeLike | None = None) -> Tensor: ...
def sqrt_(x: TensorLike) -> Tensor: ...
def square_(x: TensorLike) -> Tensor: ...
@overload
def stack(arrays: Sequence[TensorLike], axis: int = 0) -> Tensor: ...
@overload
def stack(input: Sequence[TensorLike], dim: int = 0) -> Tensor: ...
@overload
def std(x: TensorLike, axis: Axis | bool = None, correction: float | None = 1, keepdims: bool = False) -> Tensor: ...
@overload
def std(input: TensorLike, dim: Axis | bool = None, correction: float | None = 1, keepdim: bool = False) -> Tensor: ...
@overload
def std(input: TensorLike, dim: Axis | bool = None, unbiased: float | None = 1, keepdim: bool = False) -> Tensor: ...
def sub(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Tensor: ...
def subtract(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Tensor: ...
swapdims = _swapaxes
def tan_(x: TensorLike) -> Tensor: ...
def tanh_(x: TensorLike) -> Tensor: ...
transpose = _swapaxes
@overload
def trapezoid(y: TensorLike, x: TensorLike | None = None, *, dx: float = 1, axis: int = -1) -> Tensor: ...
@overload
def trapezoid(y: TensorLike, x: TensorLike | None = None, *, dx: float = 1, dim: int = -1) -> Tensor: ...
@overload
def trapz(y: TensorLike, x: TensorLike | None = None, *, dx: float = 1, axis: int = -1) -> Tensor: ...
@overload
def trapz(y: TensorLike, x: TensorLike | None = None, *, dx: float = 1, dim: int = -1) -> Tensor: ...
true_divide = _divide
def trunc_(x: TensorLike) -> Tensor: ...
@overload
def var(x: TensorLike, axis: Axis | bool = None, correction: float | None = 1, keepdims: bool = False) -> Tensor: ...
@overload
def var(input: TensorLike, dim: Axis | bool = None, correction: float | None = 1, keepdim: bool = False) -> Tensor: ...
@overload
def var(input: TensorLike, dim: Axis | bool = None, unbiased: float | None = 1, keepdim: bool = False) -> Tensor: ...
def vstack(tensors: Sequence[Any]) -> Tensor: ...
def where(condition: TensorLike, input: TensorLike | None = None, other: Any = None) -> Tensor: ...
