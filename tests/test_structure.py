"""Imports between files: no circles, none from a higher floor; annotations and stubs count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tinygrad_w2v

ROOT = Path(tinygrad_w2v.__file__).parent

# From the lowest floor up; folders of one line are side by side.
FLOORS = [
    ["errors"],
    ["validation", "absent", "runtime", "kernels"],
    ["engine"],
    ["random"],
    ["autograd", "ops", "cuda", "accelerator", "backends", "defaults", "version"],
    ["nn", "testing", "linalg", "special", "masked", "signal", "functional", "distributions"],
    ["data", "optim", "models"],
    ["utils"],
    ["training"],
    ["word2vec"],
    ["cli"],
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for path in ROOT.rglob("*.py")}


def imports(module: str) -> Iterator[str]:
    """Yield the modules of the package that a module names in imports, lazy ones excepted."""
    stub = FILES[module].with_suffix(".pyi")
    for file in (FILES[module], *[stub] * stub.exists()):
        yield from imports_of(ast.parse(file.read_text(encoding="utf-8")))


def imports_of(tree: ast.Module) -> Iterator[str]:
    inside_functions = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and id(node) not in inside_functions:
            yield from (alias.name for alias in node.names)
        is_read = isinstance(node, ast.ImportFrom) and id(node) not in inside_functions
        if is_read and node.module and not node.module.endswith("._functions"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in FILES else node.module


@pytest.mark.parametrize("module", sorted(FILES))
def test_no_import_from_a_higher_floor(module: str) -> None:
    floor = FLOOR.get(module.split(".")[1] if "." in module else "", len(FLOORS))
    for name in imports(module):
        assert name != "tinygrad_w2v" or floor == len(FLOORS), f"{module} imports the whole package"
        if name.startswith("tinygrad_w2v."):
            assert FLOOR[name.split(".")[1]] <= floor, f"{module} imports {name}"


def test_no_circle_of_imports() -> None:
    graph = {
        module: {name for name in imports(module) if name in FILES} - {module, "tinygrad_w2v"}
        for module in FILES
        if FILES[module].name != "__init__.py"
    }
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_no_file_over_400_lines() -> None:
    files = [*ROOT.rglob("*.py"), *Path(__file__).parent.rglob("*.py")]
    lengths = {str(path): len(path.read_text("utf-8").splitlines()) for path in files}
    assert not {path: length for path, length in lengths.items() if length > 400}
