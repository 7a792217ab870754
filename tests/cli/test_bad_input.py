"""Bad input: one line that names thing, value and remedy; status 2; no incomplete files."""

from __future__ import annotations

import contextlib
import gzip
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.commands import QUICK, Outcome, assert_refused, call, run, small_text
from tests.runtime.test_files import not_root
from tinygrad_w2v.runtime.files import cache_directory
from tinygrad_w2v.word2vec.vectors import KeyedVectors

Capture = pytest.CaptureFixture[str]
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


def assert_train_refused(capsys: Capture, argv: list[str], *parts: str) -> None:
    """Assert that a training is refused and that no file is changed or created."""
    Path("v.txt").write_text("old")
    before = sorted(os.listdir())
    assert_refused(call(capsys, "train", *argv, *QUICK, "--quiet", "-o", "v.txt"), *parts)
    assert Path("v.txt").read_text() == "old"
    # The metrics of the steps before an error remain.
    assert [name for name in sorted(os.listdir()) if not name.endswith(".metrics.jsonl")] == before


def test_missing_text(text: str, capsys: Capture) -> None:
    assert_train_refused(capsys, ["test.txt"], "no such file: test.txt; did you mean text.txt")


def test_folder_without_text(text: str, capsys: Capture) -> None:
    Path("empty").mkdir()
    assert_train_refused(capsys, ["empty"], "the folder empty holds no text", "name another")


@pytest.mark.parametrize("content", ["", "\n  \n\n"])
def test_text_without_words(text: str, capsys: Capture, content: str) -> None:
    Path("none.txt").write_text(content)
    assert_train_refused(capsys, ["none.txt"], "none.txt has no words; give a text that has some")


def test_no_frequent_word(text: str, capsys: Capture) -> None:
    Path("rare.txt").write_text("all words are rare here\n")
    argv = ["train", "rare.txt", "--quiet", "-o", "v.txt"]
    assert_refused(call(capsys, *argv), "min_count", "5")
    assert sorted(os.listdir()) == ["rare.txt", "text.txt"]


def test_one_word_per_line(text: str, capsys: Capture) -> None:
    Path("column.txt").write_text("a\nb\n" * 9)
    assert_train_refused(capsys, ["column.txt"], "every line of the text has a single word")


def test_text_that_is_not_utf8(text: str, capsys: Capture) -> None:
    Path("latin.txt").write_bytes(b"one line\nthe caf\xe9 is\n")
    place = "latin.txt, line 2, byte 8 of the line (offset 16 in the file): 0xe9 is not UTF-8"
    assert_train_refused(capsys, ["latin.txt"], place, "--errors replace")


def test_truncated_compressed_text(text: str, capsys: Capture) -> None:
    Path("cut.gz").write_bytes(gzip.compress(small_text().encode())[:-20])
    assert_train_refused(capsys, ["cut.gz"], "cut.gz is damaged or truncated", "copy or download")


def test_rate_with_infinite_loss(text: str, capsys: Capture) -> None:
    argv = [text, "--lr", "1e300", "--epochs", "9"]
    assert_train_refused(capsys, argv, "the loss of batch ", "lower the rate")


def test_threshold_that_drops_every_word(text: str, capsys: Capture) -> None:
    outcome = call(capsys, "train", text, "--sample", "1e-300", "--quiet")
    assert_refused(outcome, "sample 1e-300 dropped every word of the text")
    assert os.listdir() == ["text.txt"]


def test_more_dimensions_than_memory(text: str, capsys: Capture) -> None:
    argv = [text, "--dim", "2000000000", "--min-count", "1", "--max-vocab", "2000000000"]
    Path("wide.txt").write_text(" ".join(f"w{n}" for n in range(200_000)) + "\n")
    outcome = call(capsys, "train", "wide.txt", *argv, "--quiet", "-o", "v.txt")
    assert_refused(
        outcome,
        "in 2,000,000,000 dimensions needs ",
        "GiB of memory",
        "lower dim, or raise min_count",
    )


@pytest.mark.parametrize(
    ("output", "parts"),
    [
        ("none/v.txt", ["cannot write ", "none/v.txt: No such file", "create the folder"]),
        ("folder", ["cannot write folder: it is a directory; name a file in it"]),
        ("text.txt/v.txt", ["text.txt is a file; choose another place"]),
        ("x" * 250, ["File name too long; choose a shorter name"]),
        ("text.txt", ["cannot write the vectors to text.txt: it is part of the text that is read"]),
    ],
)
def test_unwritable_output(text: str, capsys: Capture, output: str, parts: list[str]) -> None:
    Path("folder").mkdir()
    assert_refused(call(capsys, "train", text, *QUICK, "--quiet", "-o", output), *parts)
    assert Path(text).read_text() == small_text()
    assert sorted(os.listdir()) == ["folder", "text.txt"]


def test_output_in_folder_of_text(text: str, capsys: Capture) -> None:
    Path("v.txt").write_text("old")
    outcome = call(capsys, "train", ".", *QUICK, "--quiet", "-o", "v.txt")
    assert_refused(outcome, "cannot write the vectors to v.txt: it is part of the text", "-o")
    assert Path("v.txt").read_text() == "old"


@not_root
def test_output_without_permission(text: str, capsys: Capture) -> None:
    Path("closed").mkdir(mode=0o500)
    outcome = call(capsys, "train", text, *QUICK, "--quiet", "-o", "closed/v.txt")
    assert_refused(outcome, "closed/v.txt: Permission denied; choose a place you may write to")


