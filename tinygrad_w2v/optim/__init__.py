"""Optimizers and learning-rate schedules. Each says how it treats a row-sparse gradient."""

from tinygrad_w2v.optim.adagrad import Adagrad
from tinygrad_w2v.optim.adam import Adam, AdamW, SparseAdam
from tinygrad_w2v.optim.adam_variants import Adamax, NAdam
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer
from tinygrad_w2v.optim.clipping import (
    clip_grad_norm_,
    clip_grad_rows_,
    clip_grad_value_,
    total_norm,
)
from tinygrad_w2v.optim.lion import Lion
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.optim.rmsprop import RMSprop
from tinygrad_w2v.optim.schedule import LinearDecay, Schedule
from tinygrad_w2v.optim.sgd import SGD
from tinygrad_w2v.optim.step_schedules import (
    CosineLR,
    LambdaLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

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
