"""The training loop, its progress and its checkpoints, for any module and optimizer."""

from tinygrad_w2v.training.checkpoint import load_checkpoint, save_checkpoint
from tinygrad_w2v.training.loop import EpochSource, Progress, TrainingError
from tinygrad_w2v.training.trainer import Trainer

__all__ = [
    "EpochSource",
    "Progress",
    "Trainer",
    "TrainingError",
    "load_checkpoint",
    "save_checkpoint",
]
