"""Op: one record of a forward function, its backward rules and its evidence.

Calling an op runs its forward on plain arrays and, where an input requires a gradient, records a
node. An op that is given no Tensor answers with a plain array, so that rules may use any op.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, overload

import numpy as np

from tinygrad_w2v.engine import dispatch, registry
from tinygrad_w2v.engine.call_errors import explained
from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.node import Edge, Node
from tinygrad_w2v.engine.observe import OBSERVERS, now, tell_called
from tinygrad_w2v.engine.plan import Plan, Rule
from tinygrad_w2v.engine.sample import Sampler
from tinygrad_w2v.engine.signature import Signature, parameter_names
from tinygrad_w2v.engine.tensor import Tensor, from_op

RuleFunction = TypeVar("RuleFunction", bound=Callable[..., Any])


class Op:
    """A forward function with explicit backward rules. Made by :func:`op`.

    Attributes
    ----------
    name
        Unique among registered ops.
    forward
        The function on plain arrays.
    inputs
        Names of the arrays it takes.
    defaults
        The attributes (settings that are not arrays) and their defaults.
    rules
        For each differentiable input, the rule that gives its gradient.
    samples
        A function of a NumPy Generator that returns sample calls, the op's own evidence.
    order
        To which order it can be differentiated: 1, or None for any.
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
    ) -> None:
        self.forward = forward
        self.name = name or forward.__name__.strip("_")
        self.samples = samples
        self.returns_residuals = residuals
        self.order = order
        self.broadcasts = isinstance(forward, np.ufunc) if broadcasts is None else broadcasts
        if isinstance(forward, np.ufunc):
            self.signature = Signature(self.name, inputs, {})
        else:
            self.signature = Signature.of(self.name, forward)
        self.inputs = self.signature.inputs
        self.defaults = self.signature.defaults
        self.rules: dict[str, Rule] = {}
        self._plans: dict[tuple[int, int], Plan] = {}
        self.__name__ = self.name
        self.__doc__ = forward.__doc__

    @functools.cached_property
    def needs_type(self) -> Callable[..., Any]:
        """The named tuple of which inputs want a gradient."""
        return self.signature.record_type("needs")

    @functools.cached_property
    def shapes_type(self) -> Callable[..., Any]:
        """The named tuple of the inputs' shapes."""
        return self.signature.record_type("shapes")

    def __call__(self, *args: Any, **attributes: Any) -> Any:
        """Run the op; see its forward function for what it takes."""
        began = now() if OBSERVERS else 0.0
        if not self.signature.matches(args, attributes):
            args, attributes = self.signature.bind(args, attributes)
        arrays = []
        traced = False
        mask, bit = 0, 1
        for arg in args:
            if isinstance(arg, Tensor):
                traced = True
                arrays.append(arg._data)
                if arg._requires_grad:
                    mask |= bit
            else:
                arrays.append(arg)
            bit <<= 1
        try:
            result = self.forward(*arrays, **attributes)
        except (IndexError, TypeError, ValueError) as error:
            better = explained(self, arrays, error)
            raise better from (None if better is error else error)
        out, residuals = result if self.returns_residuals else (result, None)
        if not traced:
            return out
        if not isinstance(out, np.ndarray):
            out = np.asarray(out)
        node = None
        # Truth values and positions have no gradient.
        if mask and MODE.enabled and (self.rules or out.dtype.kind == "f"):
            node = self._record(args, attributes, mask, out, residuals)
        made = from_op(out, node)
        if OBSERVERS:
            tell_called(self, args, made, began)
        return made

    def _record(
        self, args: tuple[Any, ...], given: dict[str, Any], mask: int, out: Any, residuals: Any
    ) -> Node:
        key = (len(args), mask)
        plan = self._plans.get(key) or self._plans.setdefault(key, Plan(self, *key))
        attributes = {**self.defaults, **given} if given else self.defaults
        saved = plan.save(args, attributes, out, residuals)
        inputs: tuple[Edge | None, ...] = tuple(
            [
                (arg.node or arg) if isinstance(arg, Tensor) and arg._requires_grad else None
                for arg in args
            ]
        )
        version = saved_version(saved)
        node = Node(self, plan, inputs, saved, version, out.shape, out.dtype)
        if plan.saves_residuals and self.order is None:
            node.recompute = (args, attributes)
        return node

    def backward(self, *covers: str) -> Callable[[RuleFunction], RuleFunction]:
        """Register the decorated function as the backward rule for the inputs named.

        The rule's first parameter is the cotangent ``g``, the gradient of the op's output. The
        others are asked for by name: an input, an attribute, ``out``, ``residuals`` (what the
        forward returned beside its result), ``shapes`` (of the inputs), and, for a rule that
        covers several inputs, ``needs`` right after ``g``: which of them are wanted. It returns
        one gradient for each input covered (None where not wanted), or the gradient itself if
        it covers one.

        Raises
        ------
        TypeError
            If a name is neither an input, nor an attribute, nor special.
        """
        self.signature.require_inputs(covers)

        def register(function: RuleFunction) -> RuleFunction:
            rule = _read_rule(self, function, covers)
            self.rules.update(dict.fromkeys(covers, rule))
            self._plans.clear()
            return function

        return register

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join((*self.inputs, *self.defaults))})>"


