from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.word2vec.vectors.samples import random_vectors, words_and_vectors, written
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, binary_format, read_vectors, text_format
from tinygrad_w2v.word2vec.vectors.formats import write_vectors

FORMATS = ["text", "binary"]
SUFFIXES = ["txt", "vec", "bin", "txt.gz", "vec.gz", "bin.gz"]
WORDS = ["the", "über", "東京", "%s", "no\u00a0break"]


# --- round trips -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_vectors_round_trip_bit_identically(kind, tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("vectors") / "v"

    @given(words_and_vectors())
    def holds(sample) -> None:
        words, vectors = sample
        write_vectors(path, words, vectors, kind)
        read_words, read, _ = read_vectors(path, kind)
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
        "formats end a word; join its parts with spaces='_', or write .npz or .safetensors"
    )
    assert path.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [path]


def test_word_not_encodable_in_utf8_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r"the word 'a\\ud800' contains half of a surrogate pair"):
        KeyedVectors(["a\ud800"], [[1]]).save(tmp_path / "v.txt")


def test_unknown_format_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r"format is 'bin': use 'text', .*; did you mean binary"):
        KeyedVectors(["a"], [[1]]).save(tmp_path / "v", "bin")  # type: ignore[arg-type]
