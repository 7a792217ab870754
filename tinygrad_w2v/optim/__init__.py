"""Optimizers, which state how they treat row-sparse gradients, and learning-rate schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_norm_ as clip_grad_norm_
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_rows_ as clip_grad_rows_
from tinygrad_w2v.nn.utils.clip_grad import clip_grad_value_ as clip_grad_value_
from tinygrad_w2v.optim import lr_scheduler as lr_scheduler
from tinygrad_w2v.optim import swa_utils as swa_utils
from tinygrad_w2v.optim.adafactor import Adafactor as Adafactor
from tinygrad_w2v.optim.adam import Adam as Adam
from tinygrad_w2v.optim.adam import Adamax as Adamax
from tinygrad_w2v.optim.adam import AdamW as AdamW
from tinygrad_w2v.optim.adam import NAdam as NAdam
from tinygrad_w2v.optim.adam import RAdam as RAdam
from tinygrad_w2v.optim.adam import SparseAdam as SparseAdam
from tinygrad_w2v.optim.adaptive import Adadelta as Adadelta
from tinygrad_w2v.optim.adaptive import Adagrad as Adagrad
from tinygrad_w2v.optim.adaptive import RMSprop as RMSprop
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer as BlockwiseOptimizer
from tinygrad_w2v.optim.lbfgs import LBFGS as LBFGS
from tinygrad_w2v.optim.lr_scheduler import CosineLR as CosineLR
from tinygrad_w2v.optim.lr_scheduler import LinearDecay as LinearDecay
from tinygrad_w2v.optim.optimizer import Optimizer as Optimizer
from tinygrad_w2v.optim.sgd import ASGD as ASGD
from tinygrad_w2v.optim.sgd import SGD as SGD
from tinygrad_w2v.optim.sign import Lion as Lion
from tinygrad_w2v.optim.sign import Rprop as Rprop

if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        raise missing_attribute(__name__, name)
