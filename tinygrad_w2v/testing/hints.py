"""Common slips, recognised by the pattern of the wrong gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.subject import integer_inputs

if TYPE_CHECKING:
    from tinygrad_w2v.testing.compare import Block, Comparison


def hint_for(comparison: Comparison, block: Block, row: int, place: int) -> str:
    """Return what a common slip would explain about a block, or an empty string."""
    analytic, value, error = block.analytic, block.value, block.error
    seen = np.isfinite(value) & (error < 1e-4 * np.maximum(np.abs(value), 1e-300))
    tests = (_nothing_recorded, _ignores_cotangent, _zero, _ratio, _transposed, _missing_part)
    for test in tests:
        hint = test(comparison, block, analytic, value, seen)
        if hint:
            return hint
    wrong = comparison.disagrees(block)
    present = wrong | (value != 0) & (analytic != 0)
    if wrong.sum() < present.sum():
        return f"{int(wrong.sum())} of {int(present.sum())} entries are wrong, the others are right"
    return ""


def _nothing_recorded(
    comparison: Comparison, block: Block, analytic: Array, value: Array, seen: Array
) -> str:
    if any(getattr(output, "requires_grad", False) for output in comparison.run.outputs):
        return ""
    return (
        "the output does not require a gradient: the function left the graph, through detach(), "
        "no_grad() or plain NumPy arrays"
    )


def _ignores_cotangent(
    comparison: Comparison, block: Block, analytic: Array, value: Array, seen: Array
) -> str:
    gradients = comparison.gradients[block.input]
    if len(gradients) > 1 and gradients.any() and (gradients == gradients[0]).all():
        return "the gradient is the same whatever comes in: the rule does not use g"
    cotangent = comparison.rng.normal(size=comparison.center.size)
    first = comparison.run.gradients(cotangent)[block.input]
    second = comparison.run.gradients(-3 * cotangent)[block.input]
    if first.any() and np.array_equal(first, second):
        return "the gradient is the same whatever comes in: the rule does not use g"
    return ""


def _zero(comparison: Comparison, block: Block, analytic: Array, value: Array, seen: Array) -> str:
    if not analytic.any() and (np.abs(value[seen]) > 0).any():
        return "the gradient is 0 everywhere: the rule drops it, or the function detaches"
    return ""


def _ratio(comparison: Comparison, block: Block, analytic: Array, value: Array, seen: Array) -> str:
    seen = seen & (value != 0)
    if seen.sum() < 1 or (analytic[~seen] != 0).sum() > analytic.size // 2:
        return ""
    ratios = analytic[seen] / value[seen]
    ratio = float(np.median(ratios))
    if not np.allclose(ratios, ratio, rtol=1e-4, atol=0.0) or ratio == 0.0:
        return ""
    if seen.sum() == 1 and abs(abs(ratio) - round(abs(ratio))) > 1e-4:
        return ""
    if abs(ratio + 1) < 1e-4:
        return "every entry has the wrong sign"
    sign = "a wrong sign and " if ratio < 0 else ""
    size = abs(ratio)
    sizes = sorted(
        {n for s in comparison.run.shapes for n in s}
        | {n for a in comparison.subject.point for n in a.shape}
        | {a.size for a in comparison.subject.point}
    )
    for count in sizes:
        if count > 2 and abs(size - count) < 1e-4 * count:
            return f"every entry is {sign}{count} times too large: a division by {count} is missing"
        if count > 2 and abs(size * count - 1) < 1e-4:
            return (
                f"every entry is {sign}{count} times too small: divided by {count} once too often"
            )
    if abs(size - 1) < 0.05:
        return f"every entry is {sign}off by the same {abs(size - 1) * 100:.3g} %: a wrong constant"
    how = f"{size:.4g} times too large" if size > 1 else f"{1 / size:.4g} times too small"
    return f"every entry is {sign}{how}: a factor of {1 / size:.4g} is missing"


def _transposed(
    comparison: Comparison, block: Block, analytic: Array, value: Array, seen: Array
) -> str:
    shape = comparison.subject.point[block.input].shape
    if not block.is_full or len(shape) < 2 or shape[-1] == 1:
        return ""
    if shape[-1] == shape[-2]:
        turned = np.swapaxes(value.reshape(-1, *shape), -1, -2)
    else:
        other = (*shape[:-2], shape[-1], shape[-2])
        turned = np.swapaxes(value.reshape(-1, *shape), -1, -2)
        analytic = analytic.reshape(-1, *other)
    if np.allclose(analytic.reshape(turned.shape), turned, rtol=1e-5, atol=1e-12):
        return "the entries are right but in transposed places: a transpose is missing"
    return ""


def _missing_part(
    comparison: Comparison, block: Block, analytic: Array, value: Array, seen: Array
) -> str:
    scale = np.max(np.abs(value[np.isfinite(value)]), initial=0.0)
    present = np.abs(value) > 1e-9 * scale
    missing = present & (analytic == 0)
    kept = present & ~missing
    if not comparison.has_all_rows or not missing.any() or not kept.any():
        return ""
    if not np.allclose(analytic[kept], value[kept], rtol=1e-4, atol=0.0):
        return ""
    if any(array.size > np.unique(array).size for array in integer_inputs(comparison.subject)):
        return (
            "some of what belongs to repeated indices is missing: gradients of equal indices must "
            "add up (np.add.at, or a RowSparse), an assignment keeps only the last"
        )
    largest = max((int(np.prod(shape)) for shape in comparison.run.shapes), default=0)
    if comparison.subject.point[block.input].size < largest:
        return (
            "the gradient of part of the output is missing: an input that was broadcast gets the "
            "sum over the broadcast axes"
        )
    return f"{int(missing.sum())} entries are 0 that should not be, the others are right"
