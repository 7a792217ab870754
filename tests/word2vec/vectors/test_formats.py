from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.word2vec.vectors.samples import random_vectors, words_and_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, binary_format, read_vectors, text_format
from tinygrad_w2v.word2vec.vectors.formats import write_vectors

FORMATS = ["text", "binary"]
SUFFIXES = ["txt", "vec", "bin", "txt.gz", "vec.gz", "bin.gz"]
WORDS = ["the", "über", "東京", "%s", "no\u00a0break"]


def written(folder: Path, content: bytes, name: str = "v.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path, **arguments: str) -> str:
    """Return the message of the error of reading `path`, without its folder."""
    with pytest.raises(InputError) as caught:
        KeyedVectors.load(path, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{path.parent}/", "")


# --- round trips -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_vectors_round_trip_bit_identically(kind, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("vectors") / "v"

    @given(words_and_vectors())
    def holds(sample) -> None:
        words, vectors = sample
        write_vectors(path, words, vectors, kind)
        read_words, read = read_vectors(path, kind)
        assert read_words == words
        assert read.tobytes() == vectors.tobytes()

    holds()


def test_binary_numbers_of_letter_bytes_are_read_as_binary(tmp_path) -> None:
    vectors = np.frombuffer(b"perhaps not text", "<f4").reshape(1, 4)
    write_vectors(tmp_path / "v", ["word"], vectors, "binary")
    assert read_vectors(tmp_path / "v", "binary")[1].tobytes() == vectors.tobytes()


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_text_has_fewest_digits_that_round_trip(values: list[float]) -> None:
    numbers = np.array([values], np.float32)
    shown = [f"{value:.9g}" for value in text_format._shortened(numbers)[0]]
    for text, value in zip(shown, numbers[0], strict=True):
        assert np.float32(text) == value
        if 1e-14 < abs(value) < 1e6:
            longest = len(np.format_float_scientific(value, unique=True).split("e")[0])
            assert len(f"{float(text):.8e}".split("e")[0].rstrip("0")) <= max(longest, 8)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_suffix_selects_format_and_content_is_recognized(suffix, tmp_path) -> None:
    kv = random_vectors(WORDS, 20)
    path = tmp_path / f"v.{suffix}"
    kv.save(path)
    raw = path.read_bytes()
    content = gzip.decompress(raw) if suffix.endswith(".gz") else raw
    assert content.startswith(b"5 20\nthe ")
    if "bin" in suffix:
        assert content[9 : 9 + 80] == kv["the"].astype("<f4").tobytes()
    else:
        assert content[9:].split(b"\n")[0].count(b".") == 20
    misnamed = written(tmp_path, raw, "misnamed.bin" if "txt" in suffix else "misnamed.txt")
    for stored in (path, misnamed):
        loaded = KeyedVectors.load(stored)
        assert loaded.words == kv.words
        assert loaded.vectors.tobytes() == kv.vectors.tobytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_argument_overrides_suffix(kind, tmp_path) -> None:
    kv = random_vectors(WORDS, 20)
    path = tmp_path / ("v.txt" if kind == "binary" else "v.bin")
    kv.save(path, format=kind)
    with_default = tmp_path / ("v.bin" if kind == "binary" else "v.txt")
    kv.save(with_default)
    assert path.read_bytes() == with_default.read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_files_longer_than_block_round_trip(kind, tmp_path, monkeypatch) -> None:
    for module in (text_format, binary_format):
        monkeypatch.setattr(module, "_BLOCK_BYTES", 100)
    monkeypatch.setattr(text_format, "_BLOCK_VALUES", 30)
    kv = random_vectors([f"word{i}" for i in range(50)], 7)
    kv.save(tmp_path / "v", kind)
    loaded = KeyedVectors.load(tmp_path / "v", kind)
    assert loaded.words == kv.words
    assert loaded.vectors.tobytes() == kv.vectors.tobytes()


def test_compressed_file_does_not_depend_on_time(tmp_path) -> None:
    kv = random_vectors(WORDS, 5)
    kv.save(tmp_path / "a.txt.gz")
    kv.save(tmp_path / "b.txt.gz")
    assert (tmp_path / "a.txt.gz").read_bytes() == (tmp_path / "b.txt.gz").read_bytes()
    assert (tmp_path / "a.txt.gz").read_bytes()[4:8] == b"\0\0\0\0"  # the time field


# --- files of word2vec.c and gensim -----------------------------------------------------------


def test_binary_format_matches_gensim_byte_for_byte(tmp_path) -> None:
    KeyedVectors(["a", "bc"], [[1, 2], [3, 4]]).save(tmp_path / "v.bin")
    expected = b"2 2\na " + struct.pack("<2f", 1, 2) + b"bc " + struct.pack("<2f", 3, 4)
    assert (tmp_path / "v.bin").read_bytes() == expected


def test_binary_rows_may_end_in_newline(tmp_path) -> None:
    rows = b"a " + struct.pack("<2f", 1, 2) + b"\nbc " + struct.pack("<2f", 3, 4) + b"\n"
    loaded = KeyedVectors.load(written(tmp_path, b"2 2\n" + rows, "v.bin"))
    assert loaded.words == ("a", "bc")
    assert loaded.vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("dim", [2, 5])
def test_text_lines_may_end_in_space_or_carriage_return(dim, tmp_path) -> None:
    numbers = b" 0.5" * dim
    content = b"3 %d\r\na%b \r\nb%b\n\nc%b" % (dim, numbers, numbers, numbers)
    loaded = KeyedVectors.load(written(tmp_path, content))
    assert loaded.words == ("a", "b", "c")
    assert loaded.vectors.tolist() == [[0.5] * dim] * 3


@pytest.mark.parametrize("kind", FORMATS)
def test_gensim_reads_written_file(kind, tmp_path) -> None:
    gensim = pytest.importorskip("gensim.models")
    kv = random_vectors(WORDS, 20)
    kv.save(tmp_path / "v", kind)
    other = gensim.KeyedVectors.load_word2vec_format(tmp_path / "v", binary=kind == "binary")
    assert tuple(other.index_to_key) == kv.words
    assert other.vectors.tobytes() == kv.vectors.tobytes()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ["v", "v.gz"])
def test_file_of_gensim_is_read(kind, name, tmp_path) -> None:
    gensim = pytest.importorskip("gensim.models")
    kv = random_vectors(WORDS, 20)
    other = gensim.KeyedVectors(20)
    other.add_vectors(WORDS, kv.vectors)
    other.save_word2vec_format(str(tmp_path / name), binary=kind == "binary")
    loaded = KeyedVectors.load(tmp_path / name)
    assert loaded.words == kv.words
    assert loaded.vectors.tobytes() == kv.vectors.tobytes()


# --- words that cannot be written ------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("word", ["New York", "a\tb", "a\n", ""])
def test_word_with_white_space_is_refused_and_old_file_kept(word, kind, tmp_path) -> None:
    path = written(tmp_path, b"precious")
    with pytest.raises(InputError) as caught:
        KeyedVectors(["a", word], np.ones((2, 1))).save(path, kind)
    assert str(caught.value) == (
        f"cannot write {path}: the word {word!r} is empty or contains white space, at which both "
        "formats end a word; join its parts with '_'"
    )
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_word_not_encodable_in_utf8_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r"the word 'a\\ud800' contains half of a surrogate pair"):
        KeyedVectors(["a\ud800"], [[1]]).save(tmp_path / "v.txt")


def test_unknown_format_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="format is 'bin': use 'text' or 'binary'; did you mean"):
        KeyedVectors(["a"], [[1]]).save(tmp_path / "v", "bin")  # type: ignore[arg-type]


# --- damaged files ---------------------------------------------------------------------------


def test_missing_file_is_named(tmp_path) -> None:
    assert refusal(tmp_path / "v.bin") == "no such file: v.bin; check the path"


def test_folder_is_refused(tmp_path) -> None:
    assert "Is a directory; check the path" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "v.txt is empty: it has no vectors; train or copy it again"),
        (
            b"the 0.25 0.5\n",
            (
                "v.txt does not begin with the header '<number of words> <dimensions>' but with "
                "'the 0.25 0.5'; name a file of word2vec vectors, or insert that line"
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
