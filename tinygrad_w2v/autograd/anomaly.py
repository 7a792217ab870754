"""detect_anomaly: find the first op that returns NaN or infinity, and the line that called it."""

from __future__ import annotations

import os
import sys
import weakref
from typing import Any, ClassVar

import numpy as np

from tinygrad_w2v.engine.observe import Observer
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.rule import OpRecord
from tinygrad_w2v.engine.tape import Node
from tinygrad_w2v.engine.tensor import Tensor, array_of

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class AnomalyError(ArithmeticError):
    """An op or a backward rule returned NaN or infinity for finite inputs."""


class detect_anomaly(Observer):  # noqa: N801  (a context manager, named as in PyTorch)
    """Raise an error at the first op whose result or gradient is not finite though its inputs are.

    It slows every call down, so use it for debugging only.

    Raises
    ------
    AnomalyError
        Names the op, the shapes of its inputs, and the line outside this package that called it;
        for a backward rule, the line of the forward call.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> x = tg.tensor([1.0, 0.0], requires_grad=True)
    >>> with tg.detect_anomaly(), np.errstate(divide="ignore"):
    ...     np.log(x)
    Traceback (most recent call last):
    tinygrad_w2v.autograd.anomaly.AnomalyError: log returned -inf (1 of 2 values) ...
    """

    def __init__(self) -> None:
        self._lines: weakref.WeakKeyDictionary[Node, str] = weakref.WeakKeyDictionary()

    def called(self, op: OpRecord, args: tuple[Any, ...], result: Tensor, began: float) -> None:
        """Check a forward call."""
        line = _calling_line()
        if result.node is not None:
            self._lines[result.node] = line
        if _is_finite(result) or not all(_is_finite(arg) for arg in args):
            return
        shapes = ", ".join(str(np.shape(arg)) for arg in args)
        raise AnomalyError(
            f"{op.name} returned {_describe(result)} for finite inputs of shapes {shapes}, "
            f"called at {line}"
        )

    def walked(self, node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
        """Check the gradients that rules returned; the cotangent was checked before."""
        for position, gradient in gradients:
            if not _is_finite(gradient):
                raise AnomalyError(
                    f"{node.op.name}: the rule for '{node.op.signature.input_name(position)}' "
                    f"returned {_describe(gradient)}; forward called at "
                    f"{self._lines.get(node, 'a line before detect_anomaly was entered')}"
                )


class _NanGradients(detect_anomaly):
    """Checks the gradients only, for NaN, as PyTorch's anomaly mode."""

    def called(self, op: OpRecord, args: tuple[Any, ...], result: Tensor, began: float) -> None:
        """Note the line of a forward call."""
        if result.node is not None:
            self._lines[result.node] = _calling_line()

    def walked(self, node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
        """Check the gradients that rules returned for NaN."""
        super().walked(node, [(p, g) for p, g in gradients if np.isnan(_values(g)).any()], began)


class set_detect_anomaly:  # noqa: N801
    """Raise an error when a backward rule returns NaN: from now on, or inside a ``with`` block.

    Parameters
    ----------
    mode
        Whether to check.
    check_nan
        Only True is available.
    """

    _active: ClassVar[list[_NanGradients]] = []

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = bool(self._active)
        self._set(mode and check_nan)

    def _set(self, mode: bool) -> None:
        if mode and not self._active:
            self._active.append(_NanGradients())
            self._active[0].__enter__()
        elif not mode and self._active:
            self._active.pop().__exit__()

    def __enter__(self) -> None: ...

    def __exit__(self, *exc_info: object) -> None:
        self._set(self._before)


def _values(value: Any) -> np.ndarray[Any, Any]:
    return array_of(value.values if isinstance(value, RowSparse) else value)


def _is_finite(value: Any) -> bool:
    values = _values(value)
    return values.dtype.kind not in "fc" or bool(np.isfinite(values).all())


def _describe(value: Any) -> str:
    values = _values(value)
    broken = ~np.isfinite(values)
    return f"{values[broken].flat[0]} ({np.count_nonzero(broken)} of {values.size} values)"


def _calling_line() -> str:
    """Return "file:line" of the innermost caller outside this package and NumPy's dispatch."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
