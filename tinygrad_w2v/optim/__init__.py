"""Optimizers, which state how they treat row-sparse gradients, and learning-rate schedules."""

from tinygrad_w2v.optim.adaptive import (
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    NAdam,
    RMSprop,
    SparseAdam,
)
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer
from tinygrad_w2v.optim.clipping import (
    clip_grad_norm_,
    clip_grad_rows_,
    clip_grad_value_,
    total_norm,
)
from tinygrad_w2v.optim.lr_scheduler import (
    CosineLR,
    LambdaLR,
    LinearDecay,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    Schedule,
    SequentialLR,
    StepLR,
)
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BlockwiseOptimizer",
    "CosineLR",
    "LambdaLR",
    "LinearDecay",
    "Lion",
    "MultiStepLR",
    "NAdam",
    "OneCycleLR",
    "Optimizer",
    "RMSprop",
    "ReduceLROnPlateau",
    "Schedule",
    "SequentialLR",
    "SparseAdam",
    "StepLR",
    "clip_grad_norm_",
    "clip_grad_rows_",
    "clip_grad_value_",
    "total_norm",
]
