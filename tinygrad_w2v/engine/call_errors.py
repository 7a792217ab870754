"""Error messages of failed calls: the op and the shapes of its operands, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.rule import OpRecord
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.errors import InputError, OperandError

_KINDS = (np.exceptions.AxisError, np.linalg.LinAlgError, IndexError, TypeError, ValueError)

_MARK = "names_op"  # an attribute of errors whose message already names an op


def raise_explained(op: OpRecord, operands: Sequence[Any], error: Exception) -> NoReturn:
    """Raise an error of the type of `error` with a message that names `op` and the operands.

    A ValueError is an OperandError then, which is also a RuntimeError, as PyTorch's are.

    A message that names an op already, this one or one that it called, is left as it is.
    """
    better = _explained(op, operands, error)
    raise better from (None if str(better) == str(error) else error)


def _explained(op: OpRecord, operands: Sequence[Any], error: Exception) -> Exception:
    message = " ".join(str(error).split())
    if isinstance(error, InputError) or getattr(error, _MARK, False):
        return error
    kind = next(kind for kind in _KINDS if isinstance(error, kind))
    kind = OperandError if kind is ValueError else kind
    is_named = message.startswith(f"{op.name}: ")
    if is_named and kind is not OperandError:
        setattr(error, _MARK, True)
        return error
    better = kind(message if is_named else f"{op.name}: {_reason(op, operands, message)}")
    setattr(better, _MARK, True)
    return better


def _reason(op: OpRecord, operands: Sequence[Any], message: str) -> str:
    shapes = [np.shape(operand) for operand in operands if _is_array(operand)]
    if op.broadcasts and "broadcast" in message:
        mismatch = _broadcast_mismatch(shapes)
        if mismatch:
            listed = " and ".join(map(str, shapes))
            return f"shapes {listed} do not broadcast: {mismatch}"
    described = ", ".join(
        f"{op.signature.input_name(position)} {_described(operand)}"
        for position, operand in enumerate(operands)
    )
    return f"{described}: {message}" if described else message


def _broadcast_mismatch(shapes: Sequence[tuple[int, ...]]) -> str:
    """Return which sizes do not broadcast, or an empty string if all do."""
    for place in range(1, max(map(len, shapes)) + 1):
        sizes = [shape[-place] for shape in shapes if len(shape) >= place]
        wide = list(dict.fromkeys(size for size in sizes if size != 1))
        if len(wide) > 1:
            where = "the last axis" if place == 1 else f"axis -{place}"
            return (
                f"sizes {' and '.join(map(str, wide))} of {where} differ and neither is 1; "
                f"use reshape or numpy.expand_dims to line the axes up"
            )
    return ""


def _is_array(operand: Any) -> bool:
    return isinstance(operand, np.ndarray | np.generic | Tensor | int | float | list)


def _described(operand: Any) -> str:
    if isinstance(operand, np.ndarray | Tensor):
        return f"{operand.dtype} {operand.shape}"
    return type(operand).__name__
