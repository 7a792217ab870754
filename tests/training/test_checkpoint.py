from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tests.training.tasks import Shuffled, stop_after, trainer
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
    assert last.model.weight.data.tobytes() == whole.model.weight.data.tobytes()
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
        assert not loaded.model.weight.data.any()
    else:  # the damage is in a timestamp or flag of the archive
        assert loaded.model.weight.data.tobytes() == sound.model.weight.data.tobytes()
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
