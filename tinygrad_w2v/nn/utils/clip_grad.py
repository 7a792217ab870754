"""Clipping of gradients between backward and step: by norm, by value and by row.

Functions whose names end in an underscore change the ``grad`` of parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.validation import above_zero, within

Gradient = Tensor | RowSparse | None


def get_total_norm(
    tensors: Tensor | RowSparse | Iterable[Gradient],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Return the norm of all tensors together, as if they were one vector.

    Parameters
    ----------
    tensors
        Tensors or gradients; None is skipped.
    norm_type
        The p of the p-norm; infinity for the largest absolute value.
    error_if_nonfinite
        Whether an infinite or NaN norm raises an error.
    foreach
        Ignored; accepted for PyTorch's signature.

    Returns
    -------
    Tensor
        Shape (), accumulated in float64, in the dtype of the first tensor.

    Raises
    ------
    RuntimeError
        If the norm is not finite and `error_if_nonfinite` is set.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> get_total_norm([tg.tensor([3.0, 0.0]), None, tg.tensor([[4.0]])]).item()
    5.0
    """
    arrays = [_values(gradient) for gradient in _listed(tensors) if gradient is not None]
    norms = [np.linalg.norm(a.reshape(-1).astype(np.float64), float(norm_type)) for a in arrays]
    norm = np.linalg.norm(norms, float(norm_type)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(
            f"the norm of order {norm_type} of the gradients is {norm}, so they cannot be clipped: "
            f"pass error_if_nonfinite=False to leave them unchanged"
        )
    return Tensor(np.asarray(norm, arrays[0].dtype if arrays else np.float32))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    total_norm: Tensor | float,
    foreach: bool | None = None,
) -> None:
    """Multiply all gradients by ``max_norm / (total_norm + 1e-6)`` if that is below 1.

    If `total_norm` is infinite or NaN, the gradients do not change.
    """
    within(0, math.inf, max_norm=max_norm)
    norm = float(total_norm)
    factor = max_norm / (norm + 1e-6)
    if factor < 1 and math.isfinite(norm):
        _change(parameters, lambda values: values * factor)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients by one factor so that their joint norm is at most `max_norm`.

    Parameters
    ----------
    parameters
        Tensors; those without a gradient are skipped.
    max_norm
        The largest norm; infinity only computes the norm.
    norm_type, error_if_nonfinite, foreach
        See :func:`get_total_norm`.

    Returns
    -------
    Tensor
        The norm before, of shape (). If it is infinite or NaN, the gradients do not change.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> w.grad = tg.tensor([5.0])
    >>> clip_grad_norm_([w], max_norm=2.0), w.grad
    (tensor(5.), tensor([2.0000]))
    """
    parameters = _listed(parameters)
    gradients = [parameter.grad for parameter in parameters]
    norm = get_total_norm(gradients, norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, norm)
    return norm


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Limit every element of the gradients to ``±clip_value``.

    Equal rows of a row-sparse gradient are summed first.
    """
    within(0, math.inf, clip_value=clip_value)
    _change(parameters, lambda values: np.clip(values, -clip_value, clip_value))


def clip_grad_rows_(parameters: Tensor | Iterable[Tensor], max_norm: float) -> None:
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

    _change(parameters, shorten)


def _listed(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor | RowSparse) else list(tensors)


def _values(gradient: Tensor | RowSparse) -> Array:
    """Return the values of a gradient that may differ from zero."""
    source = gradient.coalesce().values if isinstance(gradient, RowSparse) else gradient
    return np.asarray(source)


def _change(parameters: Tensor | Iterable[Tensor], change: Callable[[Any], Any]) -> None:
    for parameter in _listed(parameters):
        gradient = parameter.grad
        if isinstance(gradient, RowSparse):
            summed = gradient.coalesce()
            changed = RowSparse(summed.rows, change(_values(gradient)), summed.shape)
            changed.is_coalesced = True
            parameter.grad = changed
        elif gradient is not None:
            parameter.grad = Tensor(change(_values(gradient)))
