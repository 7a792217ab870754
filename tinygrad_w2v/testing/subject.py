"""Subject: a function of Tensors and the point at which it is checked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.engine.walk import grad
from tinygrad_w2v.testing.tree import labelled, leaves, rebuild

Point: TypeAlias = "list[Array]"
"""One float64 array for each input that is checked."""


class Subject:
    """A function, its inputs, and which of them are checked.

    Parameters
    ----------
    function
        Takes `inputs` and returns Tensors, nested in any way.
    inputs
        Floating arrays and Tensors are the checked ones; they are given to the function as leaf
        Tensors in float64. Anything else is passed as it is.
    name
        For reports; the function's own by default.
    labels
        The names of the inputs; ``input 0`` and so on by default.
    argnums
        Positions of the inputs to check; all floating ones by default.
    plain
        A cheaper form of the function for values that nobody differentiates.

    Attributes
    ----------
    point
        The values of the checked inputs.
    labels
        Their names.
    was_promoted
        Whether an input was given in a lower precision than float64.
    output_names
        What to call the outputs; by their place in the result if empty.
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
        self._held: dict[int, Tensor] = {}
        self._template: list[Any] = []
        for position, value in enumerate(self.inputs):
            label = labels[position] if position < len(labels) else f"input {position}"
            self._template.append(self._take(value, label, position in wanted))

    def _take(self, value: Any, label: str, is_wanted: bool) -> Any:
        names = iter([name for name, _ in labelled(value, label)])

        def take(leaf: Any) -> Any:
            name = next(names)
            given = leaf.tensor if isinstance(leaf, Held) else leaf
            if not (is_wanted and is_floating(given)):
                return given
            array = np.asarray(given)
            self.was_promoted |= array.dtype.itemsize < 8
            self.labels.append(name)
            self.point.append(same_layout(array, np.result_type(array.dtype, np.float64)))
            if isinstance(leaf, Held):
                self._held[len(self.point) - 1] = given
            return _Slot(len(self.point) - 1)

        return rebuild(value, take)

    def checked(self) -> list[Any]:
        """Return the checked inputs as another subject takes them."""
        return [
            Held(self._held[i]) if i in self._held else array for i, array in enumerate(self.point)
        ]

    def fill(self, tensors: Sequence[Tensor]) -> list[Any]:
        """Return the arguments of a call with these Tensors for the checked inputs."""

        def put(leaf: Any) -> Any:
            return tensors[leaf.position] if isinstance(leaf, _Slot) else leaf

        return [
            rebuild(value, put) if isinstance(value, tuple | list | dict) else put(value)
            for value in self._template
        ]

    def value(self, point: Point) -> Array:
        """Return the function's floating outputs at a point, flattened into one vector."""
        with self._at(point) as tensors:
            outputs = floating_outputs(self.plain(*self.fill(tensors)))
        if len(outputs) == 1:
            return np.asarray(outputs[0][1]).reshape(-1)
        flat = [np.asarray(output).reshape(-1) for _, output in outputs]
        return np.concatenate(flat) if flat else np.zeros(0)

    def run(self, point: Point) -> Run:
        """Call the function at a point, recording."""
        with self._at(point) as tensors:
            return self._call(tensors)

    def gradients(self, point: Point, cotangent: Array) -> list[Array]:
        """Return the gradients at another point, dense and flat."""
        with self._at(point) as tensors:
            return self._call(tensors).gradients(cotangent)

    def _call(self, tensors: list[Tensor]) -> Run:
        outputs = floating_outputs(self.function(*self.fill(tensors)))
        if self.output_names:
            outputs = [
                (name, output) for name, (_, output) in zip(self.output_names, outputs, strict=True)
            ]
        return Run(self, tensors, outputs)

    @contextlib.contextmanager
    def _at(self, point: Point) -> Iterator[list[Tensor]]:
        """Make leaf Tensors of a point; Tensors that are held go back to the first point."""
        for number, tensor in self._held.items():
            tensor._data = point[number]  # not through .data: recorded calls stay valid
        try:
            yield [
                self._held[number] if number in self._held else Tensor(array, requires_grad=True)
                for number, array in enumerate(point)
            ]
        finally:
            for number, tensor in self._held.items():
                tensor._data = self.point[number]


