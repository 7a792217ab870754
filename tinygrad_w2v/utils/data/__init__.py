"""Data sets, samplers and DataLoader, under PyTorch's path; see :mod:`tinygrad_w2v.data`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.data import *  # noqa: F403
from tinygrad_w2v.utils.data import dataloader as dataloader
from tinygrad_w2v.utils.data import dataset as dataset
from tinygrad_w2v.utils.data import sampler as sampler

if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        raise missing_attribute(__name__, name)
