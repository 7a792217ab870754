"""Data sets, under PyTorch's path."""

from tinygrad_w2v.data.dataset import *  # noqa: F403
