"""Data sets, samplers and DataLoader, under PyTorch's path; see :mod:`tinygrad_w2v.data`."""

from tinygrad_w2v.data import *  # noqa: F403
from tinygrad_w2v.utils.data import dataloader as dataloader
from tinygrad_w2v.utils.data import dataset as dataset
from tinygrad_w2v.utils.data import sampler as sampler
