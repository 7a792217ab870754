"""Learning-rate schedulers, under the names of ``torch.optim.lr_scheduler``."""

from tinygrad_w2v.optim.lr_scheduler.combined import ChainedScheduler as ChainedScheduler
from tinygrad_w2v.optim.lr_scheduler.combined import SequentialLR as SequentialLR
from tinygrad_w2v.optim.lr_scheduler.cycle import CosineAnnealingLR as CosineAnnealingLR
from tinygrad_w2v.optim.lr_scheduler.cycle import (
    CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts,
)
from tinygrad_w2v.optim.lr_scheduler.cycle import CosineLR as CosineLR
from tinygrad_w2v.optim.lr_scheduler.cycle import CyclicLR as CyclicLR
from tinygrad_w2v.optim.lr_scheduler.cycle import OneCycleLR as OneCycleLR
from tinygrad_w2v.optim.lr_scheduler.decay import ConstantLR as ConstantLR
from tinygrad_w2v.optim.lr_scheduler.decay import ExponentialLR as ExponentialLR
from tinygrad_w2v.optim.lr_scheduler.decay import LambdaLR as LambdaLR
from tinygrad_w2v.optim.lr_scheduler.decay import LinearLR as LinearLR
from tinygrad_w2v.optim.lr_scheduler.decay import MultiplicativeLR as MultiplicativeLR
from tinygrad_w2v.optim.lr_scheduler.decay import MultiStepLR as MultiStepLR
from tinygrad_w2v.optim.lr_scheduler.decay import PolynomialLR as PolynomialLR
from tinygrad_w2v.optim.lr_scheduler.decay import ReduceLROnPlateau as ReduceLROnPlateau
from tinygrad_w2v.optim.lr_scheduler.decay import StepLR as StepLR
from tinygrad_w2v.optim.lr_scheduler.scheduler import LinearDecay as LinearDecay
from tinygrad_w2v.optim.lr_scheduler.scheduler import LRScheduler as LRScheduler

_LRScheduler = LRScheduler
