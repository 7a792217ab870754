"""A function under check: its inputs, the point, and calls whose gradients can be computed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.backward import grad
from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.observe import Observer
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.rule import OpRecord
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array, Shape

_ULP = float(np.finfo(np.float64).eps)
_NEARBY, _FAR = 6, 4  # points at which rounding errors are measured, and how many ulps away

Point: TypeAlias = "list[Array]"
"""One float64 array for each checked input."""


class CheckedFunction:
    """A function, its inputs, and which of them are checked (those at `argnums`).

    The function receives the checked inputs as float64 leaf Tensors. `plain` is a cheaper form of
    it, for evaluations without a gradient.

    Attributes
    ----------
    point, labels
        The values and the names of the checked inputs.
    was_promoted
        Whether an input had a lower precision than float64.
    output_names
        Names of the outputs; if empty, outputs are named by their position in the result.
    natural
        For each flat output, the magnitude of the terms of which it is the sum, if known. An
        output of 1e-13 of it is a rounding error.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        inputs: Sequence[Any],
        *,
        name: str = "",
        labels: Sequence[str] = (),
        argnums: Iterable[int] | None = None,
        plain: Callable[..., Any] | None = None,
    ) -> None:
        self.function = function
        self.plain = plain or function
        self.name = name or getattr(function, "__name__", type(function).__name__)
        self.inputs = tuple(inputs)
        wanted = set(range(len(self.inputs))) if argnums is None else set(argnums)
        self.point: Point = []
        self.labels: list[str] = []
        self.was_promoted = False
        self.output_names: list[str] = []
        self.natural: Array | float = 0.0
        self.calls = 0
        self._captured: dict[int, Tensor] = {}
        self._template: list[Any] = []
        for position, value in enumerate(self.inputs):
            label = labels[position] if position < len(labels) else f"input {position}"
            self._template.append(self._take(value, label, position in wanted))

    def _take(self, value: Any, label: str, is_wanted: bool) -> Any:
        names = iter([name for name, _ in tree_items(value, label)])

        def take(item: Any) -> Any:
            name = next(names)
            given = item.tensor if isinstance(item, Captured) else item
            if not (is_wanted and is_floating(given)):
                return given
            array = array_of(given)
            self.was_promoted |= array.dtype.itemsize < 8
            self.labels.append(name)
            self.point.append(copy_layout(array, np.result_type(array.dtype, np.float64)))
            if isinstance(item, Captured):
                self._captured[len(self.point) - 1] = given
            return _Slot(len(self.point) - 1)

        return tree_map(value, take)

    def checked_inputs(self) -> list[Any]:
        """Return the checked inputs in the form that another CheckedFunction takes."""
        captured = {i: Captured(tensor) for i, tensor in self._captured.items()}
        return [captured.get(i, array) for i, array in enumerate(self.point)]

    def arguments(self, tensors: Sequence[Tensor]) -> list[Any]:
        """Return the arguments of a call with these Tensors for the checked inputs."""
        return tree_map(  # type: ignore[no-any-return]
            self._template, lambda item: tensors[item.position] if type(item) is _Slot else item
        )

    def value(self, point: Point) -> Array:
        """Return the floating outputs at a point, flattened into one vector."""
        with self._leaves_at(point) as tensors:
            result = self.plain(*self.arguments(tensors))
            values: Array = _flatten(output for _, output in floating_outputs(result)).copy()
            return values  # a copy: another call may overwrite the result

    def varied_values(self, times: int) -> Array:
        """Return the values of calls at the function's point whose rounding errors vary."""
        with VariedRounding():
            return np.array([self.record().value() for _ in range(times)])

    def try_value(self, point: Point, size: int) -> Array:
        """Return the value at a point, or `size` NaNs if the function raises an exception."""
        try:
            return self.value(point)
        except RuleError:
            raise
        except Exception:
            return np.full(size, np.nan)

    def record(self, point: Point | None = None) -> RecordedCall:
        """Call the function at a point (by default its own) and record the graph."""
        with self._leaves_at(self.point if point is None else point) as tensors:
            return self._record(tensors)

    def gradients(self, point: Point, cotangent: Array) -> list[Array]:
        """Return the gradients at a point, dense and flat."""
        with self._leaves_at(point) as tensors:
            return self._record(tensors).gradients(cotangent)

    @functools.cached_property
    def nearby(self) -> list[RecordedCall]:
        """Calls at the function's point, and at points that differ in the last digits only."""
        rng = np.random.default_rng(0)
        points = [
            self.moved(lambda flat: 1 + _ULP * rng.integers(-_FAR, _FAR + 1, flat.size))
            for _ in range(_NEARBY)
        ]
        return [self.record(), *map(self.record, points)]

    def moved(self, factors: Callable[..., Array | float], *args: Any) -> Point:
        """Return the point with each flat input multiplied by ``factors(input, *args)``."""
        return [with_values(a, a.reshape(-1) * factors(a.reshape(-1), *args)) for a in self.point]

    @contextlib.contextmanager
    def at(self, point: Point) -> Iterator[None]:
        """Move the function to another point within a ``with`` block."""
        before, self.point = self.point, point
        self.__dict__.pop("nearby", None)
        try:
            yield
        finally:
            self.point = before
            self.__dict__.pop("nearby", None)
            with self._leaves_at(before):
                pass  # restores captured Tensors

    def _record(self, tensors: list[Tensor]) -> RecordedCall:
        outputs = floating_outputs(self.function(*self.arguments(tensors)))
        names = self.output_names or [name for name, _ in outputs]
        return RecordedCall(tensors, names, [output for _, output in outputs])

    @contextlib.contextmanager
    def _leaves_at(self, point: Point) -> Iterator[list[Tensor]]:
        """Yield leaf Tensors for a point; captured Tensors are restored to the first point."""
        self.calls += 1
        for number, tensor in self._captured.items():
            tensor._data = point[number]  # not through .data: recorded calls stay valid
        try:
            tensors = dict(enumerate(Tensor(array, requires_grad=True) for array in point))
            yield list((tensors | self._captured).values())
        finally:
            for number, tensor in self._captured.items():
                tensor._data = self.point[number]


