"""The errors in files of vectors that both formats report."""

from __future__ import annotations

from tinygrad_w2v.errors import InputError

_SHOWN = 40


def excerpt(raw: bytes) -> str:
    """Return the beginning of `raw` as a quoted, printable string."""
    text = raw[:_SHOWN].decode("utf-8", errors="replace").rstrip("\r\n")
    return repr(text) + ("..." if len(raw) > _SHOWN else "")


def truncated(source: str, shape: tuple[int, int], number: int) -> InputError:
    """Return the error for a file that ends before or inside its vector `number`, from 1."""
    count, dim = shape
    return InputError(
        f"{source} is truncated: the header states {count:,} vectors of {dim}, "
        f"the file ends in vector {number:,}; train or copy it again"
    )


def surplus(source: str, shape: tuple[int, int], rest: bytes) -> InputError:
    """Return the error for a file that continues after its last vector."""
    return InputError(
        f"{source} continues after the {shape[0]:,} vectors of {shape[1]} of its header, "
        f"with {excerpt(rest)}; correct the header, or copy the file again"
    )
