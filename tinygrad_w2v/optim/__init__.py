"""Optimizers and learning-rate schedules. Each says how it treats a row-sparse gradient."""

from tinygrad_w2v.optim.adam import Adam
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.optim.schedule import LinearDecay
from tinygrad_w2v.optim.sgd import SGD

__all__ = ["SGD", "Adam", "LinearDecay", "Optimizer"]
