from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tests.damage import with_meta
from tests.training.tasks import Line, Shuffled, stop_after, trainer
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training import Trainer, load_checkpoint, save_checkpoint

SAME_FOLDER = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    trained = trainer()
    stop_after(trained, 13)
    trained.fit(Shuffled(), epochs=5)
    save_checkpoint(tmp_path / "run.npz", trained, {"dim": 3})
    return tmp_path / "run.npz"


@settings(SAME_FOLDER, max_examples=15)
@given(stops=st.lists(st.integers(1, 49), min_size=1, max_size=3, unique=True))
def test_resumed_training_matches_uninterrupted_one(tmp_path: Path, stops: list[int]) -> None:
    whole = trainer()
    whole.fit(Shuffled(), epochs=5)
    path = tmp_path / "run.npz"
    path.unlink(missing_ok=True)
    for steps in sorted(stops):
        halting = trainer()
        if path.exists():
            load_checkpoint(path, halting)
        stop_after(halting, steps)
        halting.fit(Shuffled(), epochs=5)
        save_checkpoint(path, halting)
    last = trainer()
    load_checkpoint(path, last)
    last.fit(Shuffled(), epochs=5)
    assert (
        last.model.weight.detach().numpy().tobytes()
        == whole.model.weight.detach().numpy().tobytes()
    )
    assert last.progress.state_dict() == whole.progress.state_dict()


def test_other_settings_are_refused_and_named(checkpoint: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_checkpoint(checkpoint, trainer(), {"dim": 4, "lr": 0.1})
    assert str(caught.value) == (
        f"the checkpoint {checkpoint} belongs to another training (dim was 3, now 4; lr was None, "
        f"now 0.1): use the same options, or start without --resume"
    )


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no checkpoint at .*none.npz: start without --resume"):
        load_checkpoint(tmp_path / "none.npz", trainer())


def test_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the checkpoint .*: Is a directory"):
        load_checkpoint(tmp_path, trainer())


@SAME_FOLDER
@given(data=st.data())
def test_damaged_file_is_refused_or_loads_equal(checkpoint: Path, data: st.DataObject) -> None:
    raw = bytearray(checkpoint.read_bytes())
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw) - 1)) :]
    else:
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] ^= data.draw(st.integers(1, 255))
    damaged = checkpoint.with_name("damaged.npz")
    damaged.write_bytes(raw)
    loaded, sound = trainer(), trainer()
    load_checkpoint(checkpoint, sound, {"dim": 3})
    message = ""
    try:
        load_checkpoint(damaged, loaded, {"dim": 3})
    except InputError as error:
        message = str(error)
    if message:
        assert "\n" not in message
        assert str(damaged) in message
        assert not loaded.model.weight.detach().numpy().any()
    else:  # the damage is in a timestamp or flag of the archive
        assert (
            loaded.model.weight.detach().numpy().tobytes()
            == sound.model.weight.detach().numpy().tobytes()
        )
        assert loaded.positions == sound.positions


@pytest.mark.parametrize("content", [b"", b"hello\nworld", b"\x93NUMPY", b"PK\x03\x04"])
def test_other_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"the checkpoint .* is damaged \(.+\): delete it and"):
        load_checkpoint(path, trainer())


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", a=np.ones(3))
    np.save(tmp_path / "array.npy", np.ones(3))
    for name in ("arrays.npz", "array.npy"):
        with pytest.raises(InputError, match=r"is damaged \(.+\): delete it and"):
            load_checkpoint(tmp_path / name, trainer())


def test_other_model_is_refused(checkpoint: Path) -> None:
    model = tg.nn.Linear(2, 2)
    other = Trainer(model, tg.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(InputError, match=r"does not match this .* \(.*missing '?bias.*\): build"):
        load_checkpoint(checkpoint, other, {"dim": 3})


def test_file_contains_no_pickle(checkpoint: Path) -> None:
    with zipfile.ZipFile(checkpoint) as archive:
        assert all(name.endswith(".npy") for name in archive.namelist())
    with np.load(checkpoint, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array[:0],
        lambda array: np.zeros((3, 1)),
        lambda array: np.zeros((3, 3)),
        lambda array: np.float64(1),
    ],
)
@pytest.mark.parametrize("name", ["model/weight", "optimizer/0/exp_avg"])
def test_array_of_another_shape_is_refused(checkpoint: Path, name: str, change: object) -> None:
    with np.load(checkpoint) as archive:
        arrays = dict(archive)
    arrays[name] = change(arrays[name])
    np.savez(checkpoint, **arrays)
    with pytest.raises(InputError, match=r"does not match this training \(.*shape"):
        load_checkpoint(checkpoint, trainer(), {"dim": 3})


def test_state_of_another_dtype_is_converted(checkpoint: Path) -> None:
    with np.load(checkpoint) as archive:
        arrays = dict(archive)
    arrays["optimizer/0/exp_avg"] = arrays["optimizer/0/exp_avg"].astype(np.int32)
    np.savez(checkpoint, **arrays)
    trained = trainer()
    load_checkpoint(checkpoint, trained, {"dim": 3})
    trained.fit(Shuffled(), epochs=5)


CHANGES = [
    {"positions": [["0", 0]]},
    {"positions": [[0]]},
    {"positions": [[0, 2**63]]},
    {"positions": {}},
    {"progress": {}},
    {"progress": {"epoch": 0, "steps": "x", "done": 1, "loss_sum": 1, "loss_count": 1}},
    {"schedule": None},
    {"schedule": {"last_epoch": float("nan"), "base_lrs": [0.1]}},
    {"groups": []},
    {"groups": [{}]},
    {"numbers": {"0": {"step": "13"}}},
    {"numbers": {"0": {"step": -1}}},
    {"numbers": {"1": {"step": 13}}},
    {"numbers": {"weight": {"step": 13}}},
    {"extra": {"nothing": 3}},
    {"settings": [3]},
    {"version": "2"},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_json_of_another_structure_is_refused(checkpoint: Path, change: dict[str, object]) -> None:
    changed = with_meta(".npz", checkpoint.read_bytes(), lambda meta: {**meta, **change})
    checkpoint.write_bytes(changed)
    with pytest.raises(InputError, match=r"run.npz (is damaged|does not match this training)"):
        load_checkpoint(checkpoint, trainer(), {"dim": 3})


@pytest.mark.parametrize("optimizer", ["NAdam", "Adagrad", "RMSprop", "Lion", "SGD"])
def test_checkpoint_of_any_optimizer_is_read(optimizer: str, tmp_path: Path) -> None:
    def make() -> Trainer:
        model = Line()
        return Trainer(model, getattr(tg.optim, optimizer)(model.parameters(), lr=0.01))

    trained = make()
    trained.fit(Shuffled())
    save_checkpoint(tmp_path / "run.npz", trained)
    load_checkpoint(tmp_path / "run.npz", make())