class RecordedCall:
    """One recorded call, whose gradients can be computed repeatedly."""

    def __init__(self, leaves: list[Tensor], labels: list[str], outputs: list[Any]) -> None:
        self.leaves = leaves  # the checked inputs, as the function received them
        self.labels = labels
        self.outputs = outputs  # Tensors, or arrays where the function left the graph
        self.shapes: list[Shape] = [output.shape for output in outputs]

    def value(self) -> Array:
        """Return the outputs flattened into one vector."""
        return _flatten(self.outputs)

    def split(self, cotangent: Array) -> list[Array]:
        """Split a flat cotangent into one array for each output."""
        ends = np.cumsum([np.size(output) for output in self.outputs])[:-1]
        return [
            np.array(part.reshape(output.shape), dtype=output.dtype)
            for part, output in zip(np.split(cotangent, ends), self.outputs, strict=True)
        ]

    def raw_gradients(self, cotangents: Sequence[Array]) -> tuple[Any, ...]:
        """Return the engine's gradients for these cotangents: Tensors, RowSparse or None."""
        return gradients_of(self.outputs, self.leaves, cotangents, retain_graph=True)

    def varied_gradients(self, cotangent: Array) -> list[Array]:
        """Return the gradients with other rounding errors, as far as their rules can be varied."""
        try:
            with VariedRounding():
                return self._dense(self.split(cotangent), create_graph=True)
        except Exception:  # a rule that works on arrays only
            return self.gradients(cotangent)

    def gradients(self, cotangent: Array) -> list[Array]:
        """Return the gradient of each checked input, dense and flat, for a flat cotangent."""
        return self._dense(self.split(cotangent))

    def _dense(self, cotangents: Sequence[Array], **options: bool) -> list[Array]:
        found = gradients_of(self.outputs, self.leaves, cotangents, retain_graph=True, **options)
        return [
            np.zeros(leaf.numel()) if gradient is None else array_of(gradient).reshape(-1)
            for leaf, gradient in zip(self.leaves, found, strict=True)
        ]


class VariedRounding(Observer):
    """Changes the result of every op by up to one unit in its last digit.

    The range of the values that several calls compute is their rounding error (stochastic
    arithmetic; Vignes, 1993). The rules of a recorded backward pass consist of ops as well.
    """

    rng = np.random.default_rng(0)

    def called(self, op: OpRecord, args: tuple[Any, ...], result: Tensor, began: float) -> None:
        """Change the result, unless it is a view or an input."""
        values = result._data
        is_own = values.base is None and values.flags.writeable
        if is_own and values.dtype.kind == "f" and all(array_of(a) is not values for a in args):
            values *= 1 + _ULP * self.rng.uniform(-1, 1, values.shape)


