"""Op: a forward function with its backward rules. Third file of the reference.

Calling an op runs its forward on plain arrays and, if an input requires a gradient, records a
node. A call without Tensors returns a plain array, so rules may use any op.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from tinygrad_w2v.engine.call_errors import raise_explained
from tinygrad_w2v.engine.in_place import in_place
from tinygrad_w2v.engine.observe import OBSERVERS, now, tell_called
from tinygrad_w2v.engine.out import write_out
from tinygrad_w2v.engine.promotion import agree, narrowed, promoted
from tinygrad_w2v.engine.row_sparse import RowSparse, dense_operands
from tinygrad_w2v.engine.rule import Plan, Rule, read_rule
from tinygrad_w2v.engine.sample import Sampler
from tinygrad_w2v.engine.signature import Signature
from tinygrad_w2v.engine.tape import Edge, record
from tinygrad_w2v.engine.tensor import Tensor, from_op, operand
from tinygrad_w2v.engine.versions import share_version

LISTED = ("axis", "axes", "shape", "shifts")
"""Attributes that may be lists, and are tuples for forwards and rules."""

_DOUBLE = np.dtype(np.float64)

RuleFunction = TypeVar("RuleFunction", bound=Callable[..., Any])


class Op:
    """A forward function with explicit backward rules. Created by ``registry.op``.

    Attributes
    ----------
    name
        Unique among registered ops.
    forward
        The function on plain arrays.
    signature
        Names of the inputs (arrays), and of the attributes (settings) with their defaults.
    rules
        For each differentiable input, the rule that computes its gradient.
    plans
        What the calls save, for each choice of wanted gradients.
    samples
        A function of a NumPy Generator that returns sample calls, for the conformance tests.
    order
        The highest order of derivative: 1, or None for any.
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        *,
        name: str | None = None,
        inputs: tuple[str, ...] = (),
        samples: Sampler | None = None,
        residuals: bool = False,
        order: int | None = None,
        broadcasts: bool | None = None,
        promotes: str | None = None,
        retrace: Callable[..., Any] | None = None,
        composed: tuple[str, ...] = (),
    ) -> None:
        self.forward = forward
        self.name: str = name or forward.__name__.strip("_")
        self.samples = samples
        self.returns_residuals = residuals
        self.order = order
        self.broadcasts = isinstance(forward, np.ufunc) if broadcasts is None else broadcasts
        if isinstance(forward, np.ufunc):
            self.signature = Signature(self.name, inputs, {})
        else:
            self.signature = Signature.of(self.name, forward)
        self.rules: dict[str, Rule] = {}
        self.plans: dict[tuple[bool, ...], Plan] = {}
        self.retrace = retrace
        self.composed = composed
        self._promotes = promotes
        # Help and doctest find the docstring and the parameters of the forward.
        functools.update_wrapper(self, forward, updated=())
        self.__name__ = self.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the arrays it takes."""
        return self.signature.inputs

    @property
    def defaults(self) -> dict[str, Any]:
        """The attributes and their defaults."""
        return self.signature.defaults

    @functools.cached_property
    def promotes(self) -> tuple[int, ...]:
        """Positions of the inputs that are converted to one dtype; see ``promotion``."""
        if self._promotes is not None:
            return tuple(self.inputs.index(name) for name in self._promotes.split())
        # Comparisons, which have no rules, compare the values as given.
        is_mixing = isinstance(self.forward, np.ufunc) and len(self.inputs) > 1
        takes_floats = all(name in self.rules for name in self.inputs)
        return tuple(range(len(self.inputs))) if is_mixing and takes_floats else ()

    def __call__(self, *args: Any, **attributes: Any) -> Any:
        """Run the op; see its forward function for the arguments."""
        began = now() if OBSERVERS else 0.0
        signature = self.signature
        if len(args) != signature.count or (
            attributes and not attributes.keys() <= signature.defaults.keys()
        ):
            if "out" in attributes:
                return write_out(attributes.pop("out"), self(*args, **attributes))
            args, attributes = signature.bind(args, attributes)
        for name, value in attributes.items():
            if isinstance(value, Tensor):
                if value.requires_grad and name in self.composed:
                    return self.forward(*map(operand, args), **attributes)
                attributes = {**attributes, name: self._constant(name, value)}
            elif type(value) is list and name in LISTED:
                attributes = {**attributes, name: tuple(value)}
            elif name == "inplace" and value and isinstance(args[0], Tensor):
                settings = {k: v for k, v in attributes.items() if k != name}
                return in_place(self.name, self)(*args, **settings)
        arrays: list[Any] = []
        edges: list[Edge | None] = []
        has_tensors = False
        for arg in args:
            edge: Edge | None = None
            if isinstance(arg, Tensor):
                has_tensors = True
                if arg._requires_grad:
                    edge = arg.node or arg
                arg = arg._data
            elif type(arg) is RowSparse:
                dense = dense_operands(self.name, args)
                return dense if isinstance(dense, RowSparse) else self(*dense, **attributes)
            arrays.append(arg)
            edges.append(edge)
        if self.promotes:
            positions = range(len(args)) if signature.variadic else self.promotes
            if not agree(arrays, positions):
                uniform = promoted(args, positions)
                if uniform is not args:
                    return self(*uniform, **attributes)
        try:
            out = self.forward(*arrays, **attributes)
        except (IndexError, TypeError, ValueError) as error:
            raise_explained(self, arrays, error)
        residuals = None
        if self.returns_residuals:
            out, residuals = out
        if not has_tensors:
            return out
        if type(out) is not np.ndarray:
            out = np.asarray(out)
        node = record(self, edges, args, attributes, out, residuals)
        if node is None and out.dtype is _DOUBLE and attributes.get("dtype") is None:
            out = narrowed(out, args)
        result = from_op(out, node)
        if out.base is not None:  # perhaps a view of an input
            share_version(result, args)
        if OBSERVERS:
            tell_called(self, args, result, began)
        return result

    def _constant(self, name: str, value: Tensor) -> Any:
        """Return the values of a Tensor that was given as an attribute."""
        if value.requires_grad:
            raise TypeError(
                f"{self.name}: '{name}' requires a gradient, but it is an attribute of the op, "
                f"which has no gradient: pass {name}.detach() if it is a constant here"
            )
        return value._data if value.ndim else value.item()

    def record(
        self, args: tuple[Any, ...], attributes: dict[str, Any], out: Any, residuals: Any = None
    ) -> Tensor:
        """Return `out` as the Tensor that this call computed, on the tape if one is needed."""
        edges = [
            (arg.node or arg) if isinstance(arg, Tensor) and arg._requires_grad else None
            for arg in args
        ]
        result = from_op(out, record(self, edges, args, attributes, out, residuals))
        share_version(result, args)
        return result

    def backward(self, *covers: str) -> Callable[[RuleFunction], RuleFunction]:
        """Register the decorated function as the backward rule of the named inputs.

        The first parameter of the rule is the cotangent ``g``, the gradient of the op's output.
        The others are asked for by name: an input, an attribute, ``out``, ``residuals`` (the
        second result of the forward), ``shapes`` (of the inputs), and, for a rule that covers
        several inputs, ``needs`` right after ``g``: which of their gradients are wanted. A rule
        that covers one input returns its gradient, else one gradient for each input covered
        (None where it is not wanted).

        Raises
        ------
        TypeError
            If a name is neither an input, nor an attribute, nor special.
        """

        def decorate(function: RuleFunction) -> RuleFunction:
            rule = read_rule(self.signature, function, covers, self.returns_residuals)
            self.rules.update(dict.fromkeys(covers, rule))
            self.rules_changed()
            return function

        return decorate

    def rules_changed(self) -> None:
        """Drop what was derived from the rules before a new one was registered."""
        self.__dict__.pop("promotes", None)
        self.plans.clear()

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.signature.names)})>"
