"""What programs ask of ``torch.cuda``: there is no GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_w2v.absent import missing_attribute


def is_available() -> bool:
    """Return False."""
    return False


def is_initialized() -> bool:
    """Return False."""
    return False


def is_bf16_supported() -> bool:
    """Return False."""
    return False


def device_count() -> int:
    """Return 0."""
    return 0


def manual_seed(seed: int) -> None:
    """Do nothing: there is no generator of a GPU. See :func:`tinygrad_w2v.manual_seed`."""


def manual_seed_all(seed: int) -> None:
    """Do nothing, as :func:`manual_seed`."""


def synchronize(device: Any = None) -> None:
    """Do nothing: a call returns when its result is complete."""


def empty_cache() -> None:
    """Do nothing: freed memory is returned by NumPy."""


def memory_allocated(device: Any = None) -> int:
    """Return 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        raise missing_attribute(__name__, name)
