from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import PROGRAM, QUICK, call, environment, run, small_text
from tinygrad_w2v.cli import display
from tinygrad_w2v.cli.train import sample_words
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec
from tinygrad_w2v.word2vec.vectors import KeyedVectors

Capture = pytest.CaptureFixture[str]


def bytes_of(capsys: Capture, *argv: object) -> bytes:
    outcome = call(capsys, "train", *argv, *QUICK, "-o", "v.bin", "--quiet")
    assert outcome.status == 0, outcome.err
    return Path("v.bin").read_bytes()


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_compressed_text_gives_same_vectors(
    text: str, capsys: Capture, suffix: str, compress: object
) -> None:
    Path(f"packed{suffix}").write_bytes(compress(Path(text).read_bytes()))
    assert bytes_of(capsys, f"packed{suffix}") == bytes_of(capsys, text)


def test_files_and_folder_are_one_text(text: str, capsys: Capture) -> None:
    lines = Path(text).read_text().splitlines(keepends=True)
    Path("parts", "deeper").mkdir(parents=True)
    Path("parts", "a.txt").write_text("".join(lines[:30]))
    Path("parts", "deeper", "b.txt").write_text("".join(lines[30:]))
    whole = bytes_of(capsys, text)
    assert bytes_of(capsys, "parts/a.txt", "parts/deeper/b.txt") == whole
    assert bytes_of(capsys, "parts") == whole


def test_standard_input_gives_same_vectors(text: str, capsys: Capture) -> None:
    with open(text) as file:
        done = run("train", "-", *QUICK, "-o", "piped.bin", "--quiet", stdin=file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Path("piped.bin").read_bytes() == bytes_of(capsys, text)


def test_errors_option_replaces_invalid_bytes(text: str, capsys: Capture) -> None:
    Path(text).write_bytes(b"caf\xe9 " * 20 + b"\n" + small_text().encode())
    outcome = call(capsys, "train", text, *QUICK, "--errors", "replace", "-o", "v.txt")
    assert outcome.status == 0
    assert "caf\ufffd" in KeyedVectors.load("v.txt")


@pytest.mark.parametrize(
    ("argv", "binary"),
    [
        (["-o", "v.txt"], False),
        (["-o", "v.bin"], True),
        (["--output", "v.bin", "--format", "text"], False),
        (["-o", "v.txt", "--format", "binary"], True),
    ],
)
def test_format_follows_option_then_suffix(
    text: str, capsys: Capture, argv: list[str], binary: bool
) -> None:
    assert call(capsys, "train", text, *QUICK, *argv).status == 0
    content = Path(argv[1]).read_bytes()
    assert content.startswith(b"12 8\n")
    assert (b"\n" in content[6:].rstrip(b"\n") and content.isascii()) != binary


@pytest.mark.parametrize(
    "option",
    [
        ["--model", "skipgram"],
        ["--window", "2"],
        ["--negative", "3"],
        ["--sample", "0.01"],
        ["--epochs", "3"],
        ["--lr", "0.05"],
        ["--batch-tokens", "100"],
        ["--shared", "0"],
        ["--clip-row", "0.001"],
        ["--input-rate", "2"],
        ["--straight-through", "1"],
        ["--average"],
        ["--whiten", "0.5"],
        ["--preset", "classic"],
        ["--seed", "2"],
    ],
)
def test_every_option_affects_training(text: str, capsys: Capture, option: list[str]) -> None:
    plain = bytes_of(capsys, text)
    assert call(capsys, "train", text, *QUICK, *option, "-o", "v.bin").status == 0
    assert len(Path("v.bin").read_bytes()) == len(plain)
    assert Path("v.bin").read_bytes() != plain


def test_min_count_and_max_vocab_limit_vocabulary(text: str, capsys: Capture) -> None:
    Path(text).write_text(small_text() + "once upon a time a\n")
    sizes = []
    for option in (["--min-count", "1"], ["--min-count", "2"], ["--max-vocab", "5"]):
        assert call(capsys, "train", text, *QUICK, *option, "-o", "v.txt").status == 0
        sizes.append(len(KeyedVectors.load("v.txt")))
    assert sizes == [16, 13, 5]


@pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))
def test_reproducible_workers_write_same_bytes(text: str, capsys: Capture) -> None:
    asked = ["--threads", "2", "--reproducible"]
    found = [bytes_of(capsys, text, *asked) for _ in range(2)]
    assert found[0] == found[1]
    assert "threads = 2\nreproducible = true\n" in Path("v.bin.run.toml").read_text()


def test_two_workers_write_vectors_of_every_word(text: str, capsys: Capture) -> None:
    assert call(capsys, "train", text, *QUICK, "--threads", "2", "-o", "v.txt").status == 0
    assert len(KeyedVectors.load("v.txt")) == 12


def test_same_command_gives_same_file(text: str) -> None:
    files = []
    for name in ("a.txt", "b.txt"):
        assert run("train", text, *QUICK, "--seed", 7, "-o", name).returncode == 0
        files.append(Path(name).read_bytes())
    assert files[0] == files[1]


