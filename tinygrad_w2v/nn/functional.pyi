# Generated from the ops' records by docs/generate.py.
from collections.abc import Sequence
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import absolute as _absolute
from tinygrad_w2v.ops import adaptive_avg_pool1d as adaptive_avg_pool1d
from tinygrad_w2v.ops import adaptive_avg_pool2d as adaptive_avg_pool2d
from tinygrad_w2v.ops import adaptive_avg_pool3d as adaptive_avg_pool3d
from tinygrad_w2v.ops import adaptive_max_pool1d as adaptive_max_pool1d
from tinygrad_w2v.ops import adaptive_max_pool2d as adaptive_max_pool2d
from tinygrad_w2v.ops import adaptive_max_pool3d as adaptive_max_pool3d
from tinygrad_w2v.ops import add_columns as _add_columns
from tinygrad_w2v.ops import affine_grid as affine_grid
from tinygrad_w2v.ops import alpha_dropout as alpha_dropout
from tinygrad_w2v.ops import amax as amax
from tinygrad_w2v.ops import amin as amin
from tinygrad_w2v.ops import arccos as _arccos
from tinygrad_w2v.ops import arccosh as _arccosh
from tinygrad_w2v.ops import arcsin as _arcsin
from tinygrad_w2v.ops import arcsinh as _arcsinh
from tinygrad_w2v.ops import arctan as _arctan
from tinygrad_w2v.ops import arctan2 as _arctan2
from tinygrad_w2v.ops import arctanh as _arctanh
from tinygrad_w2v.ops import argmax as argmax
from tinygrad_w2v.ops import argmin as argmin
from tinygrad_w2v.ops import avg_pool1d as avg_pool1d
from tinygrad_w2v.ops import avg_pool2d as avg_pool2d
from tinygrad_w2v.ops import avg_pool3d as avg_pool3d
from tinygrad_w2v.ops import batch_norm as batch_norm
from tinygrad_w2v.ops import bilinear as bilinear
from tinygrad_w2v.ops import binary_cross_entropy as binary_cross_entropy
from tinygrad_w2v.ops import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from tinygrad_w2v.ops import broadcast_to as broadcast_to
from tinygrad_w2v.ops import cat as cat
from tinygrad_w2v.ops import ceil as ceil
from tinygrad_w2v.ops import celu as celu
from tinygrad_w2v.ops import celu_ as celu_
from tinygrad_w2v.ops import channel_shuffle as channel_shuffle
from tinygrad_w2v.ops import chunk as chunk
from tinygrad_w2v.ops import clamp as clamp
from tinygrad_w2v.ops import columns_of_windows as _columns_of_windows
from tinygrad_w2v.ops import context_mean as context_mean
from tinygrad_w2v.ops import conv1d as conv1d
from tinygrad_w2v.ops import conv2d as conv2d
from tinygrad_w2v.ops import conv3d as conv3d
from tinygrad_w2v.ops import conv_transpose1d as conv_transpose1d
from tinygrad_w2v.ops import conv_transpose2d as conv_transpose2d
from tinygrad_w2v.ops import conv_transpose3d as conv_transpose3d
from tinygrad_w2v.ops import cos as cos
from tinygrad_w2v.ops import cosh as cosh
from tinygrad_w2v.ops import cosine_embedding_loss as cosine_embedding_loss
from tinygrad_w2v.ops import cosine_similarity as cosine_similarity
from tinygrad_w2v.ops import cumprod as cumprod
from tinygrad_w2v.ops import cumsum as cumsum
from tinygrad_w2v.ops import det as det
from tinygrad_w2v.ops import diag as diag
from tinygrad_w2v.ops import diagonal as diagonal
from tinygrad_w2v.ops import dot as dot
from tinygrad_w2v.ops import dropout1d as dropout1d
from tinygrad_w2v.ops import dropout2d as dropout2d
from tinygrad_w2v.ops import dropout3d as dropout3d
from tinygrad_w2v.ops import elu as elu
from tinygrad_w2v.ops import elu_ as elu_
from tinygrad_w2v.ops import embedding_window as embedding_window
from tinygrad_w2v.ops import erf as erf
from tinygrad_w2v.ops import exp as exp
from tinygrad_w2v.ops import expand as expand
from tinygrad_w2v.ops import expm1 as expm1
from tinygrad_w2v.ops import feature_alpha_dropout as feature_alpha_dropout
from tinygrad_w2v.ops import flatten as flatten
from tinygrad_w2v.ops import flip as flip
from tinygrad_w2v.ops import floor as floor
from tinygrad_w2v.ops import fractional_max_pool2d as fractional_max_pool2d
from tinygrad_w2v.ops import fractional_max_pool3d as fractional_max_pool3d
from tinygrad_w2v.ops import gather as gather
from tinygrad_w2v.ops import gaussian_nll_loss as gaussian_nll_loss
from tinygrad_w2v.ops import gelu as gelu
from tinygrad_w2v.ops import glu as glu
from tinygrad_w2v.ops import group_norm as group_norm
from tinygrad_w2v.ops import gumbel_softmax as gumbel_softmax
from tinygrad_w2v.ops import hardshrink as hardshrink
from tinygrad_w2v.ops import hardsigmoid as hardsigmoid
from tinygrad_w2v.ops import hardswish as hardswish
from tinygrad_w2v.ops import hardtanh as hardtanh
from tinygrad_w2v.ops import hardtanh_ as hardtanh_
from tinygrad_w2v.ops import hinge_embedding_loss as hinge_embedding_loss
from tinygrad_w2v.ops import huber_loss as huber_loss
from tinygrad_w2v.ops import hypot as hypot
from tinygrad_w2v.ops import index_add as index_add
from tinygrad_w2v.ops import index_select as index_select
from tinygrad_w2v.ops import inner as inner
from tinygrad_w2v.ops import instance_norm as instance_norm
from tinygrad_w2v.ops import interpolate as _interpolate
from tinygrad_w2v.ops import interpolate as interpolate
from tinygrad_w2v.ops import inv as inv
from tinygrad_w2v.ops import kl_div as kl_div
from tinygrad_w2v.ops import l1_loss as l1_loss
from tinygrad_w2v.ops import layer_norm as layer_norm
from tinygrad_w2v.ops import leaky_relu as leaky_relu
from tinygrad_w2v.ops import leaky_relu_ as leaky_relu_
from tinygrad_w2v.ops import lerp as lerp
from tinygrad_w2v.ops import linear as linear
from tinygrad_w2v.ops import local_response_norm as local_response_norm
from tinygrad_w2v.ops import log as log
from tinygrad_w2v.ops import log10 as log10
from tinygrad_w2v.ops import log1p as log1p
from tinygrad_w2v.ops import log2 as log2
from tinygrad_w2v.ops import log_softmax_along as _log_softmax_along
from tinygrad_w2v.ops import logabsdet as logabsdet
from tinygrad_w2v.ops import logaddexp as logaddexp
from tinygrad_w2v.ops import logsigmoid as logsigmoid
from tinygrad_w2v.ops import logsumexp as logsumexp
from tinygrad_w2v.ops import lp_pool1d as lp_pool1d
from tinygrad_w2v.ops import lp_pool2d as lp_pool2d
from tinygrad_w2v.ops import lp_pool3d as lp_pool3d
from tinygrad_w2v.ops import margin_ranking_loss as margin_ranking_loss
from tinygrad_w2v.ops import masked_fill as masked_fill
from tinygrad_w2v.ops import masked_select as masked_select
from tinygrad_w2v.ops import matmul as matmul
from tinygrad_w2v.ops import max as max
from tinygrad_w2v.ops import max_pool1d as max_pool1d
from tinygrad_w2v.ops import max_pool1d_with_indices as max_pool1d_with_indices
from tinygrad_w2v.ops import max_pool2d as max_pool2d
from tinygrad_w2v.ops import max_pool2d_with_indices as max_pool2d_with_indices
from tinygrad_w2v.ops import max_pool3d as max_pool3d
from tinygrad_w2v.ops import max_pool3d_with_indices as max_pool3d_with_indices
from tinygrad_w2v.ops import max_unpool1d as max_unpool1d
from tinygrad_w2v.ops import max_unpool2d as max_unpool2d
from tinygrad_w2v.ops import max_unpool3d as max_unpool3d
from tinygrad_w2v.ops import maximum as maximum
from tinygrad_w2v.ops import mean as mean
from tinygrad_w2v.ops import min as min
from tinygrad_w2v.ops import minimum as minimum
from tinygrad_w2v.ops import mish as mish
from tinygrad_w2v.ops import moveaxis as moveaxis
from tinygrad_w2v.ops import mse_loss as mse_loss
from tinygrad_w2v.ops import multi_head_attention_forward as multi_head_attention_forward
from tinygrad_w2v.ops import multi_margin_loss as multi_margin_loss
from tinygrad_w2v.ops import multilabel_margin_loss as multilabel_margin_loss
from tinygrad_w2v.ops import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from tinygrad_w2v.ops import multiply as _multiply
from tinygrad_w2v.ops import negative as _negative
from tinygrad_w2v.ops import nll_loss as nll_loss
from tinygrad_w2v.ops import norm as norm
from tinygrad_w2v.ops import normalize as normalize
from tinygrad_w2v.ops import one_hot as one_hot
from tinygrad_w2v.ops import outer as outer
from tinygrad_w2v.ops import pad_from_last as _pad_from_last
from tinygrad_w2v.ops import pairwise_distance as pairwise_distance
from tinygrad_w2v.ops import pdist as pdist
from tinygrad_w2v.ops import permute as permute
from tinygrad_w2v.ops import pixel_shuffle as pixel_shuffle
from tinygrad_w2v.ops import pixel_unshuffle as pixel_unshuffle
from tinygrad_w2v.ops import poisson_nll_loss as poisson_nll_loss
from tinygrad_w2v.ops import power as _power
from tinygrad_w2v.ops import prelu as prelu
from tinygrad_w2v.ops import prod as prod
from tinygrad_w2v.ops import ragged_bag as ragged_bag
from tinygrad_w2v.ops import reciprocal as reciprocal
from tinygrad_w2v.ops import relu as relu
from tinygrad_w2v.ops import relu6 as relu6
from tinygrad_w2v.ops import relu_ as relu_
from tinygrad_w2v.ops import remainder as remainder
from tinygrad_w2v.ops import repeat_interleave as repeat_interleave
from tinygrad_w2v.ops import reshape as reshape
from tinygrad_w2v.ops import rms_norm as rms_norm
from tinygrad_w2v.ops import roll as roll
from tinygrad_w2v.ops import round as round
from tinygrad_w2v.ops import rrelu as rrelu
from tinygrad_w2v.ops import rrelu_ as rrelu_
from tinygrad_w2v.ops import rsqrt as rsqrt
from tinygrad_w2v.ops import scaled_dot_product_attention as scaled_dot_product_attention
from tinygrad_w2v.ops import scatter_add as scatter_add
from tinygrad_w2v.ops import selu as selu
from tinygrad_w2v.ops import selu_ as selu_
from tinygrad_w2v.ops import sigmoid as sigmoid
from tinygrad_w2v.ops import sign as sign
from tinygrad_w2v.ops import silu as silu
from tinygrad_w2v.ops import sin as sin
from tinygrad_w2v.ops import sinh as sinh
from tinygrad_w2v.ops import smooth_l1_loss as smooth_l1_loss
from tinygrad_w2v.ops import soft_margin_loss as soft_margin_loss
from tinygrad_w2v.ops import softmax_along as _softmax_along
from tinygrad_w2v.ops import softmin as softmin
from tinygrad_w2v.ops import softplus as softplus
from tinygrad_w2v.ops import softshrink as softshrink
from tinygrad_w2v.ops import softsign as softsign
from tinygrad_w2v.ops import solve as solve
from tinygrad_w2v.ops import split as split
from tinygrad_w2v.ops import sqrt as sqrt
from tinygrad_w2v.ops import square as square
from tinygrad_w2v.ops import squeeze as squeeze
from tinygrad_w2v.ops import std as std
from tinygrad_w2v.ops import sum as sum
from tinygrad_w2v.ops import swapaxes as _swapaxes
from tinygrad_w2v.ops import swapaxes as swapaxes
from tinygrad_w2v.ops import take_along_dim as take_along_dim
from tinygrad_w2v.ops import tan as tan
from tinygrad_w2v.ops import tanh as tanh
from tinygrad_w2v.ops import tanhshrink as tanhshrink
from tinygrad_w2v.ops import tensordot as tensordot
from tinygrad_w2v.ops import threshold as threshold
from tinygrad_w2v.ops import threshold_ as threshold_
from tinygrad_w2v.ops import tile as tile
from tinygrad_w2v.ops import trace as trace
from tinygrad_w2v.ops import tril as tril
from tinygrad_w2v.ops import triplet_margin_loss as triplet_margin_loss
from tinygrad_w2v.ops import triplet_margin_with_distance_loss as triplet_margin_with_distance_loss
from tinygrad_w2v.ops import triu as triu
from tinygrad_w2v.ops import unbind as unbind
from tinygrad_w2v.ops import unsqueeze as unsqueeze
from tinygrad_w2v.ops import upsample_bilinear as upsample_bilinear
from tinygrad_w2v.ops import upsample_nearest as upsample_nearest
from tinygrad_w2v.ops import var as var
from tinygrad_w2v.ops import where as where
from tinygrad_w2v.ops.loss import Reduction
from tinygrad_w2v.random.distributions import SeedLike
from typing import Any
from typing import Literal
from typing import overload

