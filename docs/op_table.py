"""The table of ops: formula, rule of each input, what it saves, order, and names, from the records.

The formula is the first line of the forward's docstring, or the NumPy function that the op is. A
rule of one expression is shown as it is written; a longer one by its name, which its file defines.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional  # noqa: F401  (fills the surface F)
from tinygrad_w2v.cli.ops import row
from tinygrad_w2v.engine import Op, registered_ops
from tinygrad_w2v.engine.surfaces import SURFACES, names_of

INTRODUCTION = """\
# The op set: formula, rule, saves, order

Generated from the ops' records by `docs/generate.py`. A rule is shown as its record states it: `g`
is the gradient of the result, and the other names are what the op saves. A rule of several lines is
shown by its name and its file in `tinygrad_w2v`. The order is that of the highest derivative. The
conventions are in [ops.md](ops.md), and the names are [below](#names).

| op | formula | rule | saves | order |
| --- | --- | --- | --- | --- |"""


def text() -> str:
    """Return docs/ops-table.md."""
    ops = sorted(registered_ops().items())
    rows = [INTRODUCTION]
    for name, op in ops:
        _, _, order, saved = row(op)
        rows.append(f"| {' | '.join((name, formula(op), rules(op), saved, order))} |")
    rows += ["", "## Names", "", "| op | names |", "| --- | --- |"]
    rows += [f"| {name} | {listing(op)} |" for name, op in ops if names_of(op)]
    functions = {id(f): f for entered in SURFACES.values() for f in entered.values()}
    rows += ["", "| function composed of ops | names |", "| --- | --- |"]
    for function in sorted(functions.values(), key=lambda f: f.__name__):
        is_listed = not isinstance(function, Op) and not hasattr(function, "in_place_of")
        if is_listed and names_of(function):
            rows.append(f"| {function.__name__.strip('_')} | {listing(function)} |")
    return "\n".join([*rows, ""])


def listing(called: Any) -> str:
    return " ".join(f"`{each}`" for each in names_of(called))


def formula(op: Op) -> str:
    """Return the first line of the forward's docstring as Markdown, or NumPy's call."""
    if isinstance(op.forward, np.ufunc):
        return f"`np.{op.forward.__name__}({', '.join(op.inputs)})`"
    line = (inspect.getdoc(op.forward) or "").partition("\n")[0]
    return prose(re.sub(r"[;,] see :\w+:`\w+`", "", line))


def prose(line: str) -> str:
    """Return a line of a docstring as Markdown in a cell of a table."""
    line = re.sub(r":\w+:`~?([\w.]+)`", r"`\1`", line)
    parts = re.split(r"(``.*?``|`[^`]*`)", line)
    parts[::2] = [re.sub(r"([*_])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts).replace("|", "\\|")


def rules(op: Op) -> str:
    """Return the rule of each input as code."""
    cells = []
    for rule in dict.fromkeys(op.rules.values()):
        function = inspect.unwrap(rule.function)
        code = source(function)
        is_named = code == function.__name__
        place = f" in `{file_of(function)}`" if is_named else ""
        cells.append(f"{', '.join(rule.covers)}: `{code}`{place}".replace("|", "\\|"))
    return "; ".join(cells)


def file_of(function: Callable[..., Any]) -> str:
    return "/".join(function.__module__.split(".")[1:]) + ".py"


def source(function: Callable[..., Any]) -> str:
    """Return the expression that a function returns; its name if it has more statements."""
    if function.__name__ == "<lambda>":
        found = lambda_of(function)
        return ast.unparse(found.body) if found else function.__name__
    (definition, *_) = (
        node
        for node in ast.walk(tree(function.__module__))
        if isinstance(node, ast.FunctionDef)
        and node.name == function.__name__
        and function.__code__.co_firstlineno in (node.lineno, *decorator_lines(node))
    )
    body = definition.body[1:] if ast.get_docstring(definition) else definition.body
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return ast.unparse(body[0].value)
    return function.__name__


def decorator_lines(node: ast.FunctionDef) -> Iterator[int]:
    return (decorator.lineno for decorator in node.decorator_list)


def lambda_of(function: Callable[..., Any]) -> ast.Lambda | None:
    """Return the syntax tree of a lambda: of those on its line, the one that uses its names."""
    code = function.__code__
    candidates = [
        node
        for node in ast.walk(tree(function.__module__))
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and [each.arg for each in node.args.args] == list(code.co_varnames[: code.co_argcount])
    ]
    for node in candidates:
        names = {each.id for each in ast.walk(node.body) if isinstance(each, ast.Name)}
        if {*code.co_names, *code.co_freevars} & names == names - {*code.co_varnames}:
            return node
    return None


@functools.cache
def tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))
