"""What can be wrong with a file of vectors: one function for each fault that both formats share."""

from __future__ import annotations

from tinygrad_w2v.errors import InputError

_SHOWN = 40


def excerpt(raw: bytes) -> str:
    """Return the beginning of `raw` as a quoted string that is safe to print."""
    text = raw[:_SHOWN].decode("utf-8", errors="replace").rstrip("\r\n")
    return repr(text) + ("..." if len(raw) > _SHOWN else "")


def truncated(source: str, shape: tuple[int, int], number: int) -> InputError:
    """Return the error for a file that ends before or inside its vector `number`, from 1."""
    count, dim = shape
    return InputError(
        f"{source} is truncated: the header promises {count:,} vectors of {dim}, "
        f"the file ends in number {number:,}; train or copy it again"
    )


def surplus(source: str, shape: tuple[int, int], rest: bytes) -> InputError:
    """Return the error for a file that goes on after its last vector."""
    return InputError(
        f"{source} goes on after the {shape[0]:,} vectors of {shape[1]} that its header promises, "
        f"with {excerpt(rest)}; correct the header, or copy the file again"
    )
