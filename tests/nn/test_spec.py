"""Specs: round trips, and errors that name their place."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import tinygrad_w2v as tg
from tests.nn.layers import COUNTS, OTHERS, VECTOR_LAYERS, nestings, randomised, vectors
from tinygrad_w2v import nn, optim
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import CBOW, SkipGram
from tinygrad_w2v.optim import lr_scheduler


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return isinstance(value, bool | int | float | str)


def results(model: nn.Module, *inputs: Any) -> list[Any]:
    found: list[Any] = []

    def collect(value: Any) -> None:
        if isinstance(value, tuple):
            for part in value:
                collect(part)
        elif value is not None:
            found.append(array_of(value))

    tg.manual_seed(0)
    collect(model(*inputs))
    return found


def assert_same_to_the_bit(model: nn.Module, other: nn.Module, *inputs: Any) -> None:
    for mine, theirs in zip(results(model, *inputs), results(other, *inputs), strict=True):
        np.testing.assert_array_equal(mine, theirs, strict=True)


def assert_round_trip(model: nn.Module, folder: Path, *inputs: Any) -> None:
    spec = model.spec()
    assert is_plain(spec)
    assert json.loads(json.dumps(spec)) == spec
    again = nn.build(spec)
    assert type(again) is type(model)
    assert again.spec() == spec
    randomised(model)
    nn.save(model, folder / "model.npz")
    loaded = nn.load(folder / "model.npz")
    assert loaded.spec() == spec
    assert_same_to_the_bit(model, loaded, *inputs)


@given(nestings())
@settings(max_examples=40, deadline=None)
def test_round_trip_of_nested_layers(tmp_path_factory: Any, model: nn.Module) -> None:
    assert_round_trip(model, tmp_path_factory.mktemp("models"), vectors())


@pytest.mark.parametrize("case", range(len(OTHERS)))
def test_round_trip_of_every_other_layer(case: int, tmp_path: Path) -> None:
    make, inputs = OTHERS[case]
    assert_round_trip(make(), tmp_path, *inputs)


def test_round_trips_cover_all_layers() -> None:
    public = vars(nn).values()
    layers = {thing for thing in public if isinstance(thing, type) and issubclass(thing, nn.Module)}
    covered = {type(make()) for make in VECTOR_LAYERS} | {type(make()) for make, _ in OTHERS}
    containers = {
        nn.Module,
        nn.Sequential,
        nn.ModuleList,
        nn.ModuleDict,
        nn.Residual,
        nn.DataParallel,
    }
    containers |= {nn.ParameterList, nn.ParameterDict}  # their values are no settings
    lazy = {layer for layer in layers if layer.__name__.startswith("Lazy")}  # become others
    assert layers - covered - containers - lazy - {nn.RNNBase} == set()


@pytest.mark.parametrize(
    "model",
    [
        CBOW(COUNTS, 3),
        CBOW(COUNTS, 3, loss="softmax", straight_through=True),
        SkipGram(COUNTS, 3, shared=4),
    ],
)
def test_round_trip_of_word2vec_models(model: nn.Module, tmp_path: Path) -> None:
    inputs = (np.array([1, 2]), np.array([0, 3]))
    if isinstance(model, CBOW):
        inputs = (np.array([[1, 2], [4, 5]]), np.array([0, 3]))
    assert_round_trip(model, tmp_path, *inputs)


def test_specs_of_containers_have_the_current_modules() -> None:
    modules = nn.ModuleList([nn.ReLU()])
    modules.append(nn.Tanh())
    assert nn.build(modules.spec()).spec() == modules.spec()
    assert [part["type"] for part in modules.spec()["modules"]] == ["ReLU", "Tanh"]
    by_name = nn.ModuleDict({"a": nn.ReLU()})
    by_name["b"] = nn.Linear(2, 3)
    assert nn.build(by_name.spec()).spec() == by_name.spec()
    model = nn.Sequential(nn.ReLU()).append(nn.Tanh())
    assert len(nn.build(model.spec())) == 2


def test_spec_has_defaults_but_no_generator() -> None:
    assert nn.Dropout(rng=7).spec() == {"type": "Dropout", "p": 0.5, "inplace": False}


def test_spec_has_the_current_dtype() -> None:
    model = nn.Sequential(nn.Linear(2, 2)).to(np.float64)
    assert model.spec()["layers"][0]["dtype"] == "float64"


def test_given_generator_draws_the_initial_values() -> None:
    spec = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)).spec()
    one, same = (nn.build(spec, given={"rng": np.random.default_rng(5)}) for _ in range(2))
    for mine, theirs in zip(one.parameters(), same.parameters(), strict=True):
        np.testing.assert_array_equal(mine.detach().numpy(), theirs.detach().numpy())
    first, second = one.parameters(), one.parameters()
    assert next(first) is next(second)


class GatedSum(nn.Module):
    """A module of a user's own, with another one inside."""

    def __init__(self, inner: nn.Module, gate: float = 0.5, names: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.inner = inner
        self.gate = gate
        self.names = names

    def forward(self, x: Any) -> Any:
        return self.gate * x + self.inner(x)


def test_user_module_has_its_import_path_as_type() -> None:
    model = GatedSum(nn.Linear(4, 4), names=("a", "b"))
    spec = model.spec()
    assert spec["type"] == "tests.nn.test_spec:GatedSum"
    assert nn.build(spec, allow=["tests.nn.test_spec"]).spec() == spec
    assert nn.build(spec, allow=["tests.nn.test_spec:GatedSum"]).spec() == spec


def test_registered_module_has_its_short_name_as_type() -> None:
    named = nn.register("gated_sum_of_tests")(type("Named", (GatedSum,), {}))
    spec = named(nn.ReLU(), 0.25).spec()
    assert spec["type"] == "gated_sum_of_tests"
    assert type(nn.build(spec)) is named


def test_short_name_cannot_be_registered_twice() -> None:
    with pytest.raises(InputError, match=r"'Linear' belongs to tinygrad_w2v.nn.linear:Linear"):
        nn.register("Linear")(GatedSum)


def test_local_class_has_no_spec() -> None:
    class Local(nn.Module):
        pass

    with pytest.raises(InputError, match=r"no import path.*top of a module or give it a short"):
        Local().spec()


def test_argument_without_plain_data_has_no_spec() -> None:
    with pytest.raises(InputError, match=r"GatedSum.gate: a object is not plain data"):
        GatedSum(nn.ReLU(), object()).spec()  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"<lambda>' has no import path"):
        nn.Lambda(lambda x: x).spec()


