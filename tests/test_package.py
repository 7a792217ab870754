from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from importlib import resources

import pytest

import tinygrad_w2v as tg

FLOORS = ["data", "models", "nn", "optim", "testing", "training", "utils", "word2vec"]
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(tg.__path__, "tinygrad_w2v.")
    if not module.name.endswith("__main__")
)


OF_AN_EXTRA = {
    "tinygrad_w2v.kernels.compiled": "numba",
    "tinygrad_w2v.testing.pytest_plugin": "pytest",
}
NEEDED = {"numpy", "typing_extensions", "tinygrad_w2v"}

# A Python in which nothing can be imported but the standard library and what is needed.
BARE = f"""
import sys, importlib.abc
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {NEEDED!r} and top[0] != "_":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuse())
"""


def modules_after(statement: str) -> set[str]:
    """Return the modules that a new Python holds after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout.splitlines()[-1]))


def foreign_packages(modules: set[str]) -> set[str]:
    """Return the packages that are not of the standard library, nor parts of NumPy's own."""
    tops = {name.partition(".")[0] for name in modules}
    return {
        top
        for top in tops - sys.stdlib_module_names - {"cython_runtime"}
        if not top.startswith(("_cython_", "_sysconfigdata_"))
    }


def test_the_import_loads_nothing_but_numpy_and_typing_extensions() -> None:
    added = modules_after("import tinygrad_w2v") - modules_after("")
    assert foreign_packages(added) <= NEEDED


def test_the_import_leaves_parts_of_numpy_alone_that_numpy_itself_leaves_alone() -> None:
    added = modules_after("import tinygrad_w2v") - modules_after("import numpy")
    assert not {name for name in added if name.startswith("numpy.random")}


def test_no_module_needs_anything_else_but_those_of_an_extra() -> None:
    plain = [name for name in MODULES if not name.startswith(tuple(OF_AN_EXTRA))]
    modules_after(f"{BARE}\nimport {', '.join(plain)}")


def test_the_floors_are_loaded_when_they_are_first_used() -> None:
    unused = {f"tinygrad_w2v.{floor}" for floor in FLOORS}
    assert not unused & modules_after("import tinygrad_w2v")
    assert "tinygrad_w2v.word2vec" in modules_after("import tinygrad_w2v as tg; tg.word2vec")


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_is_an_attribute_of_the_package(floor: str) -> None:
    assert getattr(tg, floor) is importlib.import_module(f"tinygrad_w2v.{floor}")
    assert floor in dir(tg)


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'tinygrad_w2v' has no attribute 'nnn'"):
        tg.nnn  # noqa: B018


@pytest.mark.parametrize("name", ["tinygrad_w2v", *MODULES])
def test_every_public_name_exists_and_is_listed_once_in_order(name: str) -> None:
    if name in OF_AN_EXTRA:
        pytest.importorskip(OF_AN_EXTRA[name])
    module = importlib.import_module(name)
    public = getattr(module, "__all__", [])
    assert len(set(public)) == len(public)
    for attribute in public:
        assert hasattr(module, attribute), f"{name}.__all__ lists {attribute!r}"


def test_the_package_says_that_it_is_typed() -> None:
    assert resources.files("tinygrad_w2v").joinpath("py.typed").is_file()


def test_functional_has_pytorchs_functions_and_derivatives() -> None:
    functional = importlib.import_module("tinygrad_w2v.functional")
    assert functional.einsum is tg.einsum
    assert functional.jacobian is tg.autograd.functional.jacobian
    assert functional is tg.functional