@dataclass
class Captured:
    """An input that the function reaches by itself, such as a Parameter; checked in place."""

    tensor: Tensor


@dataclass
class _Slot:
    """The placeholder of a checked input in the template of the arguments."""

    position: int


def gradients_of(
    outputs: Sequence[Any], leaves: Sequence[Tensor], cotangents: Sequence[Any], **options: bool
) -> tuple[Any, ...]:
    """Return the gradients of the outputs that are part of a graph; None where there is no path."""
    pairs = [pair for pair in zip(outputs, cotangents, strict=True) if is_differentiable(pair[0])]
    if not pairs:
        return (None,) * len(leaves)
    outputs, starts = zip(*pairs, strict=True)
    return grad(outputs, leaves, starts, allow_unused=True, **options)


def is_floating(value: Any) -> bool:
    """Whether a value is an array or Tensor of floating numbers."""
    return isinstance(value, np.ndarray | Tensor) and value.dtype.kind == "f"


def is_differentiable(output: Any) -> bool:
    """Whether an output is part of a graph."""
    return isinstance(output, Tensor) and output.requires_grad


def floating_outputs(result: Any) -> list[tuple[str, Any]]:
    """Return the floating values of a function's result with their labels; dense."""
    if is_floating(result):
        return [("output", result)]
    found = []
    for label, value in tree_items(result, "output"):
        if isinstance(value, RowSparse):
            found.append((label, value.to_dense()))
        elif is_floating(value):
            found.append((label, value))
        elif isinstance(value, float | np.floating):
            found.append((label, array_of(value)))
    return found


def dense(gradient: Any) -> Array:
    """Return a gradient as a dense array; an empty one for None."""
    return np.zeros(0) if gradient is None else array_of(gradient)


def _flatten(outputs: Iterable[Any]) -> Array:
    flat = [array_of(output).reshape(-1) for output in outputs]
    return flat[0] if len(flat) == 1 else np.concatenate([np.zeros(0), *flat])


# --- arrays in their memory layout ---------------------------------------------------------------


def copy_layout(array: Array, dtype: Any) -> Array:
    """Copy an array and keep its memory layout: the order of its axes, gaps, negative strides."""
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return np.array(array, dtype=dtype, order="K")
    order = np.argsort([-abs(stride) for stride in array.strides], kind="stable")
    wide = np.zeros((*[array.shape[axis] for axis in order], 2), dtype)
    copy: Array = wide[..., 0].transpose(np.argsort(order))
    copy = copy[tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)]
    copy[...] = array
    return copy


def with_values(array: Array, flat: Array) -> Array:
    """Return an array of the same layout with other values."""
    copy = copy_layout(array, array.dtype)
    copy[...] = flat.reshape(array.shape)
    return copy


def integer_inputs(function: CheckedFunction) -> list[Array]:
    """Return the integer arrays among a function's inputs, nested ones included."""
    return [
        array_of(item)
        for _, item in tree_items(function.inputs, "")
        if isinstance(item, np.ndarray | Tensor) and np.issubdtype(item.dtype, np.integer)
    ]


# --- nested tuples, lists and dicts --------------------------------------------------------------


def tree_items(tree: Any, label: str) -> Iterator[tuple[str, Any]]:
    """Yield each value of a nest with the expression that selects it.

    Examples
    --------
    >>> list(tree_items((5, {"a": 6}), "out"))
    [('out[0]', 5), ("out[1]['a']", 6)]
    """
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from tree_items(value, f"{label}[{key!r}]")
    elif isinstance(tree, tuple | list):
        for position, value in enumerate(tree):
            yield from tree_items(value, f"{label}[{position}]")
    else:
        yield label, tree


def tree_map(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return the nest with `change` applied to each value, in order."""
    if isinstance(tree, dict):
        return type(tree)((key, tree_map(value, change)) for key, value in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[tree_map(value, change) for value in tree])
    if isinstance(tree, tuple | list):
        return type(tree)(tree_map(value, change) for value in tree)
    return change(tree)