ALLOWED = [
    "os:getcwd",
    "json:JSONDecoder",
    "not_there.layers",
    "tests.nn.test_spec:GatedSun",
]
LINEAR = {"type": "Linear", "in_features": 4, "out_features": 2}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"type": "Linaer"}, r"spec.type is 'Linaer': no class .* did you mean Linear"),
        ({"type": "Adam", "lr": 0.1}, r"spec.type is 'Adam': that is not a Module"),
        ({"type": "os:getcwd"}, r"spec.type is 'os:getcwd': that is not a class"),
        ({"type": "json:JSONDecoder"}, r"that class is not a Module, Optimizer or LRScheduler"),
        ({"type": "not_there.layers:Bag"}, r"module not_there.layers cannot be imported"),
        ({"type": "tests.nn.test_spec:GatedSun"}, r"no 'GatedSun' in tests.nn.test_spec; did"),
        ({"in_features": 3}, r"spec is a dict without a 'type'"),
        ({**LINEAR, "out_featurs": 3}, r"spec.out_featurs: Linear has no argument .*out_features"),
        ({**LINEAR, "rng": 3}, r"spec.rng: Linear has no argument of this name"),
        ({**LINEAR, "in_features": "4"}, r"spec.in_features is '4': it must be an integer"),
        ({**LINEAR, "in_features": True}, r"spec.in_features is True: it must be an integer"),
        ({**LINEAR, "in_features": 0}, r"spec: in_features is 0: .* at least 1"),
        ({**LINEAR, "bias": 1}, r"spec.bias is 1: it must be true or false"),
        ({**LINEAR, "dtype": "flaot32"}, r"spec.dtype is 'flaot32': .* did you mean float32"),
        ({"type": "Linear", "in_features": 4}, r"spec: Linear needs 'out_features'"),
        ({"type": "GELU", "approximate": "tan"}, r"approximate is 'tan': .*'none' or 'tanh'"),
        ({"type": "Residual", "inner": 3}, r"spec.inner is 3: it must be a Module"),
        ({"type": "Sequential", "layers": [LINEAR, {"type": "Relu"}]}, r"spec.layers\[1\].type"),
        (
            {"type": "Sequential", "layers": [{"type": "Residual", "inner": {**LINEAR, "x": 1}}]},
            r"spec.layers\[0\].inner.x: Linear",
        ),
        (
            {"type": "ModuleDict", "modules": {"a": {"type": "Dropout", "p": 2}}},
            r"spec.modules.a: p is 2: .* from 0 to 1",
        ),
        ({"type": "Lambda", "function": "tanhh"}, r"spec: function is 'tanhh': no op has"),
    ],
)
def test_errors_name_the_place_in_the_spec(spec: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        nn.build(spec, nn.Module, allow=ALLOWED)
    assert "\n" not in str(caught.value)


def test_build_does_not_change_the_spec() -> None:
    spec = {"type": "Sequential", "layers": [dict(LINEAR)]}
    before = copy.deepcopy(spec)
    nn.build(spec)
    assert spec == before


def test_optimizers_and_schedules_have_specs() -> None:
    model = nn.Linear(2, 2)
    spec = {"type": "AdamW", "lr": 0.1, "betas": [0.8, 0.9]}
    optimizer = nn.build(spec, optim.Optimizer, given={"params": model})
    assert isinstance(optimizer, optim.AdamW)
    assert nn.build(optimizer.spec(), given={"params": model}).spec() == optimizer.spec()
    spec = {
        "type": "SequentialLR",
        "schedulers": [{"type": "LinearDecay", "total": 5}, {"type": "StepLR", "step_size": 2}],
        "milestones": [3],
    }
    schedule = nn.build(spec, lr_scheduler.LRScheduler, given={"optimizer": optimizer})
    assert optimizer.param_groups[0]["lr"] == 0.1
    schedule.advance(3)
    assert math.isclose(optimizer.param_groups[0]["lr"], 0.1)
    again = nn.build(schedule.spec(), given={"optimizer": optimizer})
    assert again.spec() == schedule.spec()


def test_built_in_model_loads_without_importing_models_first(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    nn.save(CBOW(COUNTS, 3), path)
    code = f"from tinygrad_w2v import nn; print(type(nn.load({str(path)!r})).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "CBOW"
