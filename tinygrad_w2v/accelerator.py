"""What programs ask of ``torch.accelerator``: there is none."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.cuda import device_count as device_count
from tinygrad_w2v.cuda import is_available as is_available
from tinygrad_w2v.cuda import synchronize as synchronize


def current_accelerator(check_available: bool = False) -> Any:
    """Return None."""
    return None
