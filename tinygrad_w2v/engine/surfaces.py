"""Surfaces: the places where ops and functions can be called, derived from the names they state.

A record states its names as ``names="Tensor tg F.acos np.arccos"``, a function made of ops with
``@named("Tensor tg")``. The part before the first dot is the surface; a surface alone represents
the op's own name on it:

- ``Tensor``: a method or operator of Tensor, such as ``Tensor.exp`` or ``Tensor.__radd__``
- ``Tensor_``: a method and its in-place version, ``Tensor.exp`` and ``Tensor.exp_``; that of an op
  of one value is also at the top level, ``tg.exp_``
- ``property``: a property of Tensor, such as ``property.T``
- ``tg``: the top level of the package
- ``F``: ``nn.functional``; ``linalg``, ``special`` and ``masked``: the modules of these names;
  ``windows``: ``signal.windows``
- ``np``: a NumPy function that receives a Tensor. Its arguments are bound by NumPy's own
  signature; ``np.var(ddof=correction)`` also states that NumPy's ``ddof`` is the op's
  ``correction``. An op whose forward is a ufunc has this ufunc's name without stating it.

Every op and public function is also in ``tinygrad_w2v.ops`` under its own name.
"""

from __future__ import annotations

import builtins
import operator
import re
from collections.abc import Callable, MutableMapping
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import numpy as np

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.in_place import in_place
from tinygrad_w2v.engine.signature import spelled
from tinygrad_w2v.engine.tensor import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])

_STATED = ("Tensor", "tg", "F", "linalg", "special", "masked", "windows", "np")
SURFACES: dict[str, dict[str, Any]] = {name: {} for name in (*_STATED, "ops")} | {
    "special": dispatch.SPECIAL
}
"""For each surface, the op or function under each name; the properties are in ``Tensor``."""

_NAMESPACES: dict[str, MutableMapping[str, Any]] = {}
_NAME = re.compile(rf"(Tensor_|property|{'|'.join(_STATED)})(?:\.([\w.]+)(?:\(([\w=,]+)\))?)?")
_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
_OPERATORS = {f"__{name}__" for name in _BINARY.split(" ")}
_REFLECTED = {f"__r{name}__" for name in _BINARY.split(" ")}


def named(names: str = "") -> Callable[[Function], Function]:
    """Enter the decorated function, which is made of ops, under its names; see ``surfaces``.

    Keyword arguments of the function that is returned can be spelled as in NumPy or in PyTorch
    (``axis`` or ``dim``); see ``signature.spellings``.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> @tg.named("Tensor tg")
    ... def doc_cubed(x):
    ...     return x * x * x
    >>> tg.tensor([2.0]).doc_cubed(), tg.doc_cubed(tg.tensor([3.0]))
    (tensor([8.]), tensor([27.]))
    """

    def decorate(function: Function) -> Function:
        unnamed = ("np.", "property", "Tensor.__")  # called without PyTorch's keywords
        is_plain = all(name.startswith(unnamed) for name in names.split())
        target: Any = function if is_plain else spelled(function)
        entered: Function = enter(target, names)
        return entered

    return decorate


def enter(target: Function, names: str) -> Function:
    """Enter an op or a function on the surfaces, and return it.

    Raises
    ------
    ValueError
        If a name is malformed, or belongs to something else already (names both).
    """
    entries = [_parse(target, text) for text in names.split()]
    for index, (surface, name, renamed) in enumerate(entries):
        if surface == "Tensor_":
            entries[index] = ("Tensor", name, renamed)
            change = in_place(f"{name}_", target)
            setattr(Tensor, f"{name}_", change)
            if getattr(getattr(target, "signature", None), "names", None) == ("x",):
                _show("tg", f"{name}_", change)
    for surface, name, _ in entries:
        _require_free("Tensor" if surface == "property" else surface, name, target)
    for surface, name, renamed in entries:
        if surface == "np":
            _enter_numpy(name, target, renamed)
        elif surface in ("Tensor", "property"):
            bind(name, target, is_property=surface == "property")
            surface = "Tensor"
        _show(surface, name, target)
    forward = getattr(target, "forward", None)
    if isinstance(forward, np.ufunc) and forward not in dispatch.UFUNCS:
        dispatch.UFUNCS[forward] = SURFACES["np"][forward.__name__] = target
    if not target.__name__.startswith("_"):
        _show("ops", _own_name(target), target)
    return target


