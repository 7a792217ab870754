"""The training loop, its progress and its checkpoints, for any module and optimizer."""

from tinygrad_w2v.training.callbacks import Callback as Callback
from tinygrad_w2v.training.checkpoint import load_checkpoint as load_checkpoint
from tinygrad_w2v.training.checkpoint import save_checkpoint as save_checkpoint
from tinygrad_w2v.training.loop import EpochSource as EpochSource
from tinygrad_w2v.training.loop import Progress as Progress
from tinygrad_w2v.training.loop import TrainingError as TrainingError
from tinygrad_w2v.training.trainer import Trainer as Trainer
