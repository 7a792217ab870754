"""Parameters as one vector."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.errors import InputError


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all values as one vector, (total,).

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(3, 2).parameters()).shape
    (8,)
    """
    vector: Any = np.concatenate([parameter.reshape(-1) for parameter in parameters])
    return vector  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Set the values of parameters to consecutive parts of a vector, (total,).

    Raises
    ------
    InputError
        If the vector does not have as many values as the parameters.
    """
    tensors, values = list(parameters), array_of(vec)
    ends = list(itertools.accumulate((tensor.numel() for tensor in tensors), initial=0))
    if values.shape != (ends[-1],):
        raise InputError(
            f"vec has shape {values.shape}: it must be ({ends[-1]},), the values of all parameters"
        )
    for tensor, start in zip(tensors, ends[:-1], strict=True):
        tensor._data[...] = values[start : start + tensor.numel()].reshape(tensor.shape)
        tensor.bump_version()