def _show(surface: str, name: str, target: Any) -> None:
    SURFACES[surface][name] = target
    _NAMESPACES.get(surface, {})[name] = target


def expose(surface: str, namespace: MutableMapping[str, Any]) -> list[str]:
    """Keep a module's namespace filled with the functions of a surface; return their names.

    Functions that are entered later are added to the namespace as well.
    """
    _NAMESPACES[surface] = namespace
    for name, target in SURFACES[surface].items():
        _require_unused(surface, name, target)
        namespace[name] = target
    return sorted(SURFACES[surface])


def names_of(target: Any) -> list[str]:
    """Return all names of an op or function but the one in ``ops``, in the surfaces' order."""
    return [
        f"{surface}.{name}"
        for surface, entered in SURFACES.items()
        for name, value in entered.items()
        if value is target and surface != "ops"
    ]


def bind(name: str, target: Any, *, is_property: bool = False) -> None:
    """Set a method, operator or property of Tensor.

    The method of an op has the op as its attribute ``op``, and is ``reflected`` if it calls the
    op with its operands exchanged, as ``__radd__`` does.
    """
    method = target if isinstance(target, FunctionType) else _method(name, target)
    setattr(Tensor, name, property(method) if is_property else method)


def _method(name: str, op: Any) -> Any:
    is_reflected = name in _REFLECTED

    def method(self: Tensor, *args: Any, **attributes: Any) -> Any:
        return op(self, *args, **attributes)

    def operator(self: Tensor, other: Any) -> Any:
        return op(other, self) if is_reflected else op(self, other)

    bound: Any = operator if is_reflected or name in _OPERATORS else method
    bound.__name__, bound.__doc__ = name, op.__doc__
    vars(bound).update(op=op, reflected=is_reflected)
    return bound


def _parse(target: Any, text: str) -> tuple[str, str, dict[str, str]]:
    match = _NAME.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{_described(target)}: '{text}' is not a name: write surface.name, where the surface "
            f"is Tensor_, property, {', '.join(_STATED[:-1])} or {_STATED[-1]}"
        )
    surface, name, renamed = match.groups(default="")
    return surface, name or _own_name(target), dict(re.findall(r"(\w+)=(\w+)", renamed))


def _require_free(surface: str, name: str, target: Any) -> None:
    standing = SURFACES[surface].get(name)
    if standing is None:
        _require_unused(surface, name, target)
    elif _identity(standing) != _identity(target):
        raise ValueError(
            f"{surface}.{name} is already {_described(standing)}: give {_described(target)} "
            f"another name"
        )


def _require_unused(surface: str, name: str, target: Any) -> None:
    """Refuse the name of something in the class or module that is neither op nor function."""
    if surface == "Tensor":
        is_used = any(name in vars(cls) for cls in Tensor.__mro__[:-1])
    else:
        namespace = _NAMESPACES.get(surface, {})
        is_submodule = surface == "ops" and isinstance(namespace.get(name), ModuleType)
        is_used = name in namespace or name in namespace.get("__all__", ())
        is_used = is_used and not is_submodule
    if is_used:
        raise ValueError(
            f"{surface}.{name} exists and is not an op: give {_described(target)} another name"
        )


def _enter_numpy(name: str, target: Any, renamed: dict[str, str]) -> None:
    try:
        function = operator.attrgetter(name)(np)
    except AttributeError:
        raise ValueError(f"{_described(target)}: NumPy has no function np.{name}") from None
    if isinstance(function, np.ufunc):
        dispatch.UFUNCS[function] = target
    elif name.endswith(".reduce"):
        dispatch.REDUCTIONS[function.__self__] = target
    else:
        dispatch.FUNCTIONS[function] = dispatch.NumpyCall(name, function, target, renamed)


def _own_name(target: Any) -> str:
    """Return the name without the underscore that keeps ``max_`` from hiding a built-in one."""
    name: str = target.__name__
    bare = name.removesuffix("_")
    return bare if hasattr(builtins, bare) else name


def _identity(target: Any) -> tuple[str, str]:
    """Return what stays the same when a module is run again."""
    return getattr(getattr(target, "forward", target), "__module__", "numpy"), target.__name__


def _described(target: Any) -> str:
    kind = "op" if hasattr(target, "forward") else "function"
    return f"{kind} '{target.__name__}' of {_identity(target)[0]}"