def saved_version(saved: Iterable[Any]) -> int:
    """Return the sum of the version counters of the Tensors among saved values."""
    total = 0
    for value in saved:
        if isinstance(value, Tensor):
            total += value.version
        elif type(value) is list:  # the inputs of a variadic op
            total += saved_version(value)
    return total


def _read_rule(op: Op, function: Callable[..., Any], covers: tuple[str, ...]) -> Rule:
    _, *names = parameter_names(function)
    takes_needs = names[:1] == ["needs"]
    names = names[takes_needs:]
    allowed = (*op.signature.names, "out", "shapes", *["residuals"] * op.returns_residuals)
    for name in names:
        if name not in allowed:
            raise TypeError(
                f"op {op.name}: its rule for '{', '.join(covers)}' asks for '{name}'; it can ask "
                f"for {', '.join(allowed)}"
            )
    return Rule(function, covers, tuple(names), takes_needs)


@overload
def op(
    forward: Callable[..., Any],
    *,
    name: str | None = ...,
    inputs: str = ...,
    samples: Sampler | None = ...,
    residuals: bool = ...,
    order: int | None = ...,
    broadcasts: bool | None = ...,
    **rules: Callable[..., Any],
) -> Op: ...
@overload
def op(
    forward: None = ...,
    *,
    name: str | None = ...,
    inputs: str = ...,
    samples: Sampler | None = ...,
    residuals: bool = ...,
    order: int | None = ...,
    broadcasts: bool | None = ...,
) -> Callable[[Callable[..., Any]], Op]: ...
def op(
    forward: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    inputs: str = "",
    samples: Sampler | None = None,
    residuals: bool = False,
    order: int | None = None,
    broadcasts: bool | None = None,
    **rules: Callable[..., Any],
) -> Op | Callable[[Callable[..., Any]], Op]:
    """Register an op: a forward function on arrays, and a backward rule for each input.

    As a row of a table, ``op(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a)``, or as a
    decorator of the forward function, followed by :meth:`Op.backward`. Parameters of the forward
    before ``*`` are the inputs, those after it the attributes.

    Parameters
    ----------
    forward
        A NumPy ufunc or a function on arrays. Write rules (and, with `residuals`, the forward)
        in NumPy functions, operators and ops: they run on arrays for a first derivative and on
        Tensors for higher ones.
    name
        Defaults to the function's own name.
    inputs
        The inputs' names, separated by spaces; only for a ufunc without rules.
    samples
        A function of a ``numpy.random.Generator`` returning a list of :class:`Sample`.
    residuals
        The forward returns ``(out, residuals)``; rules may ask for the second.
    order
        1 if the rules cannot be differentiated again; a walk that asks for it raises an error.
    broadcasts
        Whether inputs are broadcast, so that gradients are summed over the broadcast axes before
        they are passed on. Defaults to True for ufuncs only.
    rules
        For each differentiable input, by its name, the rule.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> cube = tg.op(lambda x: x**3, name="doc_cube", x=lambda g, x: g * 3 * x * x)
    >>> x = tg.tensor([2.0], requires_grad=True)
    >>> cube(x).sum().backward()
    >>> x.grad
    tensor([12.])
    """

    def make(function: Callable[..., Any]) -> Op:
        made = Op(
            function,
            name=name,
            inputs=tuple(inputs.split()) or tuple(rules),
            samples=samples,
            residuals=residuals,
            order=order,
            broadcasts=broadcasts,
        )
        for covered, rule in rules.items():
            made.backward(covered)(rule)
        registry.register(made)
        if isinstance(function, np.ufunc):
            dispatch.UFUNCS.setdefault(function, made)
        return made

    return make if forward is None else make(forward)
