"""Samplers, under PyTorch's path."""

from tinygrad_w2v.data.sampler import *  # noqa: F403
