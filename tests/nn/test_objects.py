"""save and load of nested values: what comes back, what is refused, and foreign files."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tests.damage import damaged_bytes
from tinygrad_w2v import nn
from tinygrad_w2v.errors import InputError


def round_trip(value: Any, **options: Any) -> Any:
    file = io.BytesIO()
    tg.save(value, file)
    return tg.load(file, **options)


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
KEYS = st.one_of(st.integers(), st.text(), st.tuples(st.integers(), st.text()))
VALUES = st.recursive(
    st.one_of(SCALARS, st.binary(), st.frozensets(st.integers())),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3).map(OrderedDict),
    ),
    max_leaves=8,
)


@given(value=VALUES)
def test_plain_values_are_equal_after_loading(value: Any) -> None:
    loaded = round_trip(value)
    assert loaded == value
    assert type(loaded) is type(value)


def test_arrays_tensors_and_other_types() -> None:
    value = {
        "tensor": tg.ones(2, requires_grad=True),
        "parameter": nn.Parameter(np.zeros((2, 3)), requires_grad=False),
        "array": np.arange(3, dtype=np.int16),
        "number": np.float64(0.1),
        "dtype": tg.float16,
        "device": tg.device("cpu"),
        "size": tg.ones(2, 3).shape,
        "counts": Counter("aab"),
        "arguments": argparse.Namespace(lr=0.1),
        "path": Path("a") / "b",
    }
    loaded = round_trip(value)
    assert loaded["tensor"].requires_grad
    assert loaded["tensor"].tolist() == [1.0, 1.0]
    assert type(loaded["parameter"]) is nn.Parameter
    assert (loaded["parameter"].dtype, loaded["parameter"].requires_grad) == (np.float64, False)
    assert loaded["array"].dtype == np.int16
    assert type(loaded["number"]) is np.float64
    assert loaded["path"] == str(Path("a") / "b")
    for key in ("dtype", "device", "size", "counts", "arguments"):
        assert loaded[key] == value[key]
        assert type(loaded[key]) is type(value[key])


def test_a_tensor_in_two_places_is_one_after_loading() -> None:
    x = tg.ones(3)
    loaded = round_trip([x, {"again": x}])
    assert loaded[0] is loaded[1]["again"]


def test_checkpoint_of_a_training(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    models = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)) for _ in range(2)]
    optimizers = [tg.optim.Adam(model.parameters(), lr=0.1) for model in models]

    def step(n: int) -> float:
        optimizers[n].zero_grad()
        loss = (models[n](tg.ones(2, 3)) ** 2).sum()
        loss.backward()
        optimizers[n].step()
        return float(loss.item())

    step(0)
    state = {"model": models[0].state_dict(), "optimizer": optimizers[0].state_dict(), "epoch": 1}
    tg.save(state, path)
    loaded = tg.load(path, map_location="cpu")
    models[1].load_state_dict(loaded["model"])
    optimizers[1].load_state_dict(loaded["optimizer"])
    assert [step(0), step(0)] == [step(1), step(1)]


class Doubled(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, 1)

    def forward(self, x: Any) -> Any:
        return self.linear(x) * 2


def test_modules_are_rebuilt() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.1)).eval()
    loaded = round_trip({"model": model})["model"]
    assert not loaded.training
    assert loaded[0].weight.tolist() == model[0].weight.tolist()
    own = Doubled(2)
    with pytest.raises(InputError, match=r"pass allow=\["):
        round_trip(own)
    loaded = round_trip(own, allow=[__name__])
    assert loaded.linear.weight.tolist() == own.linear.weight.tolist()
    with tg.serialization.safe_globals([Doubled]):
        assert isinstance(round_trip(own), Doubled)
    with pytest.raises(InputError):
        round_trip(own, weights_only=False)  # not a class of __main__


PROGRAM = """
import tinygrad_w2v as torch

class Net(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.linear = torch.nn.Linear(size, 1)

model = Net(3)
torch.save(model, "model.pt")
loaded = torch.load("model.pt", weights_only=False)
assert type(loaded) is Net
assert torch.equal(loaded.linear.weight, model.linear.weight)
try:
    torch.load("model.pt")
except ValueError as error:
    print(error)
"""


def test_a_program_loads_modules_of_its_own_classes(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    run = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(tg.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "'__main__:Net'" in run.stdout


def test_safetensors_holds_a_state(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    model, path = nn.Linear(2, 1), tmp_path / "state.safetensors"
    tg.save(model.state_dict(), path)
    assert tg.load(path)["weight"].tolist() == model.weight.tolist()
    with pytest.raises(InputError, match="holds a dict of Tensors by name: save a state"):
        tg.save({"epoch": 3}, path)


def test_safetensors_are_exchanged_with_pytorch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    files = pytest.importorskip("safetensors.torch")
    model, path = nn.LSTM(2, 3), tmp_path / "state.safetensors"
    tg.save(model.state_dict(), path)
    theirs = torch.nn.LSTM(2, 3)
    theirs.load_state_dict(files.load_file(path))
    files.save_file(theirs.state_dict(), path)
    assert list(tg.load(path)) == sorted(model.state_dict())
    model.load_state_dict(tg.load(path))


@pytest.mark.parametrize("is_new", [True, False])
def test_a_file_pickled_by_pytorch_is_refused(is_new: bool, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    if is_new:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model/data.pkl", b"\x80\x02}q\x00.")
    else:
        path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    with pytest.raises(InputError, match=r"written by PyTorch, which pickles.*safetensors.torch"):
        tg.load(path)


def test_pytorchs_own_files_are_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    for is_new in (True, False):
        path = tmp_path / "model.pt"
        torch.save({"a": 1}, path, _use_new_zipfile_serialization=is_new)
        with pytest.raises(InputError, match="was written by PyTorch, which pickles"):
            tg.load(path)


def test_what_cannot_be_saved_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    with pytest.raises(InputError, match=r"obj\['f'\]\[1\] is of type function, which is not"):
        tg.save({"f": [1, len.__class__ and test_modules_are_rebuilt]}, path)
    value: list[Any] = []
    value.append(value)
    with pytest.raises(InputError, match=r"obj\[0\] contains itself: save it in parts"):
        tg.save(value, path)
    assert not path.exists()


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        tg.load(tmp_path / "missing.pt")
    with pytest.raises(FileNotFoundError, match="No such file"):
        nn.load(tmp_path / "missing.safetensors")
    (tmp_path / "text.pt").write_text("hello" * 100)
    with pytest.raises(InputError, match=r"text.pt is damaged"):
        tg.load(tmp_path / "text.pt")
    with pytest.raises(RuntimeError, match="device 'cuda' is not available"):
        tg.load(tmp_path / "text.pt", map_location="cuda")


@pytest.mark.parametrize("seed", range(100))
def test_damaged_files_load_or_are_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    tg.save({"state": nn.Linear(2, 2).state_dict(), "model": nn.Linear(2, 1), "x": (1, "a")}, file)
    data = file.getvalue()
    for _ in range(int(rng.integers(1, 4))):
        data = damaged_bytes(data, rng)
    try:
        tg.load(io.BytesIO(data))
    except InputError as error:
        assert "the file" in str(error)  # noqa: PT017
