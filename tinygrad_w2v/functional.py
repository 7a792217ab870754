"""PyTorch's ``torch.functional``, and the functions of :mod:`autograd.functional`."""

from typing import TYPE_CHECKING

from tinygrad_w2v.autograd.functional import hessian as hessian
from tinygrad_w2v.autograd.functional import hvp as hvp
from tinygrad_w2v.autograd.functional import jacobian as jacobian
from tinygrad_w2v.autograd.functional import jvp as jvp
from tinygrad_w2v.autograd.functional import vjp as vjp
from tinygrad_w2v.engine.surfaces import SURFACES

if TYPE_CHECKING:
    from tinygrad_w2v._functions import *  # noqa: F403

_NAMES = (
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors "
    "cartesian_prod cdist chain_matmul einsum meshgrid norm split tensordot unique "
    "unique_consecutive unravel_index"
)
globals().update({name: SURFACES["tg"][name] for name in _NAMES.split()})
