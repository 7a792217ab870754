"""op(): register an op. The registry has all ops by name, of the package and of its users."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from typing import Any, overload

from tinygrad_w2v.engine import surfaces
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sampler
from tinygrad_w2v.errors import nearest_names

OPS: dict[str, Op] = {}


def get_op(name: str) -> Op:
    """Return the op registered under a name.

    Raises
    ------
    KeyError
        If there is none; names the nearest ones.
    """
    try:
        return OPS[name]
    except KeyError:
        hint = nearest_names(name, OPS) or "see registered_ops()"
        raise KeyError(f"no op is named '{name}': {hint}") from None


def registered_ops() -> Mapping[str, Op]:
    """Return all ops by name, in the order they were registered."""
    return dict(OPS)


def register(made: Op) -> None:
    """Enter an op under its name, or raise ValueError if another op has the name."""
    standing = OPS.get(made.name)
    # A module that is run again may register its own ops again.
    if standing is not None and _origin(standing) != _origin(made):
        raise ValueError(
            f"an op named '{made.name}' is already registered (from {_origin(standing)[0]}): "
            f"give yours another name with op(..., name=...)"
        )
    OPS[made.name] = made


# An op is pickled by name: its rules and samples are often lambdas.
copyreg.pickle(Op, lambda made: (get_op, (made.name,)))


def _origin(made: Op) -> tuple[str, str]:
    function = made.forward
    return getattr(function, "__module__", "numpy"), getattr(function, "__qualname__", made.name)


@overload
def op(forward: Callable[..., Any], **options: Any) -> Op: ...
@overload
def op(forward: None = ..., **options: Any) -> Callable[[Callable[..., Any]], Op]: ...
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
    composed: str = "",
    **rules: Callable[..., Any],
) -> Op | Callable[[Callable[..., Any]], Op]:
    """Register an op: a forward function on arrays, and a backward rule for each input.

    Either a row of a table, ``op(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a)``, or a
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
        Where the op can be called, separated by spaces: ``"Tensor tg F.acos"`` is a method and a
        function of the package under the op's own name, and ``nn.functional.acos``; see
        ``engine.surfaces``.
    inputs
        Names of the inputs, separated by spaces; only for a ufunc without rules.
    samples
        A function of a ``numpy.random.Generator`` returning a list of :class:`Sample`.
    residuals
        The forward returns ``(out, residuals)``; rules may ask for the second.
    order
        1 if the rules cannot be differentiated; ``create_graph=True`` then raises an error.
    broadcasts
        Whether inputs are broadcast, so that gradients are summed over the broadcast axes.
        Defaults to True for ufuncs only.
    promotes
        Names of the inputs that are converted to one floating dtype before the forward runs, as
        in PyTorch; separated by spaces. Defaults to all for a ufunc of several inputs that all
        have rules.
    retrace
        For an op with residuals. With ``create_graph=True`` the walk needs the residuals as
        Tensors. By default the op saves its inputs and the walk runs the forward again.
        `retrace` avoids both: it takes the residuals and, for each input, a Tensor with the
        input's history but without its values, and returns the residuals as Tensors.
    composed
        Names of the attributes that may be Tensors which require a gradient, separated by spaces.
        With one, the forward runs on Tensors: its own operations are then recorded.
    rules
        For each differentiable input, the rule.

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
            composed=tuple(composed.split()),
        )
        for covered, rule in rules.items():
            made.backward(covered)(rule)
        register(made)
        surfaces.enter(made, names)
        return made

    return make if forward is None else make(forward)
