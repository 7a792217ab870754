"""Commands that query, convert, describe and draw vectors."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import pty
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import PROGRAM, assert_refused, call, environment, run
from tinygrad_w2v.cli import output
from tinygrad_w2v.models import Subwords
from tinygrad_w2v.word2vec.vectors import KeyedVectors, SubwordVectors, text_format

Capture = pytest.CaptureFixture[str]
VECTORS = "5 2\nking 1 1\nman 1 0\nqueen 0.1 1\nwoman 0 0.1\nother -1 -1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("v.txt").write_text(VECTORS)
    Path("p.tsv").write_text("king\tqueen\t9\nking\tman\t8\nking\tother\t1\n")
    Path("a.txt").write_text(": royal\nman king woman queen\n: none\nman king woman zebra\n")
    Path("c.tsv").write_text("king\tx\nqueen\tx\nother\ty\nzebra\ty\n")
    return tmp_path


# --- similar and analogy ---------------------------------------------------------------------


def test_neighbours_as_json(folder: Path, capsys: Capture) -> None:
    outcome = call(capsys, "similar", "king", "--minus", "man", "-n", 1, "-v", "v.txt", "--json")
    assert json.loads(outcome.out) == {
        "positive": ["king"],
        "negative": ["man"],
        "neighbours": [{"word": "woman", "similarity": pytest.approx(0.9239, abs=1e-3)}],
    }


def test_analogy_is_answered_by_both_methods(folder: Path, capsys: Capture) -> None:
    for method in ("3cosadd", "3cosmul"):
        argv = ["analogy", "man", "king", "woman", "-v", "v.txt", "--method", method]
        assert call(capsys, *argv).out.split()[0] == "queen"


def test_lines_of_standard_input_are_answered(folder: Path) -> None:
    done = run("similar", "-v", "v.txt", "-n", 1, input="king\n\nqueen -man\nxyz\nman\n")
    assert [line.split()[0] for line in done.stdout.split("\n\n") if line] == [
        "queen",
        "woman",
        "king",
    ]
    assert done.stderr.startswith("tinygrad-w2v similar: error: 'xyz' is not in the vocabulary")
    assert done.returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal")
def test_words_are_asked_for_on_a_terminal_until_ctrl_d(folder: Path) -> None:
    main, terminal = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "similar", "-v", "v.txt", "-n", "1"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TERM="dumb"),
    ) as command:
        os.close(terminal)
        os.write(main, b"king\nxyz\n\x04")
        out, err = command.communicate()
        os.close(main)
    assert b"Type words, -word to subtract one, Ctrl-D to end." in err
    assert b"'xyz' is not in the vocabulary" in err
    assert b"queen" in out
    assert command.returncode == 0


def test_vectors_are_read_from_standard_input(folder: Path) -> None:
    done = run("similar", "king", "-v", "-", "-n", 1, input=VECTORS)
    assert done.stdout.split()[0] == "queen"
    assert "name a WORD" in run("similar", "-v", "-", input=VECTORS).stderr


# --- evaluate --------------------------------------------------------------------------------


def test_several_sets_at_once_as_csv_and_json(folder: Path, capsys: Capture) -> None:
    argv = ["evaluate", "v.txt", "--set", "p.tsv", "--set", "a.txt", "--set", "c.tsv"]
    rows = list(csv.DictReader(io.StringIO(call(capsys, *argv, "--format", "csv").out)))
    assert [(row["set"], row["section"], row["measure"]) for row in rows] == [
        ("p.tsv", "", "spearman"),
        ("p.tsv", "", "pearson"),
        ("a.txt", "royal", "accuracy"),
        ("a.txt", "none", "accuracy"),
        ("a.txt", "overall", "accuracy"),
        ("c.tsv", "", "purity"),
    ]
    assert (rows[2]["value"], rows[3]["value"], rows[5]["value"]) == ("1.0", "", "1.0")
    found = json.loads(call(capsys, *argv, "--json").out)
    assert [row["used"] for row in found] == [3, 3, 1, 0, 1, 3]
    assert found[3]["value"] is None
    assert "c.tsv: purity 1.000 (3 of 4 words in 2 clusters)" in call(capsys, *argv).out


# --- convert and info ------------------------------------------------------------------------


def test_convert_reads_no_vectors_into_memory_with_mmap(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(text_format, "_BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr(text_format, "_BLOCK_VALUES", 1 << 12)
    words = [f"w{n}" for n in range(2_000)]
    table = np.random.default_rng(0).integers(9, size=(len(words), 1024)).astype(np.float32)
    KeyedVectors(words, table).save("a.bin")
    for source, target in itertools.pairwise(["a.bin", "b.txt", "c.bin"]):
        tracemalloc.start()
        outcome = call(capsys, "convert", source, target, "--mmap")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert outcome.status == 0
        assert peak < 0.5 * table.nbytes, (source, target, peak)
    assert Path("c.bin").read_bytes() == Path("a.bin").read_bytes()


def test_convert_reads_models_of_fasttext(capsys: Capture, tmp_path: Path) -> None:
    vectors = SubwordVectors(["cat", "cats"], np.ones((7, 2), np.float32), Subwords(3, 3, 5))
    vectors.save(tmp_path / "model.bin")
    assert call(capsys, "convert", tmp_path / "model.bin", tmp_path / "v.txt").status == 0
    assert (tmp_path / "v.txt").read_text() == "2 2\ncat 1 1\ncats 1 1\n"
    outcome = call(capsys, "convert", tmp_path / "model.bin", tmp_path / "v.txt", "--limit", 1)
    assert_refused(outcome, "model.bin is a model of fastText, which is read whole: omit limit")


def test_convert_with_mmap_refuses_to_compute(capsys: Capture) -> None:
    for option in (["--unit"], ["--dtype", "int8"], ["--remove-top", 1], ["--whiten", 0.5]):
        outcome = call(capsys, "convert", "v.txt", "v.npz", "--mmap", *option)
        assert_refused(outcome, "--mmap changes the format alone: omit --dtype and the post-proc")


def test_conversion_round_trip(folder: Path, capsys: Capture) -> None:
    names = ["v.bin", "v.npz", "v.tsv", "v.vec.gz", "back.txt"]
    forms = ["binary", "npz", "projector", "text", "text"]
    for source, target, form in zip(["v.txt", *names], names, forms, strict=False):
        outcome = call(capsys, "convert", source, target)
        assert outcome.err == f"5 vectors of 2 in {target}, format {form}\n"
    assert Path("back.txt").read_text() == VECTORS


def test_post_processing(folder: Path, capsys: Capture) -> None:
    options = ["--remove-top", 1, "--whiten", 0.5, "--unit", "--limit", 4, "--dtype", "float16"]
    assert call(capsys, "convert", "v.txt", "v.npz", *options).status == 0
    kv = KeyedVectors.load("v.npz")
    assert len(kv) == 4
    expected = KeyedVectors.load("v.txt", limit=4).without_top_components(1).whitened(0.5)
    assert kv.vectors == pytest.approx(expected.unit_vectors, abs=1e-3)
    assert_refused(call(capsys, "convert", "v.txt", "v.npz", "--whiten", 2), "degree is 2.0: it m")


def test_conversion_in_a_pipe(folder: Path) -> None:
    done = run("convert", "-", "-", "--no-header", input=VECTORS)
    assert done.stdout == VECTORS.partition("\n")[2]


def test_information(folder: Path, capsys: Capture) -> None:
    found = json.loads(call(capsys, "info", "v.txt", "--json").out)
    assert (found["words"], found["dimensions"], found["bytes"]) == (5, 2, len(VECTORS))
    assert found["zero_vectors"] == 0
    lines = call(capsys, "info", "v.txt").out.splitlines()
    assert lines[0] == f"v.txt, {len(VECTORS)} bytes"
    assert lines[-1].split()[:3] == ["first", "words", "king,"]


# --- pictures --------------------------------------------------------------------------------


def test_pictures_are_named_after_the_vectors(folder: Path, capsys: Capture) -> None:
    pytest.importorskip("matplotlib")
    assert call(capsys, "plot", "v.txt").err == "drawn in v.txt.png\n"
    assert call(capsys, "explore", "v.txt", "--method", "pca").status == 0
    assert Path("v.txt.png").exists()
    assert Path("v.txt.html").exists()
    Path("metrics.jsonl").write_text('{"epoch": 1, "loss": 2}\n{"epoch": 2, "loss": 1}\n')
    assert call(capsys, "plot", "metrics.jsonl", "-o", "loss.svg").status == 0


def test_malformed_pair_and_contradiction_are_refused(folder: Path, capsys: Capture) -> None:
    outcome = call(capsys, "plot", "v.txt", "--analogy", "a:b", "c")
    assert_refused(outcome, "--analogy 'c' is not a pair of words: write them as a:b")
    outcome = call(capsys, "plot", "v.txt", "--top", 3, "--words", "man")
    assert_refused(outcome, "--words, --top and --analogy exclude each other; use one of them")


# --- all commands ----------------------------------------------------------------------------


def test_verbose_prints_a_traceback_before_the_error(folder: Path, capsys: Capture) -> None:
    outcome = call(capsys, "info", "none.bin", "--verbose")
    assert outcome.status == 2
    assert outcome.err.startswith("Traceback (most recent call last):")
    assert outcome.err.splitlines()[-1].startswith("tinygrad-w2v info: error: no such file")


def test_colors_only_on_a_terminal_and_not_with_no_color(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert output.bold("x") == "x"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert output.bold("x") == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.bold("x") == "x"


def test_benchmark_measures(capsys: Capture, monkeypatch) -> None:
    from tinygrad_w2v.word2vec import benchmark

    for name, value in {"_LINES": 20, "_VECTORS": 200, "_QUERIES": 4}.items():
        monkeypatch.setattr(benchmark, name, value)
    monkeypatch.setattr(benchmark.importlib.util, "find_spec", lambda name: None)  # no Numba
    monkeypatch.setattr(benchmark, "_best", lambda seconds, function: (function(), 0.5)[1])
    found = json.loads(call(capsys, "bench", "--json").out)
    names = [row["name"] for row in found["measurements"]]
    assert names[0] == "training, cbow, numpy"
    assert all(row["value"] > 0 for row in found["measurements"])
    assert "queries/s" in call(capsys, "bench").out


def test_ops_as_json(capsys: Capture) -> None:
    (row,) = json.loads(call(capsys, "ops", "exp", "--json").out)
    assert row == {"op": "exp", "inputs": "x", "order": "any", "saved": "x: out"}
    (row,) = json.loads(call(capsys, "opcheck", "negative", "--json").out)
    assert row["passed"] is True


# --- phrases ---------------------------------------------------------------------------------


def test_phrases_are_joined_and_listed(folder: Path, capsys: Capture) -> None:
    Path("text.txt").write_text("new york is a city\nhe likes new york\nshe saw it\n" * 5)
    argv = ["phrases", "text.txt", "--min-count", 1, "--threshold", 1, "--json"]
    found = json.loads(call(capsys, *argv, "-o", "joined.txt").out)
    assert "new_york" in [row["phrase"] for row in found]
    assert "new_york" in Path("joined.txt").read_text()
    outcome = call(capsys, *argv[:-1], "--scoring", "npmi", "--threshold", 0.5, "-o", "j.txt")
    assert outcome.out.splitlines()[0].split() == ["phrase", "score"]


def test_phrases_need_a_text_that_can_be_read_again(folder: Path, capsys: Capture) -> None:
    outcome = call(capsys, "phrases", "-", "-o", "joined.txt")
    assert_refused(outcome, "standard input can be read only once: name a file")
    outcome = call(capsys, "phrases", "v.txt", "-o", "v.txt")
    assert_refused(
        outcome, "cannot write the phrases to v.txt: it is part of the text that is read"
    )


@pytest.mark.parametrize("command", ["similar x", "similar", "info", "plot", "explore", "evaluate"])
def test_missing_default_vectors_name_the_command_that_writes_them(
    capsys: Capture, monkeypatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["--set", "pairs.txt"] if command == "evaluate" else []
    assert_refused(
        call(capsys, *command.split(), *options),
        "error: no such file: vectors.txt; run `tinygrad-w2v train`, which writes it, or name "
        "another file of vectors",
    )