@full
def test_vectors_are_saved_elsewhere_if_device_is_full(text: str, capsys: Capture) -> None:
    outcome = call(capsys, "train", text, *QUICK, "--quiet", "-o", "/dev/full")
    assert_refused(outcome, "cannot write /dev/full: No space left on device; free some space or")
    assert_saved_elsewhere(outcome)
    assert os.listdir() == ["text.txt"]


def assert_saved_elsewhere(outcome: Outcome) -> None:
    place = Path(outcome.err.split("; the vectors were saved as ")[1].split(" instead")[0])
    assert place.parent == cache_directory() / "rescued"
    assert len(KeyedVectors.load(place)) == 12
    place.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> object:
    """A disk of 64 KiB with an old file of vectors; skips the test if it cannot be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    with contextlib.suppress(OSError):
        if subprocess.run(mount, capture_output=True).returncode == 0:
            (disk / "v.txt").write_text("old")
            yield disk
            subprocess.run(["umount", str(disk)], check=True)
            return
    pytest.skip("no disk can be mounted here")


def test_full_disk_keeps_old_vectors(small_disk: Path, text: str, capsys: Capture) -> None:
    argv = ["--dim", "2000", "--epochs", "1", "--min-count", "1", "--quiet"]
    outcome = call(capsys, "train", text, *argv, "-o", small_disk / "v.txt")
    assert_refused(outcome, "v.txt: No space left on device; free some space or choose")
    assert_saved_elsewhere(outcome)
    assert (small_disk / "v.txt").read_text() == "old"
    assert sorted(os.listdir(small_disk)) == ["v.txt", "v.txt.metrics.jsonl"]


def test_resume_without_checkpoint(text: str, capsys: Capture) -> None:
    assert_train_refused(
        capsys, [text, "--resume"], "no checkpoint at v.txt.checkpoint.npz: start without --resume"
    )


def test_resume_from_damaged_checkpoint(text: str, capsys: Capture) -> None:
    Path("v.txt.checkpoint.npz").write_bytes(b"PK damaged")
    parts = ["v.txt.checkpoint.npz is damaged (", "delete it and start without"]
    assert_train_refused(capsys, [text, "--resume"], *parts)


def test_unknown_word(text: str, capsys: Capture) -> None:
    assert call(capsys, "train", text, *QUICK, "-o", "v.txt").status == 0
    outcome = call(capsys, "similar", "qeen", "-v", "v.txt")
    assert_refused(outcome, "'qeen' is not in the vocabulary; did you mean queen?")
    outcome = call(capsys, "similar", "king", "--minus", "King", "-v", "v.txt")
    assert_refused(outcome, "did you mean its lower-case form 'king'?")


@pytest.mark.parametrize("name", ["v.txt", "v.bin"])
@pytest.mark.parametrize("command", [["similar", "king", "-v"], ["evaluate", "--pairs", "p"]])
def test_truncated_vectors(text: str, capsys: Capture, name: str, command: list[str]) -> None:
    assert call(capsys, "train", text, *QUICK, "-o", name).status == 0
    Path(name).write_bytes(Path(name).read_bytes()[:-40])
    assert_refused(
        call(capsys, *command, name), f"{name} is truncated: the header states 12 vectors of 8"
    )


def test_missing_vectors(text: str, capsys: Capture) -> None:
    assert_refused(
        call(capsys, "similar", "king"), "no such file: vectors.txt; run `tinygrad-w2v train`"
    )
    assert_refused(call(capsys, "similar", "king", "-v", "words"), "no such file: words; check the")


@pytest.mark.parametrize(
    ("option", "content", "message"),
    [
        ("--pairs", "king queen\n1 2 3 4\n", "e.txt, line 2: expected two words and a score"),
        ("--pairs", "", "e.txt has no pairs"),
        ("--pairs", None, "no such file: e.txt"),
        ("--analogies", ": a\nking queen man\n", "e.txt, line 2: expected four words"),
        ("--analogies", "a b c d\n", "e.txt, line 1: a question precedes the first section"),
        ("--analogies", None, "no such file: e.txt"),
    ],
)
def test_malformed_or_missing_evaluation_file(
    text: str, capsys: Capture, option: str, content: str | None, message: str
) -> None:
    assert call(capsys, "train", text, *QUICK, "-o", "v.txt").status == 0
    if content is not None:
        Path("e.txt").write_text(content)
    assert_refused(call(capsys, "evaluate", "v.txt", option, "e.txt"), message)


def test_evaluation_without_files(text: str, capsys: Capture) -> None:
    outcome = call(capsys, "evaluate", "v.txt")
    assert_refused(outcome, "nothing to evaluate on: name a file with --set, --pairs")


def test_failure_prints_no_traceback(text: str) -> None:
    done = run("train", "none.txt", "-o", "v.txt")
    assert_refused(Outcome(done.returncode, done.stdout, done.stderr), "no such file: none.txt")


def test_a_run_file_imports_only_what_is_allowed(text: str, capsys: Capture) -> None:
    Path("own_model.py").write_text("raise ImportError('imported')")
    Path("run.toml").write_text(
        f'[corpus]\ntext = ["{text}"]\nmin_count = 1\n[model]\ntype = "own_model:Model"\n'
    )
    argv = ["train", "--config", "run.toml", "--quiet", "-o", "v.txt"]
    outcome = call(capsys, *argv)
    assert_refused(outcome, "model.type", "would import own_model", "--allow own_model:Model")
    outcome = call(capsys, *argv, "--allow", "own_model")
    assert_refused(outcome, "own_model cannot be imported")
