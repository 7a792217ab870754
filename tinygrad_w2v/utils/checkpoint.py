"""Recomputation in the backward pass, under PyTorch's path."""

from tinygrad_w2v.autograd.checkpoint import checkpoint as checkpoint
