"""Function: an operation with a forward and a backward of the user's own, as in PyTorch."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.grad_mode import MODE, no_grad, set_grad_enabled
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op


class FunctionCtx:
    """The context of a call: what forward stores for backward. Further attributes can be set.

    Attributes
    ----------
    needs_input_grad
        For each argument of the call, whether it is a Tensor that requires a gradient.
    """

    needs_input_grad: tuple[bool, ...]

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._versions: tuple[int, ...] = ()
        self._outputs: list[Any] = []
        self._constant: set[int] = set()
        self._materializes = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Store inputs and outputs for backward; see `saved_tensors`."""
        self._saved = tensors
        self._versions = tuple(0 if t is None else t.version + 0 for t in tensors)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The stored tensors.

        Raises
        ------
        RuntimeError
            If one of them was changed in place since.
        """
        for saved, version in zip(self._saved, self._versions, strict=True):
            if isinstance(saved, Tensor) and saved.version != version:
                raise RuntimeError(
                    "a tensor that was saved for backward has been changed in place since: call "
                    "backward() before the change, or save a clone"
                )
        return tuple(self._outputs[s.number] if type(s) is _Output else s for s in self._saved)

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """State that outputs have no gradient."""
        self._constant = set(map(id, outputs))

    def set_materialize_grads(self, value: bool) -> None:
        """Set whether backward gets zeros (default) or None for outputs that were not used."""
        self._materializes = value

    def mark_dirty(self, *inputs: Tensor) -> NoReturn:
        """Raise RuntimeError: inputs cannot be changed in place by a Function."""
        raise RuntimeError(
            "mark_dirty is not available: return a new tensor instead of changing an input in place"
        )


class _Output:
    """Stands in a context for a saved output, which would otherwise form a reference cycle."""

    def __init__(self, number: int) -> None:
        self.number = number


class Function:
    """An operation with a backward of its own. Define it in a subclass, and call ``apply``.

    ``forward(ctx, *args)`` computes one tensor or several, without recording. ``backward(ctx,
    *grads)`` gets the gradient of each output and returns one for each argument, None where there
    is none. It may be differentiated again if it uses tensor operations. As in PyTorch,
    ``forward(*args)`` and ``setup_context(ctx, inputs, output)`` can also be separate.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> class Square(tg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 2 * x
    >>> x = tg.tensor([3.0], requires_grad=True)
    >>> Square.apply(x).sum().backward()
    >>> x.grad
    tensor([6.])
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    setup_context: Callable[..., Any] | None = None

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the function; the result is recorded if an argument requires a gradient."""
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        with no_grad():
            if cls.setup_context is None:
                returned = cls.forward(ctx, *args)
            else:
                returned = cls.forward(*args)
                cls.setup_context(ctx, args, returned)
        if not MODE.enabled or True not in ctx.needs_input_grad:
            return returned
        outputs = list(returned) if isinstance(returned, tuple | list) else [returned]
        recorded = _Call(cls, ctx, args, outputs).recorded()
        return tuple(recorded) if isinstance(returned, tuple | list) else recorded[0]


class _Call:
    """One call: its arguments, and the parts of the recorded vector that are its outputs.

    A node has one output. Several are recorded as one vector, of which they are parts.
    """

    def __init__(
        self, function: type[Function], ctx: FunctionCtx, args: Sequence[Any], outputs: list[Any]
    ) -> None:
        self.function: Any = function
        self.ctx = ctx
        self.is_tensor = [isinstance(arg, Tensor) for arg in args]
        self.tensors = [arg for arg in args if isinstance(arg, Tensor)]
        self.outputs = outputs
        self.parts = [
            i
            for i, output in enumerate(outputs)
            if isinstance(output, Tensor)
            and output.dtype.kind == "f"
            and id(output) not in ctx._constant
        ]
        self.shapes = [getattr(output, "shape", ()) for output in outputs]
        self.dtypes = [getattr(output, "dtype", None) for output in outputs]

    def recorded(self) -> list[Any]:
        """Return the outputs, the differentiable ones as Tensors with a node."""
        places = {id(output): i for i, output in enumerate(self.outputs)}
        saved = self.ctx._saved
        own = set(map(id, self.tensors))
        self.ctx._saved = tuple(
            _Output(places[id(t)]) if id(t) in places and id(t) not in own else t for t in saved
        )
        outputs = list(self.outputs)
        if not self.parts:
            return outputs
        saves_output = any(type(each) is _Output for each in self.ctx._saved)
        values = [outputs[i]._data for i in self.parts]
        whole = values[0] if len(values) == 1 else np.concatenate([v.reshape(-1) for v in values])
        record: Callable[..., Any] = _op_of(self.function, saves_output)
        made = record(*self.tensors, call=self, result=whole)
        for i, part in zip(self.parts, self.split(made), strict=True):
            outputs[i] = part
        self.tensors, self.outputs = [], []
        return outputs

    def split(self, whole: Any) -> list[Any]:
        """Return the differentiable outputs, or their gradients, from the recorded vector."""
        if len(self.parts) == 1:
            return [whole]
        found, start = [], 0
        for i in self.parts:
            end = start + math.prod(self.shapes[i])
            part = whole[start:end].reshape(self.shapes[i])
            found.append(part if part.dtype == self.dtypes[i] else part.astype(self.dtypes[i]))
            start = end
        return found

    def gradients(self, g: Any, needs: Sequence[bool], out: Any) -> list[Any]:
        """Return the gradients of the Tensors among the arguments, by the user's backward."""
        is_traced = isinstance(g, Tensor)
        found = dict(zip(self.parts, self.split(_tensor(g)), strict=True))
        if out is not None:
            values = dict(zip(self.parts, self.split(_tensor(out)), strict=True))
            self.ctx._outputs = [values.get(i) for i in range(len(self.shapes))]
        given = [
            self._given(found.get(i), shape, dtype)
            for i, (shape, dtype) in enumerate(zip(self.shapes, self.dtypes, strict=True))
        ]
        with set_grad_enabled(is_traced):
            returned = self.function.backward(self.ctx, *given)
        self.ctx._outputs = []
        results = list(returned) if isinstance(returned, tuple | list) else [returned]
        count = len(self.is_tensor)
        if len(results) < count or any(extra is not None for extra in results[count:]):
            raise RuleError(
                f"{self.function.__name__}.backward returned {len(results)} gradients, the call "
                f"had {count} arguments: return one for each, None where there is none"
            )
        own = [each for each, kept in zip(results, self.is_tensor, strict=False) if kept]
        return [
            _gradient(each, is_traced) if need else None
            for each, need in zip(own, needs, strict=True)
        ]

    def _given(self, gradient: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        if not self.ctx._materializes:
            is_used = gradient is not None and bool(np.any(array_of(gradient)))
            return gradient if is_used or len(self.shapes) == 1 else None
        if gradient is None and dtype is not None:
            return from_op(np.zeros(shape, dtype), None)
        return gradient


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else from_op(value, None)


def _gradient(value: Any, is_traced: bool) -> Any:
    is_kept = value is None or is_traced or isinstance(value, RowSparse)
    return value if is_kept else array_of(value)


@functools.cache
def _op_of(function: Any, saves_output: bool) -> Op:
    """Return the op that records the calls of a Function; its result is computed before."""

    def forward(*tensors: Any, call: _Call, result: Any) -> Any:
        return result

    def rule(g: Any, needs: tuple[bool, ...], call: _Call, shapes: Any) -> list[Any]:
        return _complete(call.gradients(g, needs, None), needs, shapes)

    def rule_of_output(
        g: Any, needs: tuple[bool, ...], call: _Call, shapes: Any, out: Any
    ) -> list[Any]:
        return _complete(call.gradients(g, needs, out), needs, shapes)

    made = Op(forward, name=function.__name__)
    made.backward("tensors")(rule_of_output if saves_output else rule)
    return made


def _complete(gradients: list[Any], needs: Sequence[bool], shapes: Any) -> list[Any]:
    """Return zeros where the user's backward returned None for an input that needs a gradient."""
    return [
        np.zeros(shape) if each is None and need else each
        for each, need, shape in zip(gradients, needs, shapes, strict=True)
    ]


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Return a backward that raises an error if it is differentiated again."""

    @functools.wraps(backward)
    def once(ctx: FunctionCtx, *grads: Any) -> Any:
        if MODE.enabled:
            raise RuntimeError(
                f"{backward.__qualname__} is marked once_differentiable, and create_graph=True "
                f"differentiates it again"
            )
        return backward(ctx, *grads)

    return once
