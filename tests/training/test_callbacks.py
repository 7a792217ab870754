"""Callbacks: when they are called, validation and early stopping, records of metrics."""

from __future__ import annotations

import csv
import json
import math
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.tasks import INPUTS, TARGETS, Shuffled, stop_after, trainer
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training import Trainer, load_checkpoint, save_checkpoint
from tinygrad_w2v.training.callbacks import (
    Callback,
    CSVFile,
    EarlyStopping,
    JSONLines,
    PrintMetrics,
    SaveBest,
    TensorBoard,
    Validation,
)
from tinygrad_w2v.training.processes import why_no_fork

needs_fork = pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))


class HeldOut:
    """One held-out batch."""

    def epoch(self, number: int, start: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(INPUTS[:8], TARGETS[:8])]


class Recorder(Callback):
    """Records its calls."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.batches = 0

    def on_start(self, trainer: Trainer) -> None:
        self.calls.append("start")

    def on_batch(self, trainer: Trainer) -> None:
        self.batches += 1

    def on_epoch(self, trainer: Trainer, epoch: int) -> None:
        self.calls.append((epoch, trainer.progress.steps))

    def on_checkpoint(self, trainer: Trainer, path: Any) -> None:
        self.calls.append(path)

    def on_end(self, trainer: Trainer) -> None:
        self.calls.append("end")


class Scripted(Validation):
    """A validation with given losses."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__(HeldOut())
        self.losses = losses

    def on_epoch(self, trainer: Trainer, epoch: int) -> None:
        self.loss, self.epoch = self.losses[epoch - 1], epoch
        if self.loss < self.best:
            self.best, self.best_epoch = self.loss, epoch


def weights(trained: Trainer) -> np.ndarray:
    return np.array(trained.model.weight.detach())


def test_methods_are_called_at_start_batches_epochs_and_end(tmp_path: Path) -> None:
    recorder = Recorder()
    trained = trainer(callbacks=[recorder])
    trained.fit(Shuffled(), epochs=3)
    save_checkpoint(tmp_path / "run.npz", trained)
    assert recorder.calls == ["start", (1, 10), (2, 20), (3, 30), "end", tmp_path / "run.npz"]
    assert recorder.batches == 30


def test_resumed_training_announces_the_remaining_epochs(tmp_path: Path) -> None:
    begun = trainer(callbacks=[first := Recorder()])
    stop_after(begun, 13)
    begun.fit(Shuffled(), epochs=3)
    save_checkpoint(tmp_path / "run.npz", begun)
    resumed = trainer(callbacks=[second := Recorder()])
    load_checkpoint(tmp_path / "run.npz", resumed)
    resumed.fit(Shuffled(), epochs=3)
    assert first.calls[:2] == ["start", (1, 10)]
    assert second.calls == ["start", (2, 20), (3, 30), "end"]


@pytest.mark.parametrize("options", [{}, pytest.param({"processes": True}, marks=needs_fork)])
def test_several_workers_announce_each_epoch_once(options: dict[str, bool]) -> None:
    trained = trainer(callbacks=[recorder := Recorder()])
    if options:
        trained.optimizer = type(trained.optimizer)(trained.model.parameters())
        trained.optimizer.keeps_state = lambda: False
    trained.fit([Shuffled(), Shuffled()], epochs=4, **options)
    assert [call[0] for call in recorder.calls[1:-1]] == [1, 2, 3, 4]
    assert recorder.calls[0] == "start"
    assert recorder.calls[-1] == "end"


def test_error_in_a_callback_is_raised() -> None:
    class Failing(Callback):
        def on_epoch(self, trainer: Trainer, epoch: int) -> None:
            raise InputError("no")

    with pytest.raises(InputError, match="no"):
        trainer(callbacks=[Failing()]).fit(Shuffled(), epochs=2)


# --- validation -----------------------------------------------------------------------------------


def test_validation_is_the_mean_loss_of_the_held_out_batches() -> None:
    validation = Validation(HeldOut())
    trained = trainer(callbacks=[validation])
    trained.fit(Shuffled(), epochs=2)
    expected = np.mean((INPUTS[:8] @ weights(trained) - TARGETS[:8]) ** 2)
    assert validation.loss == pytest.approx(expected, rel=1e-12)
    assert trained.metrics == {"validation_loss": validation.loss}
    assert validation.best <= validation.loss
    assert trained.model.training


def test_validation_does_not_change_the_training() -> None:
    plain, validated = trainer(), trainer(callbacks=[Validation(HeldOut())])
    for each in (plain, validated):
        each.fit(Shuffled(), epochs=3)
    np.testing.assert_array_equal(weights(plain), weights(validated))


def test_empty_validation_is_refused() -> None:
    class Nothing:
        def epoch(self, number: int, start: int = 0) -> list[Any]:
            return []

    with pytest.raises(InputError, match="the held-out batches are empty: hold out a larger part"):
        trainer(callbacks=[Validation(Nothing())]).fit(Shuffled(), epochs=1)


def test_early_stopping_waits_for_its_patience() -> None:
    validation = Scripted([3.0, 2.0, 2.5, 2.0, 1.0])
    trained = trainer(callbacks=[validation, EarlyStopping(validation, 2)])
    progress = trained.fit(Shuffled(), epochs=5)
    assert progress.steps == 40
    assert trained.finished
    assert trained.end_reason == (
        "the validation loss was least after epoch 2 (2.0000) and has not improved for 2 epochs"
    )
    with pytest.raises(InputError, match="patience is 0: it must be an integer of at least 1"):
        EarlyStopping(validation, 0)


