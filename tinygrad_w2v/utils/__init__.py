"""PyTorch's ``torch.utils``: names of functions that are defined elsewhere in this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.utils import checkpoint as checkpoint
from tinygrad_w2v.utils import data as data

if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        raise missing_attribute(__name__, name)
