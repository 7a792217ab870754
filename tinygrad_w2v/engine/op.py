"""Op: one record of a forward function, its backward rules and its evidence.

Calling an op runs its forward on plain arrays and, where an input requires a gradient, records a
node. An op that is given no Tensor answers with a plain array, so that rules may use any op.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np

from tinygrad_w2v.engine import registry, surfaces
from tinygrad_w2v.engine.call_errors import explained
from tinygrad_w2v.engine.fast_call import rewrite_call, write_call
from tinygrad_w2v.engine.observe import OBSERVERS, now, tell_called
from tinygrad_w2v.engine.plan import Plan, Rule, forget, recorders
from tinygrad_w2v.engine.promotion import promoted
from tinygrad_w2v.engine.row_sparse import RowSparse, computed_with
from tinygrad_w2v.engine.sample import Sampler
from tinygrad_w2v.engine.signature import Signature, parameter_names
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import FIXED, PLAIN, WANTED

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
        promotes: str | None = None,
        retrace: Callable[..., Any] | None = None,
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
        self.plans: dict[tuple[int, ...], Plan] = {}
        self.retrace = retrace
        self._promotes = promotes
        self.__name__ = self.name
        self.__doc__ = forward.__doc__

    @functools.cached_property
    def promotes(self) -> tuple[int, ...]:
        """The positions of the inputs that are brought to one dtype first; see ``promotion``."""
        if self._promotes is not None:
            return tuple(self.inputs.index(name) for name in self._promotes.split())
        # Comparisons, which have no rules, compare what they are given.
        is_mixing = isinstance(self.forward, np.ufunc) and len(self.inputs) > 1
        takes_floats = all(name in self.rules for name in self.inputs)
        return tuple(range(len(self.inputs))) if is_mixing and takes_floats else ()

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
        try:
            return self.quick(*args, **attributes)
        except TypeError:  # the arguments do not fit, maybe: sort them out, or say what is wrong
            return self.general(*args, **attributes)

    @functools.cached_property
    def recorders(self) -> Any:
        """What wraps a result, by the kinds of the inputs; see :func:`plan.recorders`."""
        return recorders(self)

    @functools.cached_property
    def quick(self) -> Callable[..., Any]:
        """The same call, unrolled for this op; arguments that do not fit are a bare TypeError."""
        return self.general if self.signature.variadic else write_call(self)

    def general(self, *args: Any, **attributes: Any) -> Any:
        """Run the op on any arguments: what a call does, step by step."""
        began = now() if OBSERVERS else 0.0
        if not self.signature.matches(args, attributes):
            args, attributes = self.signature.bind(args, attributes)
        arrays, kinds = [], []
        for arg in args:
            if isinstance(arg, Tensor):
                arrays.append(arg._data)
                kinds.append(WANTED if arg._requires_grad else FIXED)
            elif type(arg) is RowSparse:
                dense = computed_with(self.name, args)
                return dense if isinstance(dense, RowSparse) else self.general(*dense, **attributes)
            else:
                arrays.append(arg)
                kinds.append(PLAIN)
        if self.promotes:
            places = range(len(args)) if self.signature.variadic else self.promotes
            uniform = promoted(args, places)
            if uniform is not args:
                return self.general(*uniform, **attributes)
        try:
            result = self.forward(*arrays, **attributes)
        except (IndexError, TypeError, ValueError) as error:
            better = explained(self, arrays, error)
            raise better from (None if better is error else error)
        out, residuals = result if self.returns_residuals else (result, None)
        if not any(kinds):
            return out
        settings = {**self.defaults, **attributes}
        if self.signature.variadic:
            record = self.recorders[tuple(kinds)]
            made = record(np.asarray(out), residuals, args, **settings)
        else:
            record = self.recorders[sum(kind * 3**place for place, kind in enumerate(kinds))]
            made = record(np.asarray(out), residuals, *args, **settings)
        if OBSERVERS:
            tell_called(self, args, made, began)
        return made

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
            self.__dict__.pop("promotes", None)
            forget(self)
            if "quick" in self.__dict__:
                rewrite_call(self)
            return function

        return register

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join((*self.inputs, *self.defaults))})>"


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
    names: str = ...,
    inputs: str = ...,
    samples: Sampler | None = ...,
    residuals: bool = ...,
    order: int | None = ...,
    broadcasts: bool | None = ...,
    promotes: str | None = ...,
    retrace: Callable[..., Any] | None = ...,
    **rules: Callable[..., Any],
) -> Op: ...
@overload
def op(
    forward: None = ...,
    *,
    name: str | None = ...,
    names: str = ...,
    inputs: str = ...,
    samples: Sampler | None = ...,
    residuals: bool = ...,
    order: int | None = ...,
    broadcasts: bool | None = ...,
    promotes: str | None = ...,
    retrace: Callable[..., Any] | None = ...,
) -> Callable[[Callable[..., Any]], Op]: ...
def op(
    forward: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    names: str = "",
    inputs: str = "",
    samples: Sampler | None = None,
    residuals: bool = False,
    order: int | None = None,
    broadcasts: bool | None = None,
    promotes: str | None = None,
    retrace: Callable[..., Any] | None = None,
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
    names
        Every name under which the op can be called, separated by spaces, such as
        ``"Tensor.exp tg.exp F.exp np.exp"``; see ``engine.surfaces``.
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
    promotes
        The names of inputs that are brought to one floating dtype before the forward runs, as
        in PyTorch; separated by spaces. Defaults to all for a ufunc of several inputs that all
        have rules.
    retrace
        For an op with residuals: takes them and a stand-in for each input that wants a gradient
        (a Tensor with the right history but no meaningful values), and returns them as Tensors
        that some op could have made of these inputs, one whose own rule does not look at them.
        Without it, the inputs are kept, for a walk that is recorded to run the forward again.
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
            promotes=promotes,
            retrace=retrace,
        )
        for covered, rule in rules.items():
            made.backward(covered)(rule)
        registry.register(made)
        surfaces.enter(made, names)
        return made

    return make if forward is None else make(forward)