def test_best_state_is_saved_and_restored_at_the_end(tmp_path: Path) -> None:
    path, saved = tmp_path / "best.npz", []
    validation = Scripted([3.0, 2.0, 2.5])
    best = SaveBest(validation, path, lambda trained: saved.append(weights(trained)))
    trained = trainer(callbacks=[validation, best])
    trained.fit(Shuffled(), epochs=3)
    assert len(saved) == 2
    np.testing.assert_array_equal(weights(trained), saved[-1])
    assert not path.exists()


def test_interrupted_training_keeps_its_best_state(tmp_path: Path) -> None:
    path, losses = tmp_path / "best.npz", [3.0, 2.0, 2.5]
    callbacks = [validation := Scripted(losses), SaveBest(validation, path)]
    begun = trainer(callbacks=callbacks)
    stop_after(begun, 25)
    begun.fit(Shuffled(), epochs=3)
    save_checkpoint(tmp_path / "run.npz", begun)
    assert path.exists()
    best = weights(begun)
    callbacks = [validation := Scripted(losses), SaveBest(validation, path)]
    resumed = trainer(callbacks=callbacks)
    load_checkpoint(tmp_path / "run.npz", resumed)
    assert (validation.best, validation.best_epoch) == (2.0, 2)
    resumed.fit(Shuffled(), epochs=3)
    reference = trainer()
    reference.fit(Shuffled(), epochs=2)
    assert not np.array_equal(best, weights(resumed))
    whole = trainer(callbacks=[v := Scripted(losses), SaveBest(v, tmp_path / "other.npz")])
    whole.fit(Shuffled(), epochs=3)
    np.testing.assert_array_equal(weights(resumed), weights(whole))


# --- metrics --------------------------------------------------------------------------------------


def test_json_lines_have_a_record_per_epoch(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    validation = Validation(HeldOut())
    trained = trainer(callbacks=[validation, JSONLines(path, interval=math.inf)])
    trained.fit(Shuffled(), epochs=3)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(r["epoch"], r["steps"], r["done"]) for r in records] == [
        (1, 10, 10.0),
        (2, 20, 20.0),
        (3, 30, 30.0),
    ]
    assert records[-1]["validation_loss"] == validation.loss
    assert np.mean([r["loss"] for r in records]) == pytest.approx(trained.progress.loss)
    assert records[0]["rate"] == pytest.approx(0.05 * (1 - 10 / 50))


@pytest.mark.parametrize("kind", [JSONLines, CSVFile])
def test_resumed_training_continues_its_file(tmp_path: Path, kind: Any) -> None:
    path = tmp_path / "metrics"
    begun = trainer(callbacks=[kind(path, interval=0)])
    stop_after(begun, 13)
    begun.fit(Shuffled(), epochs=2)
    save_checkpoint(tmp_path / "run.npz", begun)
    begun.on_step = None
    begun.fit(Shuffled(), epochs=2)  # records after the checkpoint
    resumed = trainer(callbacks=[kind(path, interval=0)])
    load_checkpoint(tmp_path / "run.npz", resumed)
    resumed.fit(Shuffled(), epochs=2)
    text = path.read_text()
    rows = (
        csv.DictReader(text.splitlines()) if kind is CSVFile else map(json.loads, text.splitlines())
    )
    steps = [int(row["steps"]) for row in rows]
    assert sorted(set(steps)) == list(range(1, 21))
    assert steps == sorted(steps)
    trainer(callbacks=[kind(path, interval=math.inf)]).fit(Shuffled(), epochs=1)  # begins again
    assert len(path.read_text().splitlines()) == (2 if kind is CSVFile else 1)


def test_file_that_cannot_be_written_is_reported_before_training(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="create the folder"):
        trainer(callbacks=[JSONLines(tmp_path / "no" / "metrics.jsonl")]).fit(Shuffled())


def test_metrics_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    trainer(callbacks=[PrintMetrics()]).fit(Shuffled(), epochs=2)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[:2] for line in lines] == [
        ["epoch 1", "steps 10"],
        ["epoch 2", "steps 20"],
    ]


def test_tensorboard_gets_scalars(monkeypatch: pytest.MonkeyPatch) -> None:
    scalars: list[tuple[str, float, int]] = []
    calls: list[Any] = []

    class Writer:
        def __init__(self, folder: str, purge_step: int | None) -> None:
            calls.append((folder, purge_step))

        def add_scalar(self, name: str, value: float, step: int) -> None:
            scalars.append((name, value, step))

        def close(self) -> None:
            calls.append("closed")

    module = types.SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, "tensorboardX", module)  # type: ignore[arg-type]
    trainer(callbacks=[TensorBoard("logs", interval=math.inf)]).fit(Shuffled(), epochs=1)
    assert calls == [("logs", None), "closed"]
    assert [(name, step) for name, _, step in scalars] == [
        ("loss", 10),
        ("rate", 10),
        ("speed", 10),
    ]


def test_tensorboard_names_the_package_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("tensorboardX", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match="need a package: pip install tensorboardX"):
        TensorBoard("logs")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_disk_ends_the_metrics_but_not_the_training() -> None:
    trained = trainer(callbacks=[JSONLines("/dev/full", interval=0)])
    with pytest.warns(UserWarning, match="no more metrics in /dev/full: No space left on device"):
        progress = trained.fit(Shuffled(), epochs=2)
    assert progress.steps == 20
