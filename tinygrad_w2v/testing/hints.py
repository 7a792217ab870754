"""Common mistakes, recognised by the pattern of the wrong gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.testing.checked_function import integer_inputs, is_differentiable
from tinygrad_w2v.testing.comparison import Block, Comparison

_CLOSE = 1e-4  # relative difference of entries, or ratios, that are taken as equal


class Pattern:
    """The derivatives of the block that failed, as the hints see them."""

    def __init__(self, comparison: Comparison, block: Block) -> None:
        self.comparison = comparison
        self.block = block
        self.analytic, self.value = block.analytic, block.value
        least = np.maximum(np.abs(self.value), 1e-300)
        # where the finite difference is accurate
        self.resolved = np.isfinite(self.value) & (block.error < _CLOSE * least)

    @property
    def input(self) -> Array:
        """The values of the input."""
        return self.comparison.function.point[self.block.input]


def hint_for(comparison: Comparison, block: Block) -> str:
    """Return a common mistake that explains a block, or an empty string."""
    pattern = Pattern(comparison, block)
    for explain in _EXPLANATIONS:
        hint = explain(pattern)
        if hint:
            return hint
    wrong = comparison.disagrees(block)
    present = wrong | (pattern.value != 0) & (pattern.analytic != 0)
    if wrong.sum() < present.sum():
        return f"{int(wrong.sum())} of {int(present.sum())} entries are wrong, the others are right"
    return ""


def _nothing_recorded(pattern: Pattern) -> str:
    if any(map(is_differentiable, pattern.comparison.call.outputs)):
        return ""
    return (
        "the output does not require a gradient: the function left the graph, through detach(), "
        "no_grad() or plain NumPy arrays"
    )


def _ignores_cotangent(pattern: Pattern) -> str:
    comparison, number = pattern.comparison, pattern.block.input
    gradients = comparison.gradients[number]
    is_constant = len(gradients) > 1 and gradients.any() and (gradients == gradients[0]).all()
    if not is_constant:
        cotangent = comparison.rng.normal(size=comparison.center.size)
        first = comparison.call.gradients(cotangent)[number]
        second = comparison.call.gradients(-3 * cotangent)[number]
        is_constant = first.any() and np.array_equal(first, second)
    return "the gradient is the same for every g: the rule does not use g" if is_constant else ""


def _zero(pattern: Pattern) -> str:
    if not pattern.analytic.any() and pattern.value[pattern.resolved].any():
        return "the gradient is 0 everywhere: the rule drops it, or the function detaches"
    return ""


def _ratio(pattern: Pattern) -> str:
    analytic, value = pattern.analytic, pattern.value
    seen = pattern.resolved & (value != 0)
    if seen.sum() < 1 or (analytic[~seen] != 0).sum() > analytic.size // 2:
        return ""
    ratios = analytic[seen] / value[seen]
    ratio = float(np.median(ratios))
    if not np.allclose(ratios, ratio, rtol=_CLOSE, atol=0.0) or ratio == 0.0:
        return ""
    if seen.sum() == 1 and abs(abs(ratio) - round(abs(ratio))) > _CLOSE:
        return ""
    rest = np.abs(analytic / ratio - value) - 10 * pattern.block.error
    if abs(ratio - 1) < pattern.comparison.rtol or (rest > 1e-3 * np.abs(value)).any():
        return ""  # the factor explains nothing, or not every entry
    if abs(ratio + 1) < _CLOSE:
        return "every entry has the wrong sign"
    sign = "has a wrong sign and is " if ratio < 0 else "is "
    size = abs(ratio)
    for count in _sizes(pattern):
        if abs(size - count) < _CLOSE * count:
            return f"every entry {sign}{count} times too large: a division by {count} is missing"
        if abs(size * count - 1) < _CLOSE:
            return f"every entry {sign}{count} times too small: one division by {count} too many"
    if abs(size - 1) < 0.05:
        return f"every entry {sign}off by the same {abs(size - 1) * 100:.3g} %: a wrong constant"
    how = f"{size:.4g} times too large" if size > 1 else f"{1 / size:.4g} times too small"
    return f"every entry {sign}{how}: a factor of {1 / size:.4g} is missing"


def _sizes(pattern: Pattern) -> list[int]:
    """Return the lengths of axes and the sizes of inputs that may be a divisor."""
    call, point = pattern.comparison.call, pattern.comparison.function.point
    lengths = {n for shape in (*call.shapes, *[a.shape for a in point]) for n in shape}
    return sorted(n for n in lengths | {a.size for a in point} if n > 2)


def _transposed(pattern: Pattern) -> str:
    shape = pattern.input.shape
    if not pattern.block.is_full or len(shape) < 2 or shape[-1] == 1:
        return ""
    expected = np.swapaxes(pattern.value.reshape(-1, *shape), -1, -2)
    if np.allclose(pattern.analytic.reshape(expected.shape), expected, rtol=1e-5, atol=1e-12):
        return "the entries are right but in transposed places: a transpose is missing"
    return ""


def _missing_part(pattern: Pattern) -> str:
    value, analytic, comparison = pattern.value, pattern.analytic, pattern.comparison
    scale = np.max(np.abs(value[np.isfinite(value)]), initial=0.0)
    present = np.abs(value) > 1e-9 * scale
    missing = present & (analytic == 0)
    right = present & ~missing
    if not comparison.has_all_rows or not missing.any() or not right.any():
        return ""
    if not np.allclose(analytic[right], value[right], rtol=_CLOSE, atol=0.0):
        return ""
    if _selects_repeatedly(pattern, missing.any(axis=0)):
        return (
            "part of the gradient of repeated indices is missing: gradients of equal indices must "
            "be added (np.add.at, or a RowSparse); an assignment keeps only the last"
        )
    if any(_is_broadcast(pattern.input.shape, shape) for shape in comparison.call.shapes):
        return (
            "the gradient of part of the output is missing: the gradient of an input that was "
            "broadcast is the sum over the broadcast axes"
        )
    return f"{int(missing.sum())} entries are 0 but should not be, the others are right"


def _selects_repeatedly(pattern: Pattern, places: Array) -> bool:
    """Whether the places of the input lie in rows, along some axis, that an index selects twice."""
    where = np.unravel_index(np.flatnonzero(places), pattern.input.shape)
    for indices in integer_inputs(pattern.comparison.function):
        values, counts = np.unique(indices, return_counts=True)
        repeated = values[counts > 1]
        for size, found in zip(pattern.input.shape, where, strict=True):
            if np.isin(found, repeated % size).all():
                return True
    return False


def _is_broadcast(shape: Shape, result: Shape) -> bool:
    """Whether an array of this shape is repeated when broadcast to a result."""
    padded = (1,) * (len(result) - len(shape)) + shape
    return (
        len(shape) <= len(result)
        and all(a in (1, b) for a, b in zip(padded, result, strict=True))
        and math.prod(shape) < math.prod(result)
    )


_EXPLANATIONS: Sequence[Callable[[Pattern], str]] = (
    _nothing_recorded,
    _ignores_cotangent,
    _zero,
    _ratio,
    _transposed,
    _missing_part,
)
