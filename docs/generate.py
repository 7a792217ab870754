"""Generate what derives from the ops' records: type stubs, the tables of ops and PyTorch's names.

``python docs/generate.py`` writes the files; ``--check`` only reports those that are not up to
date, and fails if there are any.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import functools
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import op_table  # of this folder
import pytorch_table
from typing_extensions import get_overloads

import tinygrad_w2v.nn.functional  # noqa: F401  (fills the surface F)
from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.cli.options import EPILOG
from tinygrad_w2v.engine import Op, Tensor
from tinygrad_w2v.engine.signature import spellings
from tinygrad_w2v.engine.surfaces import SURFACES

ROOT = Path(__file__).parents[1]
HEADER = "# Generated from the ops' records by docs/generate.py.\n"
EMPTY = inspect.Parameter.empty
STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
PYTORCH = json.loads((ROOT / "docs" / "pytorch-names.json").read_text(encoding="utf-8"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if out of date")
    is_check = parser.parse_args().check
    stale = [path for path, text in generated().items() if _read(path) != text]
    for path in stale:
        if not is_check:
            (ROOT / path).write_text(generated()[path], encoding="utf-8")
        sys.stdout.write(f"{path} {'is out of date' if is_check else 'written'}\n")
    return int(is_check and bool(stale))


@functools.cache
def generated() -> dict[str, str]:
    """Return the text of each generated file."""
    return {
        "tinygrad_w2v/_functions.pyi": module_stub("tg"),
        "tinygrad_w2v/engine/tensor_methods.pyi": methods_stub(),
        "tinygrad_w2v/linalg.pyi": module_stub(
            "linalg", LinAlgError="from numpy.linalg import LinAlgError as LinAlgError"
        ),
        "tinygrad_w2v/nn/functional.pyi": module_stub("F"),
        "tinygrad_w2v/special.pyi": module_stub("special"),
        "tinygrad_w2v/masked.pyi": module_stub("masked"),
        "tinygrad_w2v/signal/windows.pyi": module_stub("windows"),
        "tinygrad_w2v/ops/__init__.pyi": module_stub("ops"),
        "docs/cli.md": command_line(),
        "docs/ops-table.md": op_table.text(),
        "docs/coming-from-pytorch.md": pytorch_table.text(),
    }


def _read(path: str) -> str:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


# --- stubs --------------------------------------------------------------------------------------


class Stub:
    """The imports of a stub, collected from the annotations in it.

    Parameters
    ----------
    hidden
        Names that a class body defines, so that a built-in type of this name must be qualified.
    instead
        Names to be replaced in annotations.
    """

    def __init__(
        self,
        hidden: frozenset[str] = frozenset(),
        instead: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.hidden = hidden
        self.instead = instead
        self.imports: dict[str, str] = {}
        self.annotation("Tensor | TensorLike | Any", "tinygrad_w2v.engine.tensor")

    def annotation(self, text: str, module: str) -> str:
        """Return an annotation written in `module`, after importing the names in it."""
        tree = ast.parse(text, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = self.instead.get(node.id, node.id)
                if node.id == "Self":
                    self.imports["Self"] = "from typing_extensions import Self"
                elif node.id in self.hidden and hasattr(builtins, node.id):
                    self.imports["builtins"] = "import builtins"
                    node.id = f"builtins.{node.id}"
                elif not hasattr(builtins, node.id):
                    known = {**origins("tinygrad_w2v.ops.creation"), **self.imports}
                    statement = origins(module).get(node.id) or known[node.id]
                    if self.imports.setdefault(node.id, statement) != statement:
                        raise ValueError(f"two annotations mean different things by '{node.id}'")
        return ast.unparse(tree)

    def text(self, body: list[str]) -> str:
        """Return the stub with this body."""
        imports = sorted(set(self.imports.values()))
        return HEADER + "\n".join([*imports, "", *body, ""])

    def definition(self, name: str, called: Any, *, is_method: bool) -> Iterator[str]:
        """Write the signatures of an op or a function."""
        called = getattr(called, "in_place_of", called)
        lines: list[str] = []
        for version in (get_overloads(called) if inspect.isfunction(called) else []) or [called]:
            parameters, result = self._signature(version)
            result = self.instead.get(result, result)
            if is_method:
                parameters[0] = "self"
            lines += [
                f"def {name}({', '.join(spelling)}) -> {result}: ..."
                for spelling in _versions(name, parameters, is_method)
            ]
        lines = list(dict.fromkeys(lines))
        for line in lines:
            if len(lines) > 1:
                yield "@overload"
                self.imports["overload"] = "from typing import overload"
            yield line + "  # type: ignore[override]" * (name in ("__eq__", "__ne__"))

    def _signature(self, called: Any) -> tuple[list[str], str]:
        if isinstance(called, Op):
            return self._signature_of_op(called), "Tensor"
        signature = inspect.signature(called)
        parts, has_star = [], False
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY and not has_star:
                parts.append("*")
            has_star |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
            star = STARS.get(parameter.kind, "")
            annotation = self.annotation(str(parameter.annotation), called.__module__)
            parts.append(_parameter(star + parameter.name, annotation, parameter.default))
        result = str(signature.return_annotation).replace("Any", "Tensor")
        return parts, self.annotation(result, called.__module__)

    def _signature_of_op(self, op: Op) -> list[str]:
        star = "*" if op.signature.variadic else ""
        parts = [f"{star}{name}: TensorLike" for name in op.inputs]
        annotations = getattr(op.forward, "__annotations__", {})
        has_star = bool(star)
        for name, default in op.defaults.items():
            if default is EMPTY and not has_star and any("=" in part for part in parts):
                parts.append("*")
                has_star = True
            annotation = self.annotation(annotations[name], op.forward.__module__)
            parts.append(_parameter(name, annotation, default))
        return parts


def _versions(name: str, parameters: list[str], is_method: bool) -> Iterator[list[str]]:
    """Yield a function's parameters with the spellings of axes that it accepts; see `signature`.

    First its own; then PyTorch's, or NumPy's if the function has PyTorch's. ``*axes`` can also be
    one argument ``dims``, and `correction`, which PyTorch has as well, a boolean `unbiased`.
    """
    yield parameters
    own = [each.partition(":")[0].lstrip("*") for each in parameters]
    known = " ".join(f"{PYTORCH[place].get(name)}" for place in ("torch", "torch.Tensor")).split()
    others: dict[str, str] = {}
    for other, each in spellings(tuple(own), 0).items():
        if each not in others or other in known:
            others[each] = other
    if others and not is_method and own[0] not in known:
        others[own[0]] = "input"
    second = {each: other for each, other in others.items() if each != "correction"}
    for names in (second, others if "unbiased" in known else second):
        pairs = zip(own, parameters, strict=True)
        yield [_renamed(text, each, names[each]) if each in names else text for each, text in pairs]


def _renamed(parameter: str, name: str, other: str) -> str:
    star, _, rest = parameter.partition(name)
    return ("*, " if star else "") + other + rest


def _parameter(name: str, annotation: str, default: Any) -> str:
    return f"{name}: {annotation}" + ("" if default is EMPTY else f" = {default!r}")


@functools.cache
def origins(module: str) -> dict[str, str]:
    """Return the import statement for each name that a module imports or defines."""
    source = inspect.getsource(sys.modules[module])
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = ast.unparse(ast.Import([alias]))
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                statement = ast.ImportFrom(node.module, [alias], 0)
                found[alias.asname or alias.name] = ast.unparse(statement)
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        for target in targets:
            name = getattr(target, "id", getattr(target, "name", None))
            if isinstance(target, ast.AnnAssign):
                name = getattr(target.target, "id", None)
            if name:
                found[name] = f"from {module} import {name}"
    return found


def module_stub(surface: str, **imports: str) -> str:
    """Return the stub of a module whose functions are those of a surface, and other imports."""
    stub, body = Stub(), []
    stub.imports.update(imports)
    # A function that is named as a file of the folder is defined again: mypy's cache may take an
    # import of it for one of the file.
    files = {path.stem for path in (ROOT / "tinygrad_w2v" / "ops").glob("*.py")}
    own_names = {id(f): name for name, f in SURFACES["ops"].items() if name not in files}
    for name, called in sorted(SURFACES[surface].items()):
        if surface != "ops" and id(called) in own_names:
            own = own_names[id(called)]
            known = own if own == name else f"_{own}"  # only ``import x as x`` is a re-export
            stub.imports[known] = f"from tinygrad_w2v.ops import {own} as {known}"
            body += [f"{name} = {known}"] if own != name else []
        else:
            body += stub.definition(name, called, is_method=False)
    return stub.text(body)


def methods_stub() -> str:
    """Return the stub of the methods that are attached to Tensor."""
    attached = {
        name: value
        for name, value in vars(Tensor).items()
        if inspect.isfunction(value)
        and value.__module__ != Tensor.__module__
        and name not in SURFACES["Tensor"]
    }
    # The class of a higher file would make a circle with the module of Tensor.
    instead = {"Tensor": "Self", "Generator": "RandomGenerator"}
    stub = Stub(frozenset(SURFACES["Tensor"]), instead)
    stub.imports["RandomGenerator"] = "from tinygrad_w2v.engine.types import RandomGenerator"
    body = ["class TensorMethods:", "    __slots__ = ()"]
    for name, called in sorted({**SURFACES["Tensor"], **attached}.items()):
        if isinstance(inspect.getattr_static(Tensor, name), property):
            body.append("    @property")
            called_as = f"def {name}(self) -> Self: ..."
            body.append(f"    {called_as}")
        else:
            body += (f"    {line}" for line in stub.definition(name, called, is_method=True))
    return stub.text(body)


# --- the command line ---------------------------------------------------------------------------


def command_line() -> str:
    """Return the page of the command line, from its parser."""
    parser = build_parser()
    commands = next(
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    purposes = {action.dest: action.help for action in commands._choices_actions}
    rows = [
        *("# The command line", "", "Generated from the parser by `docs/generate.py`.", ""),
        *(parser.description, "", "```text", EPILOG, "```", "", "| command | purpose |"),
        *("| --- | --- |", *(f"| [{n}](#{n}) | {_cell(purposes[n])} |" for n in commands.choices)),
    ]
    for name, command in commands.choices.items():
        rows += ["", f"## {name}", "", command.description, "", "```console"]
        rows += [f"$ {line.strip()}" for line in command.epilog.split("\n")[1:]]
        rows += ["```"]
        for group in command._action_groups:
            actions = [each for each in group._group_actions if each.dest != "help"]
            if actions:
                title = group.title if group.title in _SECTIONS else "options"
                rows += ["", f"| {title} | |", "| --- | --- |"]
                rows += [
                    f"| {_spelling(each)} | {_cell(each.help % vars(each))} |" for each in actions
                ]
    return "\n".join([*rows, ""])


_SECTIONS = ("corpus", "model", "loss", "optimizer", "training", "output")


def _spelling(action: argparse.Action) -> str:
    """Return an option as it is written, with its value."""
    value = action.metavar or ""
    if action.choices:
        value = "\\|".join(map(str, action.choices))
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    return f"{names} {value}".strip() if names else f"`{action.metavar or action.dest}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
