"""NumPy's dispatch protocols: which op is called when a NumPy function receives a Tensor.

NEP 13 (``__array_ufunc__``) and NEP 18 (``__array_function__``) route ``np.exp(t)`` and
``np.concatenate([t, u])`` to the tables below. Because of this a backward rule written in plain
NumPy also runs on Tensors, which differentiates it again. The tables are filled from the names
in the ops' records; see ``surfaces``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

UFUNCS: dict[np.ufunc, Callable[..., Any]] = {}
REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {}
SPECIAL: dict[str, Callable[..., Any]] = {}
"""The functions of ``tinygrad_w2v.special``, which replace SciPy's of the same names."""
EXTENDED: dict[tuple[str, str], Callable[[Callable[..., Any], dict[str, Any]], Any]] = {}
"""For a NumPy function and a parameter that its op does not have: a function that computes it."""
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.shape: lambda a: a._data.shape,
    np.ndim: lambda a: len(a.shape),
}

_NO_VALUE = inspect.signature(np.sum).parameters["keepdims"].default
_UFUNC_DEFAULTS = {
    "out": None,
    "where": True,
    "dtype": None,
    "signature": None,
    "initial": _NO_VALUE,
    "casting": "same_kind",
    "order": "K",
    "subok": True,
}
_EMPTY = inspect.Parameter.empty


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """Compute ``ufunc.method(*inputs, **options)`` where one of `inputs` is a Tensor."""
    called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    target = {"__call__": UFUNCS, "reduce": REDUCTIONS}.get(method, {}).get(ufunc)
    if target is None and method == "__call__":
        scipy = sys.modules.get("scipy.special")
        is_scipys = getattr(scipy, ufunc.__name__, None) is ufunc
        target = SPECIAL.get(ufunc.__name__) if is_scipys else None
    if target is None and getattr(np, ufunc.__name__, None) is not ufunc:
        raise TypeError(
            f"the ufunc '{called}' is not NumPy's and has no op for Tensors: pass "
            f"t.detach().numpy() if no gradient is needed"
        )
    if target is None:
        _fail_without_op(called)
    attributes = {"axis": 0} if method == "reduce" else {}
    for name, value in options.items():
        if method == "reduce" and name in ("axis", "keepdims"):
            attributes[name] = value
        elif name == "dtype" and method == "__call__" and np.dtype(value).kind == "f":
            inputs = tuple(x.astype(value) if hasattr(x, "astype") else x for x in inputs)
        elif name not in _UFUNC_DEFAULTS or not _is_default(value, _UFUNC_DEFAULTS[name]):
            _refuse(called, name)
    return target(*inputs, **attributes)


def call_function(
    function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """Compute ``function(*args, **options)`` where a Tensor is among the arguments."""
    target = FUNCTIONS.get(function)
    if target is None:
        module = getattr(function, "__module__", "numpy").removeprefix("numpy").lstrip(".")
        name = getattr(function, "__name__", repr(function))
        _fail_without_op(f"{module}.{name}" if module else name)
    return target(*args, **options)


class NumpyCall:
    """Calls `target`, an op or a function, with the arguments of a NumPy function.

    They are bound by NumPy's own signature: its first parameters are the target's inputs, which
    are positional and have no default; the others are passed by name, or under the name in
    `renamed`. A parameter that the target does not have is refused unless it has its default
    value. NumPy's signature is read on the first call. From the second time on, arguments whose
    names agree with the target's are passed on directly.
    """

    def __init__(
        self, name: str, function: Any, target: Callable[..., Any], renamed: dict[str, str]
    ) -> None:
        self.name = name
        self.function = function
        self.target = target
        self.renamed = renamed
        self._is_bound = False
        self._direct: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def _bind(self) -> None:
        taken = inspect.signature(getattr(self.target, "forward", self.target)).parameters
        try:
            given = inspect.signature(self.function).parameters
        except ValueError:  # functions written in C have none before NumPy 2.4: take the target's
            given = taken
        both = (*taken.values(), *given.values())
        self.is_variadic = any(p.kind is p.VAR_POSITIONAL for p in both)
        last = inspect.Parameter.POSITIONAL_OR_KEYWORD  # of the positional kinds, in their order
        positional = tuple(name for name, p in given.items() if p.kind <= last)
        inputs = [n for n, p in taken.items() if p.kind <= last and p.default is _EMPTY]
        self.positional = () if self.is_variadic else positional
        self.inputs = self.positional[: len(inputs)]
        self.defaults = {name: parameter.default for name, parameter in given.items()}
        self.attributes = {**{name: name for name in taken if name not in inputs}, **self.renamed}
        self.filled = {
            self.attributes[name]: default
            for name, default in self.defaults.items()
            if name in self.attributes
            and name not in self.inputs
            and default not in (_EMPTY, _NO_VALUE, taken[self.attributes[name]].default)
        }
        self._is_bound = True

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the target with the arguments of the NumPy function."""
        key = (len(args), *options)
        names = self._direct.get(key)
        if names is not None:
            number = len(self.inputs)
            extra = dict(zip(names, args[number:], strict=False))
            return self.target(*args[:number], **extra, **options)
        if not self._is_bound:
            self._bind()
        given = {**dict(zip(self.positional, args, strict=False)), **options}
        inputs = args if self.is_variadic else [given.pop(n) for n in self.inputs if n in given]
        found: dict[str, Any] = {}
        for name, value in given.items():
            attribute = self.attributes.get(name)
            if attribute is None:
                if not _is_default(value, self.defaults.get(name, _EMPTY)):
                    if (self.name, name) in EXTENDED:
                        whole = {**dict(zip(self.inputs, inputs, strict=False)), **given}
                        return EXTENDED[self.name, name](self, whole)
                    _refuse(self.name, name)
            elif value is not _NO_VALUE:
                if attribute in found:
                    raise TypeError(f"np.{self.name}: '{attribute}' is given twice, by '{name}'")
                found[attribute] = value
        extra_names = self.positional[len(self.inputs) : len(args)]
        is_direct = len(inputs) == min(len(args), len(self.inputs)) and found.keys() == given.keys()
        if is_direct and not self.filled and not self.is_variadic:
            self._direct[key] = extra_names
        return self.target(*inputs, **{**self.filled, **found})


def _is_default(value: Any, default: Any) -> bool:
    return value is default or (
        (isinstance(value, bool | int | float | str) and type(value) is type(default))
        and bool(value == default)
    )


def _refuse(name: str, parameter: str) -> NoReturn:
    raise TypeError(
        f"np.{name}: parameter '{parameter}' is not supported for Tensors: leave it out, or pass "
        f"t.detach().numpy() if no gradient is needed"
    )


def _fail_without_op(name: str) -> NoReturn:
    raise TypeError(
        f"np.{name} has no op for Tensors: pass t.detach().numpy() if no gradient is needed, or "
        f"register one with tinygrad_w2v.op(..., names='np.{name}')"
    )
