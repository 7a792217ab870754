"""The argument `out` of PyTorch's functions: a Tensor into which a result is written."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.engine.grad_mode import MODE


def write_out(out: Any, result: Any) -> Any:
    """Write a result into `out` and return it; for several results, into a tuple of Tensors.

    `out` takes the shape of the result and keeps its dtype.

    Raises
    ------
    RuntimeError
        If a gradient flows to the result or to `out`, which would be lost.
    """
    if isinstance(out, tuple | list):
        return tuple(write_out(*pair) for pair in zip(out, result, strict=True))
    if MODE.enabled and (out.requires_grad or getattr(result, "requires_grad", False)):
        raise RuntimeError(
            "out=...: the result requires a gradient, which a tensor that is written into does not "
            "record: leave out= away, or call the function under no_grad()"
        )
    values = getattr(result, "_data", result)
    if out.shape == values.shape:
        out._data[...] = values
    else:
        out._data = values.astype(out.dtype)
    out.bump_version()
    return out
