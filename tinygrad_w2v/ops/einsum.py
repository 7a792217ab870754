"""Einstein summation: products of any number of arrays, summed over shared labels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.ops.samples import normal

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LARGE = 4096  # values; above, optimizing the order of contraction and using BLAS is faster


class Labels(NamedTuple):
    """Expanded subscripts: one letter for each axis of each operand and of the result."""

    operands: tuple[str, ...]
    out: str


def labels_of(subscripts: str, shapes: tuple[Shape, ...]) -> Labels:
    """Expand subscripts: replace each ellipsis by letters, and add the result if it is implicit.

    Examples
    --------
    >>> labels_of("...i,i", ((2, 3), (3,)))
    Labels(operands=('ai', 'i'), out='a')
    """
    given, arrow, out = subscripts.replace(" ", "").partition("->")
    operands = given.split(",")
    if len(operands) != len(shapes):
        raise ValueError(
            f"einsum: '{subscripts}' names {len(operands)} operands, {len(shapes)} are given"
        )
    depths = [_ellipsis_depth(subscripts, *pair) for pair in zip(operands, shapes, strict=True)]
    free = [letter for letter in _LETTERS if letter not in subscripts]
    batch = "".join(free[: max(depths, default=0)])
    expanded = tuple(
        operand.replace("...", batch[len(batch) - depth :] if depth else "")
        for operand, depth in zip(operands, depths, strict=True)
    )
    if arrow:
        return Labels(expanded, out.replace("...", batch))
    letters = given.replace("...", "").replace(",", "")
    once = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    return Labels(expanded, batch + once)


def _ellipsis_depth(subscripts: str, labels: str, shape: Shape) -> int:
    """Return the number of axes that the ellipsis of an operand represents."""
    named = len(labels.replace("...", ""))
    if named > len(shape) or ("..." not in labels and named < len(shape)):
        raise ValueError(
            f"einsum: '{subscripts}': labels '{labels}' for an operand of shape {shape}: one "
            f"label is needed for each axis"
        )
    return len(shape) - named


_CALLS: list[tuple[Any, ...]] = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iij,j->i", (2, 2, 3), (3,)),
    ("ij,kl->il", (2, 3), (2, 4)),
    ("...ij,...jk->...ik", (5, 2, 3), (1, 3, 2)),
    ("i...,i...", (2, 3), (2, 3)),
    ("...,...->...", (2, 3), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    ("i,i->", (0,), (0,)),
    (",->", (), ()),
]


@op(
    name="einsum",
    broadcasts=True,
    promotes="operands",
    samples=normal(*([*shapes, {"subscripts": subscripts}] for subscripts, *shapes in _CALLS)),
)
def einsum_op(*operands: Array, subscripts: str) -> Any:
    """Sum of the products of the operands over labelled axes, as ``numpy.einsum``.

    A label may repeat within an operand (its diagonal) or be summed over, and an ellipsis may
    represent any number of axes.
    """
    shapes = tuple(np.shape(operand) for operand in operands)
    labels = labels_of(subscripts, shapes)
    _sizes("einsum", subscripts, labels, shapes)
    is_large = len(operands) > 2 or sum(np.size(operand) for operand in operands) > _LARGE
    return np.einsum(subscripts, *operands, optimize=is_large and len(operands) > 1)


@einsum_op.backward("operands")
def _gradients(
    g: Any, needs: tuple[bool, ...], shapes: tuple[Shape, ...], operands: Any, subscripts: str
) -> list[Any]:
    labels = labels_of(subscripts, shapes)
    sizes = _sizes("einsum", subscripts, labels, shapes)
    return [
        _gradient(g, position, labels, sizes, operands) if is_wanted else None
        for position, is_wanted in enumerate(needs)
    ]


def _gradient(g: Any, position: int, labels: Labels, sizes: dict[str, int], operands: Any) -> Any:
    """Return the gradient of one operand: an einsum of the cotangent with the other operands.

    A label that only this operand has was summed over or broadcast: the gradient is constant along
    it, so ones are a factor. A repeated label took a diagonal: the gradient is zero off it, so the
    identity matrix is a factor.
    """
    others = [i for i in range(len(operands)) if i != position]
    factors = [g, *(operands[i] for i in others)]
    factor_labels = [labels.out, *(labels.operands[i] for i in others)]
    free = iter(letter for letter in _LETTERS if letter not in sizes)
    present = {
        letter
        for letters, factor in zip(factor_labels, factors, strict=True)
        for letter, size in zip(letters, np.shape(factor), strict=True)
        if size == sizes[letter]  # not 1, which broadcasts
    }
    result = ""
    for letter in labels.operands[position]:
        if letter in result:
            fresh = next(free)
            factors.append(np.eye(sizes[letter], dtype=g.dtype))
            factor_labels.append(letter + fresh)
            letter = fresh
        elif letter not in present:
            factors.append(np.ones(sizes[letter], dtype=g.dtype))
            factor_labels.append(letter)
        result += letter
    return np.einsum(f"{','.join(factor_labels)}->{result}", *factors)


def _sizes(name: str, subscripts: str, labels: Labels, shapes: tuple[Shape, ...]) -> dict[str, int]:
    """Return the size of each label; an axis of size 1 broadcasts."""
    sizes: dict[str, int] = {}
    for letters, shape in zip(labels.operands, shapes, strict=True):
        for letter, size in zip(letters, shape, strict=True):
            known = sizes.get(letter, 1)
            if size not in (1, known) and known != 1:
                raise ValueError(
                    f"{name}: '{subscripts}' on shapes {' and '.join(map(str, shapes))}: label "
                    f"'{letter}' has sizes {known} and {size}"
                )
            sizes[letter] = known if size == 1 else size
    return sizes


@named("tg F")
def einsum(subscripts: str, *operands: Any) -> Any:
    """Sum of the products of the operands over labelled axes, as ``numpy.einsum``.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> einsum("ii->", x).backward()
    >>> x.grad
    tensor([[1., 0.],
            [0., 1.]])
    """
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    given, arrow, wanted = subscripts.partition("->")
    if arrow and "." in given and "." not in wanted:  # as in PyTorch, it is summed over
        labels = labels_of(subscripts, tuple(map(np.shape, operands)))
        subscripts = f"{','.join(labels.operands)}->{labels.out}"
    return einsum_op(*operands, subscripts=subscripts)


@named("np.einsum")
def _numpy_einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str):  # operands alternate with lists of axis numbers
        lists = [*operands[::2], *([operands[-1]] if len(operands) % 2 == 0 else [])]
        terms = ["".join("..." if i is ... else _LETTERS[i] for i in axes) for axes in lists]
        given = (subscripts, *operands[1::2])[: (len(operands) + 1) // 2]
        subscripts = "->".join([",".join(terms[: len(given)]), *terms[len(given) :]])
        operands = given
    return einsum(subscripts, *operands)  # which chooses `optimize` itself
