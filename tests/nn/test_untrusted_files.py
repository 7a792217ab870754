"""A model file or a run file imports and runs nothing that the caller has not allowed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.nn.allowed_layers import AllowedLayer, scale
from tinygrad_w2v import nn, optim
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.archive import write_archive

HERE = "tests.nn.allowed_layers"


@pytest.fixture(autouse=True)
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module in the current folder that leaves a trace when it is imported."""
    (tmp_path / "evil.py").write_text(
        "import pathlib\n"
        "pathlib.Path('trace').touch()\n"
        "from tinygrad_w2v import nn\n"
        "class Layer(nn.Module): pass\n"
        "def run(x): pathlib.Path('trace').touch(); return x\n"
    )
    (tmp_path / "evilpackage").mkdir()
    (tmp_path / "evilpackage" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    assert not (tmp_path / "trace").exists()
    new = set(sys.modules) - before
    assert not new & {"evil", "evilpackage", "antigravity", "this", "unittest.__main__", "idlelib"}


def test_trace_of_an_import_is_seen(evil: Path) -> None:
    nn.build({"type": "evil:Layer"}, allow=["evil"])
    assert sys.modules.pop("evil")
    (evil / "trace").unlink()  # fails if there is none


def load_spec(spec: Any, folder: Path, **arrays: Any) -> Any:
    meta = {"version": 1, "spec": spec, "shared": {}, "extra": {}}
    write_archive(folder / "model.npz", arrays, meta)
    return nn.load(folder / "model.npz")


PATHS = [
    "evil:Layer",
    "evil:run",
    "evil:Layer.forward",
    "evilpackage:Layer",
    "evilpackage.inner:Layer",
    "unittest.__main__:X",
    "antigravity:X",
    "this:s",
    "idlelib.__main__:X",
    "os:system",
    "os:popen",
    "posix:system",
    "subprocess:call",
    "subprocess:Popen",
    "builtins:eval",
    "builtins:exec",
    "builtins:bytes",
    "builtins:open",
    "builtins:__import__",
    "builtins:getattr",
    "builtins:type",
    "importlib:import_module",
    "runpy:run_path",
    "pickle:loads",
    "marshal:loads",
    "shutil:rmtree",
    "ctypes:CDLL",
    "code:interact",
    "webbrowser:open",
    "numpy:asarray",
    "numpy:load",
    "numpy:fromfile",
    "numpy:tanh",
    "numpy.ctypeslib:load_library",
    "numpy:ctypeslib.load_library",
    "tinygrad_w2v:importlib.import_module",
    "tinygrad_w2v.nn:load",
    "tinygrad_w2v.nn.linear:Linear",
    "tinygrad_w2v.nn.linear:np.load",
    "tinygrad_w2v.nn.references:importlib.import_module",
    "tinygrad_w2v.engine:op",
    "tinygrad_w2v.runtime.files:os.remove",
    f"{HERE}:AllowedLayer",
    f"{HERE}:scale",
    "__main__:X",
    "sys:exit",
    "sys:modules.os.system",
]
STRANGE = [
    ":system",
    "os:",
    ":",
    "os::system",
    "os.:system",
    ".os:system",
    "..evil:Layer",
    "os/path:join",
    "evil.py:Layer",
    "./evil:Layer",
    "/tmp/evil:Layer",
    "C:\\evil:Layer",
    "os :system",
    "os\n:system",
    "os\x00:system",
    "\x1b[31mos:system",
    "os:system()",
    "os:__class__.__init__.__globals__['x']",
    "file:///tmp/evil:Layer",
    "lambda x: x",
]
NAMES = ["evil", "os.system", "eval", "__import__", "np", "functional", "Callable", "", "Linear.x"]


def assert_refused(message: str, path: str) -> None:
    assert "\n" not in message
    assert "\x1b" not in message
    if path in PATHS:
        assert f"would import {path.split(':')[0]}, which runs its code" in message
        assert f"allow=[{path!r}], on the command line --allow {path}" in message


@pytest.mark.parametrize("name", PATHS + STRANGE + NAMES)
def test_type_in_a_file_imports_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_spec({"type": name}, tmp_path)
    assert_refused(str(caught.value), name)
    with pytest.raises(InputError):
        nn.build({"type": name})
    nested = {"type": "Sequential", "layers": [{"type": "Residual", "inner": {"type": name}}]}
    with pytest.raises(InputError, match=r"spec.layers\[0\].inner.type"):
        load_spec(nested, tmp_path)


@pytest.mark.parametrize("name", PATHS + STRANGE + NAMES)
def test_function_in_a_file_imports_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_spec({"type": "Lambda", "function": name}, tmp_path)
    assert_refused(str(caught.value), name)
    optimizer = optim.SGD(nn.Linear(2, 2), lr=0.1)
    with pytest.raises(InputError):
        nn.build({"type": "LambdaLR", "function": name}, given={"optimizer": optimizer})
    with pytest.raises(InputError):
        nn.Lambda(name)


def test_chain_of_lambdas_cannot_reach_a_shell(tmp_path: Path) -> None:
    command = np.frombuffer(b"touch trace ", dtype=np.float32)
    functions = ["numpy:asarray", "builtins:bytes", "os:system"]
    layers = [{"type": "Linear", "in_features": 1, "out_features": 3}]
    layers += [{"type": "Lambda", "function": name} for name in functions]
    weight = np.zeros((3, 1), np.float32)
    arrays = {"0.weight": weight, "0.bias": command}
    with pytest.raises(InputError, match=r"spec.layers\[1\].function is 'numpy:asarray'"):
        load_spec({"type": "Sequential", "layers": layers}, tmp_path, **arrays)


def test_class_that_is_imported_already_is_not_allowed_either(tmp_path: Path) -> None:
    nn.save(AllowedLayer(2.0), tmp_path / "model.npz")
    with pytest.raises(InputError, match=r"this would import tests.nn.allowed_layers"):
        nn.load(tmp_path / "model.npz")


@pytest.mark.parametrize("allow", [[HERE], [f"{HERE}:AllowedLayer"], HERE])
def test_allowed_class_is_loaded(allow: Any, tmp_path: Path) -> None:
    nn.save(AllowedLayer(2.0), tmp_path / "model.npz")
    assert isinstance(nn.load(tmp_path / "model.npz", allow=allow), AllowedLayer)


def test_allowed_function_is_loaded(tmp_path: Path) -> None:
    nn.save(nn.Lambda(scale), tmp_path / "model.npz")
    assert nn.load(tmp_path / "model.npz", allow=[f"{HERE}:scale"]).function is scale
    with pytest.raises(InputError, match=r"would import"):
        nn.load(tmp_path / "model.npz", allow=[f"{HERE}:AllowedLayer"])


@pytest.mark.parametrize("name", ["np", "np.load", "os", "os.system", "nn", "helper", "nothing"])
def test_allowed_module_lends_only_what_it_defines(name: str) -> None:
    with pytest.raises(InputError, match=r"defines no such class or function"):
        nn.build({"type": "Lambda", "function": f"{HERE}:{name}"}, allow=[HERE])


def test_allowed_module_does_not_allow_its_submodules() -> None:
    with pytest.raises(InputError, match=r"would import tests.nn.allowed_layers"):
        nn.build({"type": f"{HERE}:AllowedLayer"}, allow=["tests.nn", "tests"])


@pytest.mark.parametrize("entry", ["", "a b", "a:", ":a", "a.*", "*", "a:b:c", 3])
def test_malformed_allowance_is_refused(entry: Any) -> None:
    with pytest.raises(InputError, match=r"^allow has .*: name a module, 'package.module'"):
        nn.build({"type": "ReLU"}, allow=[entry])


def test_extra_state_and_shared_names_reach_only_what_the_model_has(tmp_path: Path) -> None:
    meta = {"version": 1, "spec": {"type": "Dropout"}}
    for part in (
        {"shared": {"__class__": "x"}, "extra": {}},
        {"shared": {"forward.__globals__": "x"}, "extra": {}},
        {"shared": {}, "extra": {"__class__": 1}},
        {"shared": {}, "extra": {"": {"bit_generator": "os:system"}}},
    ):
        write_archive(tmp_path / "model.npz", {}, {**meta, **part})
        with pytest.raises(InputError):
            nn.load(tmp_path / "model.npz")


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    text = json.dumps({"version": 1, "spec": {"type": "ReLU"}, "shared": {}, "extra": {}})
    encoded = np.frombuffer(text.encode(), np.uint8)
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "model.npz", a=objects, tinygrad_w2v=encoded)
    with pytest.raises(InputError, match=r"is damaged \('a' has a header that nn.save"):
        nn.load(tmp_path / "model.npz")