class Run:
    """One recorded call of a subject, whose gradients can be asked for many times.

    Attributes
    ----------
    leaves
        The checked inputs, as the function got them.
    labels
        Of the floating outputs.
    outputs
        The floating outputs: Tensors, and arrays where the function left the graph.
    shapes
        Of the outputs.
    """

    def __init__(
        self, subject: Subject, tensors: list[Tensor], outputs: list[tuple[str, Any]]
    ) -> None:
        self.subject = subject
        self.leaves = tensors
        self.labels = [label for label, _ in outputs]
        self.outputs = [output for _, output in outputs]
        self.shapes: list[Shape] = [output.shape for output in self.outputs]

    def value(self) -> Array:
        """Return the outputs flattened into one vector."""
        flat = [np.asarray(output).reshape(-1) for output in self.outputs]
        return np.concatenate(flat) if flat else np.zeros(0)

    def split(self, cotangent: Array) -> list[Array]:
        """Cut a flat cotangent into one array for each output."""
        ends = np.cumsum([_size(shape) for shape in self.shapes])[:-1]
        return [
            np.array(part.reshape(shape), dtype=output.dtype)
            for part, shape, output in zip(
                np.split(cotangent, ends), self.shapes, self.outputs, strict=True
            )
        ]

    def raw_gradients(self, cotangents: Sequence[Array]) -> tuple[Any, ...]:
        """Return what the engine gives for these cotangents: Tensors, RowSparse, None."""
        pairs = [
            (output, cotangent)
            for output, cotangent in zip(self.outputs, cotangents, strict=True)
            if isinstance(output, Tensor) and output.requires_grad
        ]
        if not pairs:
            return (None,) * len(self.leaves)
        outputs, starts = zip(*pairs, strict=True)
        return grad(outputs, self.leaves, starts, retain_graph=True, allow_unused=True)

    def gradients(self, cotangent: Array) -> list[Array]:
        """Return the gradient of each checked input, dense and flat, for a flat cotangent."""
        found = self.raw_gradients(self.split(cotangent))
        return [
            np.zeros(leaf.size) if gradient is None else np.asarray(gradient).reshape(-1)
            for leaf, gradient in zip(self.leaves, found, strict=True)
        ]


class Held:
    """An input that is checked in place: a Tensor that the function reaches by itself."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class _Slot:
    """Stands in a template for the checked input of this number."""

    def __init__(self, position: int) -> None:
        self.position = position


def is_floating(value: Any) -> bool:
    """Whether a value is an array or Tensor of floating numbers."""
    return isinstance(value, np.ndarray | Tensor) and value.dtype.kind == "f"


def floating_outputs(result: Any) -> list[tuple[str, Any]]:
    """Return the floating values among a function's results, with labels; dense."""
    if is_floating(result):
        return [("output", result)]
    found = []
    for label, value in labelled(result, "output"):
        if isinstance(value, RowSparse):
            found.append((label, value.to_dense()))
        elif is_floating(value):
            found.append((label, value))
        elif isinstance(value, float | np.floating):
            found.append((label, np.asarray(value)))
    return found


def same_layout(array: Array, dtype: Any) -> Array:
    """Copy an array in its memory layout: the order of its axes, and whether it has gaps."""
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return np.array(array, dtype=dtype, order="K")
    order = np.argsort([-abs(stride) for stride in array.strides], kind="stable")
    wide = np.zeros((*[array.shape[axis] for axis in order], 2), dtype)
    copy: Array = wide[..., 0].transpose(np.argsort(order))
    copy[...] = array
    return copy


def with_values(array: Array, flat: Array) -> Array:
    """Return an array of the same layout that holds other values."""
    copy = same_layout(array, array.dtype)
    copy[...] = flat.reshape(array.shape)
    return copy


def integer_inputs(subject: Subject) -> list[Array]:
    """Return the integer arrays among a subject's inputs, in any nest."""
    return [
        np.asarray(leaf)
        for leaf in leaves(subject.inputs)
        if isinstance(leaf, np.ndarray | Tensor) and np.issubdtype(leaf.dtype, np.integer)
    ]


def _size(shape: Shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size
