"""Recomputation in the backward pass, with PyTorch's path and arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_w2v.autograd.checkpoint import checkpoint as _checkpoint
from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.random import default_generator


def checkpoint(
    function: Callable[..., Tensor],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Tensor:
    """Return ``function(*args, **kwargs)`` without saving its intermediate values.

    See :func:`tinygrad_w2v.checkpoint`.

    Parameters
    ----------
    function, args, kwargs
        The function and its arguments.
    use_reentrant
        Ignored; accepted for PyTorch's signature.
    preserve_rng_state
        Whether the function draws the same numbers from the default generator when the backward
        pass calls it again, as dropout must.
    """
    state = default_generator.get_state() if preserve_rng_state else None
    is_again = False

    def run(*inputs: Any) -> Tensor:
        nonlocal is_again
        if state is None or not is_again:
            is_again = True
            return function(*inputs, **kwargs)
        current = default_generator.get_state()
        default_generator.set_state(state)
        try:
            return function(*inputs, **kwargs)
        finally:
            default_generator.set_state(current)

    return _checkpoint(run, *args)
