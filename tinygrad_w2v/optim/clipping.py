"""Clipping of gradients between backward and step: by value, by norm and by row.

Functions whose names end in an underscore change the ``grad`` of parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.validation import above_zero


def total_norm(gradients: Iterable[Tensor | RowSparse | None]) -> float:
    """Return the Euclidean norm of all gradients together, accumulated in float64.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> total_norm([tg.tensor([3.0, 0.0]), None, tg.tensor([[4.0]])])
    5.0
    """
    squares = 0.0
    for gradient in gradients:
        if isinstance(gradient, RowSparse):
            squares += gradient.norm() ** 2
        elif gradient is not None:
            flat = np.asarray(gradient).reshape(-1)
            squares += float(np.sum(np.square(flat, dtype=np.float64)))
    return math.sqrt(squares)


def clip_grad_norm_(parameters: Iterable[Tensor], max_norm: float) -> float:
    """Scale all gradients by one factor if their joint norm is above `max_norm`.

    Returns
    -------
    float
        The norm before. If it is infinite or NaN, the gradients do not change.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> w.grad = tg.tensor([5.0])
    >>> clip_grad_norm_([w], max_norm=2.0), w.grad
    (5.0, tensor([2.]))
    """
    above_zero(max_norm=max_norm)
    parameters = list(parameters)
    norm = total_norm(parameter.grad for parameter in parameters)
    if norm > max_norm and math.isfinite(norm):
        factor = max_norm / norm
        _change(parameters, lambda values: values * factor)
    return norm


def clip_grad_value_(parameters: Iterable[Tensor], clip_value: float) -> None:
    """Limit every element of the gradients to ``±clip_value``.

    Equal rows of a row-sparse gradient are summed first.
    """
    above_zero(clip_value=clip_value)
    _change(list(parameters), lambda values: np.clip(values, -clip_value, clip_value))


def clip_grad_rows_(parameters: Iterable[Tensor], max_norm: float) -> None:
    """Scale every row of the gradients to a norm of at most `max_norm`; a vector is one row.

    SGD's ``clip_row`` limits the step instead, which includes the learning rate.
    """
    above_zero(max_norm=max_norm)

    def shorten(values: Any) -> Any:
        flat = values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(1, -1)
        norms = np.sqrt(np.vecdot(flat, flat))
        long = norms > max_norm
        if not long.any():
            return values
        factor = np.where(long, max_norm / np.where(long, norms, 1), 1).astype(values.dtype)
        return (flat * factor[:, None]).reshape(values.shape)

    _change(list(parameters), shorten)


def _change(parameters: list[Tensor], change: Callable[[Any], Any]) -> None:
    for parameter in parameters:
        gradient = parameter.grad
        if isinstance(gradient, RowSparse):
            summed = gradient.coalesce()
            changed = RowSparse(summed.rows, change(np.asarray(summed.values)), summed.shape)
            changed.is_coalesced = True
            parameter.grad = changed
        elif gradient is not None:
            parameter.grad = Tensor(change(np.asarray(gradient)))
