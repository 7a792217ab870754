"""Padding by PyTorch's flat list of widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops import joining
from tinygrad_w2v.ops.indexing import at, getitem

_MODES: dict[str, joining.PadMode] = {
    "constant": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}


@named("F.pad")
def pad_from_last(
    x: TensorLike, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Any:
    """Pad an array by PyTorch's flat list of widths, which begins at the last axis.

    Parameters
    ----------
    pad
        ``(before, after)`` of the last axis, then of the axis before it, and so on; the other
        axes are not padded. Negative widths cut values off.
    mode
        ``"constant"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
    value
        The constant; 0 by default.

    Examples
    --------
    >>> import numpy as np
    >>> pad_from_last(np.array([[1, 2]]), (1, 1, 0, 1))
    array([[0, 1, 2, 0],
           [0, 0, 0, 0]])
    """
    array: Any = operand(x)
    widths = [int(width) for width in pad]
    if len(widths) % 2 or len(widths) > 2 * array.ndim:
        raise ValueError(
            f"pad: widths {tuple(widths)} for shape {array.shape}: give two numbers for each of "
            f"the last axes"
        )
    if mode not in _MODES:
        raise ValueError(f"pad: mode is {mode!r}: use {', '.join(map(repr, _MODES))}")
    pairs = list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    _check_reach(mode, pairs, array.shape)
    if mode == "replicate":
        return _replicated(array, pairs)
    if min(widths, default=0) < 0:
        sizes = array.shape[-len(pairs) :]
        if any(max(-a, 0) + max(-b, 0) > n for (a, b), n in zip(pairs, sizes, strict=True)):
            raise ValueError(
                f"pad: widths {tuple(widths)} cut more values off than shape {array.shape} has"
            )
        cut: Any = (
            ...,
            *(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, sizes, strict=True)),
        )
        array = array[cut]
        pairs = [(max(before, 0), max(after, 0)) for before, after in pairs]
    all_pairs = [(0, 0)] * (array.ndim - len(pairs)) + pairs
    return joining.pad(array, all_pairs, _MODES[mode], 0.0 if value is None else value)


def _replicated(x: Any, pairs: list[tuple[int, int]]) -> Any:
    """Repeat the edge values of the last axes; negative widths cut values off."""
    for axis, (before, after) in enumerate(pairs, start=x.ndim - len(pairs)):
        if before or after:
            size = x.shape[axis]
            places = np.arange(-before, size + after).clip(0, size - 1)
            x = getitem(x, index=at(axis, x, places))
    return x


def _check_reach(mode: str, pairs: list[tuple[int, int]], shape: tuple[int, ...]) -> None:
    """Raise ValueError if values are mirrored or repeated that the axis does not have."""
    for pair, size in zip(pairs, shape[len(shape) - len(pairs) :], strict=True):
        most = {"reflect": size - 1, "circular": size}.get(mode, np.inf)
        if max(pair) > most:
            raise ValueError(
                f"pad: widths {pair} of an axis of size {size}: mode {mode!r} takes at most "
                f"{max(most, 0)}"
            )
