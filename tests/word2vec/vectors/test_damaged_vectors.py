"""Vector files that are damaged, lie about their size, or have another format."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.word2vec.vectors.samples import random_vectors, refusal, written
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors

FORMATS = ["text", "binary"]
SUFFIXES = ["txt", "vec", "bin", "txt.gz", "vec.gz", "bin.gz"]
WORDS = ["the", "über", "東京", "%s", "no\u00a0break"]


def test_missing_file_is_named(tmp_path) -> None:
    assert refusal(tmp_path / "v.bin") == "no such file: v.bin; check the path"


def test_folder_is_refused(tmp_path) -> None:
    assert "Is a directory; check the path" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "v.txt is empty: it has no vectors; train or copy it again"),
        (
            b"the cat\n",
            (
                "v.txt does not begin with the header '<number of words> <dimensions>' but with "
                "'the cat'; name a file of word2vec vectors, or insert that line"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\n",
            (
                "v.txt is truncated: the header states 2 vectors of 5, the file ends in "
                "vector 2; train or copy it again"
            ),
        ),
        (
            b"2000 5\na 1 2 3 4 5\nb 1 2 3",
            (
                "v.txt is truncated: the header states 2,000 vectors of 5, the file ends in "
                "vector 2; train or copy it again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\nb 1 2 3 4 5\nc 1",
            (
                "v.txt continues after the 2 vectors of 5 of its header, with "
                "'c 1'; correct the header, or copy the file again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\n\nb 1 2 3 4 5 6\n",
            (
                "v.txt, line 4: 'b' is followed by 6 values, but the header states 5; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4\nb 1 2 3 4\n",
            (
                "v.txt, line 2: 'a' is followed by 4 values, but the header states 5; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\nb\n",
            (
                "v.txt, line 3: 'b' is followed by 0 values, but the header states 5; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"1 5\na\n",
            (
                "v.txt, line 2: 'a' is followed by 0 values, but the header states 5; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\nb 1 2 0,5 4 5\n",
            (
                "v.txt, line 3: the value '0,5' of 'b' is not a number; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"1 5\na x y z u v\n",
            (
                "v.txt, line 2: the value 'x' of 'a' is not a number; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"1 5\na 1 2 3 4 1_0\n",
            (
                "v.txt, line 2: the value '1_0' of 'a' is not a number; "
                "correct the line, or train or copy the file again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\n\xff 1 2 3 4 5\n",
            (
                "v.txt: word number 2, b'\\xff', is not UTF-8; the file is damaged or in another "
                "encoding: convert it to UTF-8"
            ),
        ),
        (
            b"1 5\n 1 2 3 4 5\n",
            (
                "v.txt: word number 1 is '', which is not a word; the file is damaged or its "
                "header is wrong: train or copy it again"
            ),
        ),
        (
            b"1 5\na 1 2 3 4 5\nb 1 2 3 4 5\n",
            (
                "v.txt continues after the 1 vectors of 5 of its header, with "
                "'b 1 2 3 4 5'; correct the header, or copy the file again"
            ),
        ),
        (
            b"2 5\na 1 2 3 4 5\na 1 2 3 4 5\n",
            "v.txt: the word 'a' occurs twice; list each word once",
        ),
        (
            b"1 5\na 1 2 3 4 nan\n",
            (
                "v.txt: the vector of 'a' (row 0) contains NaN or infinity; "
                "train again, with a smaller learning rate if it diverged"
            ),
        ),
        (
            b"99999999999999 999999999\na 1 2 3 4 5\n",
            (
                "v.txt states 999,999,999 dimensions: at most 262,144 can be read; "
                "correct its header"
            ),
        ),
    ],
)
def test_damaged_text_file_is_refused(content, message, tmp_path) -> None:
    assert refusal(written(tmp_path, content)) == message


@pytest.mark.parametrize("header", [b"3", b"0 5", b"3 0", b"-3 5", b"3 5 7", b"3 x", b"\x93NUMPY"])
def test_bad_header_is_refused(header, tmp_path) -> None:
    message = refusal(written(tmp_path, header + b"\na 1 2 3 4 5\n"))
    assert message.startswith("v.txt does not begin with the header '<number of words> <dimensio")


@pytest.fixture
def binary(tmp_path) -> bytes:
    random_vectors(["one", "two", "three"], 5).save(tmp_path / "whole.bin")
    return (tmp_path / "whole.bin").read_bytes()


@pytest.mark.parametrize(
    ("kept", "number"), [(4, 1), (10, 1), (28, 2), (29, 2), (-25, 3), (-20, 3), (-1, 3)]
)
def test_truncated_binary_file_is_refused(kept, number, binary, tmp_path) -> None:
    message = refusal(written(tmp_path, binary[:kept], "v.bin"))
    assert message == (
        "v.bin is truncated: the header states 3 vectors of 5, "
        f"the file ends in vector {number}; train or copy it again"
    )


def test_binary_file_with_surplus_is_refused(binary, tmp_path) -> None:
    message = refusal(written(tmp_path, binary + b"\nmore", "v.bin"))
    assert message.startswith("v.bin continues after the 3 vectors of 5 of its header")


def test_binary_file_with_wrong_dimension_is_refused(binary, tmp_path) -> None:
    message = refusal(written(tmp_path, binary.replace(b"3 5", b"3 4", 1), "v.bin"))
    assert message.startswith("v.bin continues after the 3 vectors of 4 of its header")


def test_binary_word_that_is_not_utf8_is_refused(binary, tmp_path) -> None:
    message = refusal(written(tmp_path, binary.replace(b"two", b"t\xffo"), "v.bin"))
    assert message.startswith("v.bin: word number 2, b't\\xffo', is not UTF-8; the file is damaged")


@pytest.mark.parametrize(("actual", "asked"), [("text", "binary"), ("binary", "text")])
def test_wrong_format_is_named(actual, asked, tmp_path) -> None:
    random_vectors(WORDS, 20).save(tmp_path / "v", actual)
    assert refusal(tmp_path / "v", format=asked) == (
        f"v is in the {actual} format, not in the {asked} format: "
        f"read it with format='{actual}', or omit the format"
    )


def test_text_in_other_encoding_is_recognized_as_text(tmp_path) -> None:
    content = "1 5\nétat 1 2 3 4 5\n".encode("latin-1")
    assert "is not UTF-8" in refusal(written(tmp_path, content, "v.bin"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda raw: raw[:-12], "Compressed file ended before the end"),
        (lambda raw: raw[:-8] + b"\0" * 8, "CRC check failed"),
        (lambda raw: raw[:12] + b"\xff" * 20 + raw[32:], "Error -3 while decompressing data"),
    ],
)
def test_damaged_compression_is_refused(damage, message, tmp_path) -> None:
    random_vectors(WORDS, 50).save(tmp_path / "v.gz")
    raw = (tmp_path / "v.gz").read_bytes()
    found = refusal(written(tmp_path, damage(raw), "v.gz"))
    assert found.startswith(f"v.gz is damaged or truncated ({message}")


# --- files that claim more than they hold, or expand to more ------------------------------------


def peak_of_refusal(path: Path, match: str, **options: object) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=match):
            KeyedVectors.load(path, **options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


ROWS = b"".join(b"word%d" % n + b" 0.5" * 100 + b"\n" for n in range(100))


@pytest.mark.parametrize("suffix", ["txt", "bin", "txt.gz", "bin.gz"])
@pytest.mark.parametrize(
    ("header", "match"),
    [
        (b"%d 100\n" % 10**12, r"v.* (is truncated|: word number|, line )"),
        (b"%d 100\n" % 2**64, r"v.* (is truncated|: word number|, line )"),
        (b"100 %d\n" % 10**12, "states 1,000,000,000,000 dimensions: at most 262,144 can be read"),
        (b"10000000 200000\n", r"v.*(is truncated|, line 2: 'word0' is followed by 100 values)"),
    ],
)
def test_header_that_lies_is_refused_without_allocating(header, match, suffix, tmp_path) -> None:
    content = header + ROWS
    if suffix.endswith("gz"):
        content = gzip.compress(content)
    path = written(tmp_path, content, f"v.{suffix}")
    assert peak_of_refusal(path, match) < 40_000_000


@pytest.mark.parametrize("kind", FORMATS)
def test_compressed_bomb_is_refused(kind, tmp_path) -> None:
    with gzip.open(tmp_path / "v.gz", "wb", 9) as file:
        file.write(b"1000000 100\n")
        row = b"a 0" + b" 0" * 99 + b"\n" if kind == "text" else b"a " + bytes(400)
        for _ in range(90):
            file.write(row * 2000)
    match = r"v.gz is more than 100 times as long decompressed, .*: decompress it if you trust it"
    assert peak_of_refusal(tmp_path / "v.gz", match, format=kind) < 150_000_000


def test_long_line_is_refused(tmp_path) -> None:
    path = written(tmp_path, b"2 5\na" + b" 0" * 10_000_000)
    message = r"v.txt, line 2: it is longer than 1,048,736 bytes, which 5 numbers are not; train"
    assert peak_of_refusal(path, message) < 10_000_000


def test_long_binary_word_is_refused(tmp_path) -> None:
    path = written(tmp_path, b"2 5\n" + b"\1" * 10_000_000, "v.bin")
    message = r"v.bin: word number 1 is longer than 1,048,576 bytes; the file is damaged or"
    assert peak_of_refusal(path, message) < 10_000_000


def test_word_that_readers_do_not_take_is_not_written(tmp_path) -> None:
    kv = KeyedVectors(["a" * 300_000], np.ones((1, 2), np.float32))
    with pytest.raises(InputError, match=r"has 300,000 characters, and readers take 262,144"):
        kv.save(tmp_path / "v.txt")
