"""Windows of the last axes: extracted, and added up again.

``sliding_windows`` and ``add_windows`` are each other's gradient. Convolution and pooling are made
of them.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.in_place import with_inplace
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.ops.joining import pad_constant
from tinygrad_w2v.ops.samples import normal

Sizes: TypeAlias = tuple[int, ...]
"""One integer per spatial axis."""
Setting: TypeAlias = int | Sequence[int]
"""One integer per spatial axis, or one for all."""


def per_axis(name: str, setting: str, value: Setting, axes: int, least: int) -> Sizes:
    """Return one value per spatial axis, from an integer or a sequence; none below `least`."""
    if isinstance(value, int | np.integer):
        sizes = (int(value),) * axes
    else:
        sizes = tuple(map(int, value)) * (axes if len(value) == 1 else 1)
    if len(sizes) != axes or min(sizes) < least:
        raise ValueError(
            f"{name}: {setting} is {value}: pass an integer of at least {least}, or {axes} of them"
        )
    return sizes


def over_axes(names: str, *counts: int) -> Callable[[Callable[..., Any]], tuple[Any, ...]]:
    """Turn ``_convnd(axes, ...)`` into ``conv1d(...)``, ``conv2d(...)``, ... under their `names`.

    Parameters
    ----------
    names
        Surfaces; see :func:`named`.
    counts
        Numbers of spatial axes. In the docstring ``*spatial`` is replaced by their names.
    """

    def make(function: Callable[..., Any], axes: int) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            return function(axes, *args, **options)

        call.__name__ = call.__qualname__ = function.__name__.strip("_").replace(
            "nd", f"{axes}d", 1
        )
        call.__module__ = function.__module__
        letters = ", ".join("DHW"[-axes:]) if axes > 1 else "L"
        call.__doc__ = (function.__doc__ or "").replace("*spatial", letters)
        call.__annotations__ = {k: v for k, v in function.__annotations__.items() if k != "axes"}
        _, *parameters = inspect.signature(function).parameters.values()
        call.__signature__ = inspect.Signature(parameters, return_annotation="Any")  # type: ignore[attr-defined]
        takes_inplace = any(parameter.name == "inplace" for parameter in parameters)
        return named(names)(with_inplace(call) if takes_inplace else call)

    return lambda function: tuple(make(function, axes) for axes in counts)


def padded(x: Any, padding: Sequence[int | tuple[int, int]], value: float = 0.0) -> Any:
    """Pad the last axes, each by a width for both sides or by (before, after)."""
    pairs = [(p, p) if isinstance(p, int) else p for p in padding]
    if not any(map(any, pairs)):
        return x
    return pad_constant(x, widths=((0, 0),) * (x.ndim - len(pairs)) + tuple(pairs), value=value)


def batched(name: str, axes: int, x: Any) -> tuple[Any, bool]:
    """Return (N, C, *spatial) of an input that may lack the batch axis, and whether it does."""
    if x.ndim not in (axes + 1, axes + 2):
        raise ValueError(
            f"{name}: x has shape {tuple(x.shape)}: it must have {axes + 1} or {axes + 2} axes, "
            f"(N, C, {', '.join('DHW'[-axes:]) if axes > 1 else 'L'}) with or without N"
        )
    is_single = x.ndim == axes + 1
    return (np.expand_dims(x, 0) if is_single else x), is_single


# Shapes of the input and of the windows; kernel, stride, dilation.
_CALLS: list[tuple[Shape, ...]] = [
    ((2, 5), (2, 3, 3), (3,), (1,), (1,)),
    ((7,), (2, 2), (2,), (2,), (3,)),
    ((4, 5), (2, 1, 2, 3), (2, 3), (2, 1), (1, 2)),
    ((0, 3), (0, 2, 2), (2,), (1,), (1,)),
]
_WITH_ROOM: Shape = (2, 7)  # for one more window than are added


@op(samples=normal(*([x, {"kernel": k, "stride": s, "dilation": d}] for x, _, k, s, d in _CALLS)))
def sliding_windows(x: Array, *, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """Extract all windows of `x`, (..., *spatial), as a view, (..., *positions, *kernel).

    For each spatial axis `kernel` is the window's size, `stride` its step, and `dilation` the step
    inside it.
    """
    axes = len(kernel)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    spatial = np.shape(x)[np.ndim(x) - axes :]
    if any(size < span for size, span in zip(spatial, spans, strict=True)):
        raise ValueError(
            f"sliding_windows: windows of {spans} (kernel {kernel}, dilation {dilation}) do not "
            f"fit into {spatial}, padding included"
        )
    windows = np.lib.stride_tricks.sliding_window_view(x, spans, axis=tuple(range(-axes, 0)))
    steps: Any = (..., *(slice(None, None, s) for s in (*stride, *dilation)))
    return np.asarray(windows[steps])


@sliding_windows.backward("x")
def _unfold_rule(g: Any, shapes: Any, stride: Sizes, dilation: Sizes) -> Any:
    return add_windows(g, shape=shapes.x, stride=stride, dilation=dilation)


@op(
    samples=normal(
        *([windows, {"shape": x, "stride": s, "dilation": d}] for x, windows, _, s, d in _CALLS),
        [(2, 2, 3), {"shape": _WITH_ROOM, "stride": (2,), "dilation": (1,)}],
    ),
)
def add_windows(windows: Array, *, shape: Shape, stride: Sizes, dilation: Sizes) -> Array:
    """Add up windows at the positions they come from: the adjoint of :func:`sliding_windows`."""
    out = np.zeros(shape, windows.dtype)
    axes = len(stride)
    positions = windows.shape[windows.ndim - 2 * axes : windows.ndim - axes]
    for offset in itertools.product(*map(range, windows.shape[windows.ndim - axes :])):
        places = (
            slice(i * d, i * d + s * (n - 1) + 1, s)
            for i, d, s, n in zip(offset, dilation, stride, positions, strict=True)
        )
        target: Any = (..., *places)
        source: Any = (..., *offset)
        out[target] += windows[source]
    return out


@add_windows.backward("windows")
def _windows_at_positions(g: Any, shapes: Any, stride: Sizes, dilation: Sizes) -> Any:
    axes = len(stride)
    wanted = shapes.windows
    windows = sliding_windows(g, kernel=wanted[-axes:], stride=stride, dilation=dilation)
    # The array may have room for more windows than were added.
    positions = tuple(slice(count) for count in wanted[-2 * axes : -axes])
    inner: Any = (..., *positions, *(slice(None),) * axes)
    return windows[inner]