def test_report_names_file_size_and_neighbours(text: str, capsys: Capture) -> None:
    outcome = call(capsys, "train", text, *QUICK, "-o", "my vectors.txt")
    first, *neighbourhoods, last = outcome.out.splitlines()
    size = os.path.getsize("my vectors.txt")
    assert first.startswith(f"12 vectors of 8 in my vectors.txt ({size:,} bytes), trained in ")
    assert re.search(r"at [\d,]+ words/s \((numpy|numba)\), mean loss \d\.\d{3}$", first)
    assert len(neighbourhoods) == 5
    vectors = KeyedVectors.load("my vectors.txt")
    for line in neighbourhoods:
        word, neighbours = line.strip().split(maxsplit=1)
        expected = [near for near, _ in vectors.most_similar(word, topn=6)]
        assert neighbours.split(", ") == expected
    assert re.fullmatch(r"more: tinygrad-w2v similar \w+ -v 'my vectors.txt'", last)
    beside = [f"my vectors.txt{suffix}" for suffix in ("", ".metrics.jsonl", ".run.toml")]
    assert sorted(os.listdir()) == [*beside, "text.txt"]


def test_sample_words_are_frequent_and_alphabetic() -> None:
    words = [f"w{'x' * (n % 7)}{n}" if n % 2 else "x" * (n + 1) for n in range(300)]
    chosen = sample_words(KeyedVectors(words, np.eye(300)))
    assert len(set(chosen)) == 5
    assert all(word.isalpha() and words.index(word) >= 50 for word in chosen)
    assert sample_words(KeyedVectors(["1", "2"], np.eye(2))) == ["1", "2"]


def test_quiet_prints_nothing(text: str) -> None:
    done = run("train", text, *QUICK, "--quiet", "-o", "v.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_plain_lines_without_terminal(
    text: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "_LINE_SECONDS", 0.0)  # every batch
    outcome = call(capsys, "train", text, *QUICK, "-o", "v.txt")
    lines = outcome.err.splitlines()
    assert lines[0].startswith("reading the text  counting  ")
    assert "960 words in 80 lines, vocabulary of 12" in lines
    pattern = r"training  epoch 1/2  50.0%  [\d,]+ words/s  loss \d\.\d+  rate 0\.0450  .+ left"
    assert any(re.fullmatch(pattern, line) for line in lines)
    assert "\x1b" not in outcome.err + outcome.out
    assert "\r" not in outcome.err + outcome.out


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout")
def test_vectors_on_standard_output_are_only_output(text: str, capsys: Capture) -> None:
    done = subprocess.run(
        [*PROGRAM, "train", text, *QUICK, "-o", "/dev/stdout", "--format", "binary"],
        capture_output=True,
        env=environment(),
    )
    assert done.returncode == 0
    assert done.stdout == bytes_of(capsys, text)
    assert b"12 vectors of 8 in /dev/stdout, trained in " in done.stderr


@pytest.mark.slow
def test_training_without_a_compiler_or_its_cache_warns_in_one_line(text: str) -> None:
    pytest.importorskip("numba")
    for variable, message in [
        ({"NUMBA_DISABLE_JIT": "1"}, "NUMBA_DISABLE_JIT is set: the NumPy kernels are used"),
        (
            # A locator that never finds a place.
            {"NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"},
            (
                "Numba has no writable place for its cache, so the kernels are compiled in every "
                "process: set NUMBA_CACHE_DIR to a writable folder"
            ),
        ),
    ]:
        done = subprocess.run(
            [*PROGRAM, "train", text, *QUICK, "--quiet", "-o", "v.txt"],
            env=environment(**variable),
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, f"tinygrad-w2v: warning: {message}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode elsewhere")
def test_file_names_that_are_not_utf8(text: str, capsys: Capture) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    os.rename(text, name)
    output = os.fsdecode(b"v\xe9.txt")
    outcome = call(capsys, "train", name, *QUICK, "--quiet", "-o", output)
    assert (outcome.status, outcome.err) == (0, "")
    assert len(KeyedVectors.load(output)) > 1
    written = Path(f"{output}.run.toml").read_text(encoding="utf-8")
    assert 'text = ["caf\ufffd.txt"]' in written


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode elsewhere")
def test_checkpoint_of_a_text_whose_name_is_not_utf8(text: str) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    os.rename(text, name)
    job = Word2Vec(Corpus.from_text(name, min_count=1), Settings(dim=4, sample=0))
    job.save(os.fsdecode(b"\xe9.npz"))
    job.resume(os.fsdecode(b"\xe9.npz"))


def test_watched_words_are_shown_after_each_epoch(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(small_text())
    options = [text, "-o", tmp_path / "v.txt", *QUICK]
    outcome = call(capsys, "train", *options, "--watch", "king", "man")
    assert outcome.status == 0
    shown = [line.split(":")[0] for line in outcome.err.splitlines() if line.startswith("epoch")]
    assert shown == ["epoch 1, king", "epoch 1, man", "epoch 2, king", "epoch 2, man"]
    refused = call(capsys, "train", *options, "--watch", "kin")
    assert refused.status == 2
    assert "'kin' is not in the vocabulary; did you mean king?" in refused.err
