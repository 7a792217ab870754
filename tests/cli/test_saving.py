from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import QUICK, call
from tinygrad_w2v.cli import train
from tinygrad_w2v.cli.saving import check_outputs, checkpoint_path, save_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import cache_directory
from tinygrad_w2v.word2vec import Word2Vec
from tinygrad_w2v.word2vec.vectors import KeyedVectors

VECTORS = KeyedVectors(["a", "b"], np.eye(2))


def test_checkpoint_is_beside_vectors() -> None:
    assert checkpoint_path("some/v.txt") == Path("some/v.txt.checkpoint.npz")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null")
def test_checkpoint_for_device_is_in_current_folder() -> None:
    assert checkpoint_path("/dev/null") == Path("null.checkpoint.npz")
    check_outputs("/dev/null")


def test_too_long_checkpoint_name_is_refused_immediately(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"checkpoint\.npz: File name too long; choose a shorter"):
        check_outputs(str(tmp_path / ("x" * 240)))


def test_unwritable_vectors_are_saved_in_cache(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        save_vectors(VECTORS, str(tmp_path / "gone" / "v.bin"), None)
    message = str(caught.value)
    place = cache_directory() / "rescued" / f"{os.getpid()}-v.bin"
    assert message.endswith(
        f"create the folder {tmp_path / 'gone'} first; the vectors were saved as {place} instead"
    )
    assert KeyedVectors.load(place).words == VECTORS.words
    place.unlink()


def test_unwritable_vectors_are_saved_in_temporary_folder_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TINYGRAD_W2V_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with pytest.raises(InputError, match=r"the vectors were saved as .*tmp/.*-v.txt instead"):
        save_vectors(VECTORS, str(tmp_path / "gone" / "v.txt"), "binary")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"gone first$"):
        save_vectors(VECTORS, str(tmp_path / "gone" / "v.txt"), "binary")


def test_failed_checkpoint_does_not_end_training(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Word2Vec, path: Path) -> None:
        raise InputError(f"cannot write {path}: No space left on device; free some space")

    monkeypatch.setattr(Word2Vec, "save", fail)
    monkeypatch.setattr(train, "_CHECKPOINT_SECONDS", 0.0)
    outcome = call(capsys, "train", text, *QUICK, "-o", "v.txt")
    assert outcome.status == 0
    assert "warning: no checkpoint: cannot write v.txt.checkpoint.npz: No space" in outcome.err
    assert len(KeyedVectors.load("v.txt")) == 12


def test_checkpoints_are_removed_at_end(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    plain = Word2Vec.save

    def save(self: Word2Vec, path: Path) -> None:
        plain(self, path)
        seen.append(path.stat().st_size)

    monkeypatch.setattr(Word2Vec, "save", save)
    monkeypatch.setattr(train, "_CHECKPOINT_SECONDS", 0.0)
    assert call(capsys, "train", text, *QUICK, "-o", "v.txt", "--quiet").status == 0
    assert seen
    assert sorted(os.listdir()) == ["text.txt", "v.txt", "v.txt.metrics.jsonl", "v.txt.run.toml"]
