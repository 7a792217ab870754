"""The training loop, its progress and its checkpoints. It knows modules, and nothing of words."""

from tinygrad_w2v.training.checkpoint import load_checkpoint, save_checkpoint
from tinygrad_w2v.training.progress import Progress
from tinygrad_w2v.training.trainer import EpochSource, Trainer, TrainingError

__all__ = [
    "EpochSource",
    "Progress",
    "Trainer",
    "TrainingError",
    "load_checkpoint",
    "save_checkpoint",
]
