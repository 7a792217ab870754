"""Optimizers, which state how they treat row-sparse gradients, and learning-rate schedules."""

from tinygrad_w2v.nn.utils.clip_grad import clip_grad_norm_ as clip_grad_norm_
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_rows_ as clip_grad_rows_
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_value_ as clip_grad_value_
from tinygrad_w2v.optim.adaptive import Adagrad as Adagrad
from tinygrad_w2v.optim.adaptive import Adam as Adam
from tinygrad_w2v.optim.adaptive import Adamax as Adamax
from tinygrad_w2v.optim.adaptive import AdamW as AdamW
from tinygrad_w2v.optim.adaptive import Lion as Lion
from tinygrad_w2v.optim.adaptive import NAdam as NAdam
from tinygrad_w2v.optim.adaptive import RMSprop as RMSprop
from tinygrad_w2v.optim.adaptive import SparseAdam as SparseAdam
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer as BlockwiseOptimizer
from tinygrad_w2v.optim.lr_scheduler import CosineLR as CosineLR
from tinygrad_w2v.optim.lr_scheduler import LambdaLR as LambdaLR
from tinygrad_w2v.optim.lr_scheduler import LinearDecay as LinearDecay
from tinygrad_w2v.optim.lr_scheduler import MultiStepLR as MultiStepLR
from tinygrad_w2v.optim.lr_scheduler import OneCycleLR as OneCycleLR
from tinygrad_w2v.optim.lr_scheduler import ReduceLROnPlateau as ReduceLROnPlateau
from tinygrad_w2v.optim.lr_scheduler import Schedule as Schedule
from tinygrad_w2v.optim.lr_scheduler import SequentialLR as SequentialLR
from tinygrad_w2v.optim.lr_scheduler import StepLR as StepLR
from tinygrad_w2v.optim.optimizer import Optimizer as Optimizer
from tinygrad_w2v.optim.sgd import SGD as SGD
