"""The parameters of functions are read from their code; inspect.signature agrees."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_w2v.nn.functional  # noqa: F401  (fills the surface F)
from tinygrad_w2v.engine.signature import parameter_names, starred
from tinygrad_w2v.engine.surfaces import SURFACES

FUNCTIONS = {
    f"{surface}.{name}": function
    for surface, entered in SURFACES.items()
    for name, function in entered.items()
    if inspect.isfunction(function)
}


def expected(function: Callable[..., Any]) -> tuple[tuple[str, ...], str | None]:
    parameters = inspect.signature(function).parameters
    kinds = {p.kind: name for name, p in parameters.items()}
    return tuple(parameters), kinds.get(inspect.Parameter.VAR_POSITIONAL)


def test_every_function_of_the_surfaces() -> None:
    for name, function in FUNCTIONS.items():
        assert (parameter_names(function), starred(function)) == expected(function), name


def all_kinds(a: Any, /, b: Any, *rest: Any, c: Any, d: Any = 1, **options: Any) -> Any:
    return a, b, rest, c, d, options


def keywords(a: Any, *, c: Any, **options: Any) -> Any:
    return a, c, options


def wrapped() -> Callable[..., Any]:
    return functools.wraps(keywords)(lambda *args, **options: keywords(*args, **options))


def stated() -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        return args

    call.__signature__ = inspect.signature(keywords)  # type: ignore[attr-defined]
    return call


@pytest.mark.parametrize("function", [all_kinds, keywords, wrapped(), stated(), len])
def test_kinds_of_parameters(function: Callable[..., Any]) -> None:
    assert (parameter_names(function), starred(function)) == expected(function)