abs = _absolute
acos = _arccos
acosh = _arccosh
def add(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Tensor: ...
asin = _arcsin
asinh = _arcsinh
atan = _arctan
atan2 = _arctan2
atanh = _arctanh
def cholesky(x: TensorLike) -> Tensor: ...
def cross_entropy(input: TensorLike, target: TensorLike, weight: TensorLike | None = None, size_average: bool | None = None, ignore_index: int = -100, reduce: bool | None = None, reduction: Reduction = 'mean', label_smoothing: float = 0.0) -> Tensor: ...
def ctc_loss(log_probs: TensorLike, targets: TensorLike, input_lengths: TensorLike, target_lengths: TensorLike, blank: int = 0, reduction: Reduction = 'mean', zero_infinity: bool = False) -> Tensor: ...
def div(x: TensorLike, other: TensorLike, *, rounding_mode: str | None = None) -> Tensor: ...
def dropout(x: TensorLike, p: float = 0.5, training: bool = True, inplace: bool = False, *, rng: SeedLike = None) -> Tensor: ...
def einsum(subscripts: str, *operands: Any) -> Tensor: ...
def embedding(input: TensorLike, weight: TensorLike, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Tensor: ...
def embedding_bag(input: TensorLike, weight: TensorLike, offsets: TensorLike | None = None, max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: Literal['mean', 'sum', 'max'] = 'mean', sparse: bool = False, per_sample_weights: TensorLike | None = None, include_last_offset: bool = False, padding_idx: int | None = None) -> Tensor: ...
fold = _add_columns
def grid_sample(x: TensorLike, grid: TensorLike, mode: str = 'bilinear', padding_mode: str = 'zeros', align_corners: bool | None = None) -> Tensor: ...
log_softmax = _log_softmax_along
mul = _multiply
neg = _negative
def negative_sampling(hidden: TensorLike, weight: TensorLike, target: TensorLike, negatives: TensorLike, negative_weight: float = 1.0, reduction: Reduction = 'mean') -> Tensor: ...
pad = _pad_from_last
pow = _power
def skip_gram(hidden: TensorLike, weight: TensorLike, tokens: TensorLike, left: TensorLike, right: TensorLike, negatives: TensorLike, negative_weight: float = 1.0, reduction: Literal['mean', 'sum'] = 'mean') -> Tensor: ...
softmax = _softmax_along
@overload
def stack(arrays: Sequence[TensorLike], axis: int = 0) -> Tensor: ...
@overload
def stack(input: Sequence[TensorLike], dim: int = 0) -> Tensor: ...
def sub(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Tensor: ...
transpose = _swapaxes
unfold = _columns_of_windows
upsample = _interpolate
