"""GloVe's text, archives, the projector's files, and the options of reading and writing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.word2vec.vectors.samples import random_vectors, refusal, written
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, archive_format, read_vectors
from tinygrad_w2v.word2vec.vectors.storage import restored, stored

ARCHIVES = ["npz", "safetensors"]
ODD_WORDS = ["the", "New York", "a\nb", "東京", " ", "\u2028", "tab\t", ""]


def needs(suffix: str) -> None:
    if suffix == "safetensors":
        pytest.importorskip("safetensors")


def assert_same(found: KeyedVectors, expected: KeyedVectors) -> None:
    assert found.words == expected.words
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert (found.counts is None) == (expected.counts is None)
    if found.counts is not None:
        assert found.counts.tolist() == expected.counts.tolist()


# --- without header --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["txt", "txt.gz"])
def test_text_without_header_is_recognized(suffix, tmp_path) -> None:
    kv = random_vectors([f"w{i}" for i in range(3000)], 7)  # the table grows
    kv.save(tmp_path / f"glove.{suffix}", header=False)
    assert_same(KeyedVectors.load(tmp_path / f"glove.{suffix}"), kv)


def test_binary_without_header_needs_dimensions(tmp_path) -> None:
    kv = random_vectors([f"w{i}" for i in range(3000)], 7)
    kv.save(tmp_path / "v.bin", header=False)
    options = {"format": "binary", "header": False}
    assert_same(KeyedVectors.load(tmp_path / "v.bin", dim=7, **options), kv)
    message = "v.bin: a binary file without a header needs dim, the dimensions"
    assert refusal(tmp_path / "v.bin", **options) == message
    message = refusal(tmp_path / "v.bin", dim=8, **options)
    assert message.startswith("v.bin does not end with a vector of 8 dimensions but with")


def test_first_line_without_header_gives_the_dimensions(tmp_path) -> None:
    message = refusal(written(tmp_path, b"the 1 2 3\ncat 1 2\n"))
    assert message.startswith(
        "v.txt, line 2: 'cat' is followed by 2 values, but the first line has"
    )


def test_header_can_be_stated(tmp_path) -> None:
    path = written(tmp_path, b"2 5\na 1\n")  # two words of one dimension
    assert read_vectors(path, header=False).words == ["2", "a"]
    path = written(tmp_path, b"the 1 2\n")
    assert "does not begin with the header" in refusal(path, header=True)


# --- words -----------------------------------------------------------------------------------


def test_words_with_spaces_are_read_from_text(tmp_path) -> None:
    path = written(tmp_path, b"4 2\n. . . 1 2\nNew York 3 4\nb 5 6\nat x@y.z 7 8\n")
    assert read_vectors(path).words == [". . .", "New York", "b", "at x@y.z"]
    message = refusal(written(tmp_path, b"2 2\nNew York 3 4\nb 5 6 7\n"))
    assert message.startswith("v.txt, line 3: 'b' is followed by 3 values, but the header states 2")


def test_spaces_can_be_replaced(tmp_path) -> None:
    kv = random_vectors(["New York", "a\t b"], 4)
    kv.save(tmp_path / "v.bin", spaces="_")
    assert KeyedVectors.load(tmp_path / "v.bin").words == ("New_York", "a_b")
    with pytest.raises(InputError, match="two words become 'a_b'; replace spaces by another"):
        random_vectors(["a b", "a_b"], 4).save(tmp_path / "v.bin", spaces="_")


def test_bytes_that_are_not_utf8_can_be_replaced(tmp_path) -> None:
    path = written(tmp_path, b"2 4\na\xff 1 2 3 4\nb\xfe 1 2 3 4\n")
    assert read_vectors(path, errors="replace").words == ["a\ufffd", "b\ufffd"]
    assert read_vectors(path, errors="ignore").words == ["a", "b"]
    assert "is not UTF-8" in refusal(path)


def test_limit_reads_first_words(tmp_path) -> None:
    kv = random_vectors([f"w{i}" for i in range(50)], 5)
    for name in ("v.txt", "v.bin", "v.npz", "v.tsv", "v.txt.gz"):
        kv.save(tmp_path / name)
        found = KeyedVectors.load(tmp_path / name, limit=7)
        assert_same(found, KeyedVectors(kv.words[:7], kv.vectors[:7]))
    kv.save(tmp_path / "glove.txt", header=False)
    assert len(KeyedVectors.load(tmp_path / "glove.txt", limit=7)) == 7


# --- gensim's names --------------------------------------------------------------------------


def test_gensims_methods_write_and_read_the_same(tmp_path) -> None:
    kv = KeyedVectors(["a", "b", "c"], np.eye(3), counts=[1, 5, 3])
    for binary in (True, False):
        kv.save_word2vec_format(tmp_path / "v", tmp_path / "vocabulary", binary=binary)
        found = KeyedVectors.load_word2vec_format(
            tmp_path / "v", tmp_path / "vocabulary", binary=binary, limit=2
        )
        assert (found.words, found.counts.tolist()) == (("b", "c"), [5, 3])
        assert found["c"].tolist() == [0, 0, 1]
    kv.save_word2vec_format(tmp_path / "v", write_header=False, prefix="x_")
    found = KeyedVectors.load_word2vec_format(tmp_path / "v", no_header=True)
    assert found.words == ("x_b", "x_c", "x_a")


def test_counts_must_be_complete(tmp_path) -> None:
    path = written(tmp_path, b"2 2\na 1 2\nb 1 2\n")
    (tmp_path / "c").write_text("a 3\n")
    with pytest.raises(InputError, match=r"c has no count of 'b', nor of 0 other words; name"):
        read_vectors(path, counts=tmp_path / "c")
    (tmp_path / "c").write_text("a 3\nb x\n")
    with pytest.raises(InputError, match=r"c, line 2: expected a word and its count, found 'b x'"):
        read_vectors(path, counts=tmp_path / "c")


def test_first_of_repeated_words_is_used(tmp_path) -> None:
    path = written(tmp_path, b"3 2\na 1 2\nb 1 2\na 3 4\n")
    kv = KeyedVectors.load_word2vec_format(path)
    assert (kv.words, kv["a"].tolist()) == (("a", "b"), [1, 2])
    assert "the word 'a' occurs twice" in refusal(path)


def test_pickled_file_is_refused_with_remedy(tmp_path) -> None:
    message = refusal(written(tmp_path, b"\x80\x04\x95\x0f\0\0\0gensim", "model.bin"))
    assert message.endswith(
        "it is a pickled file, as gensim's save writes, and reading one can run any code: load it "
        "in gensim and write it with model.wv.save_word2vec_format(name, binary=True)"
    )


# --- archives --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ARCHIVES)
@pytest.mark.parametrize("mmap", [False, True])
def test_archive_holds_any_word_and_counts(suffix, mmap, tmp_path) -> None:
    needs(suffix)
    kv = random_vectors(ODD_WORDS, 5)
    for counts in (None, range(8)):
        kv = KeyedVectors(kv.words, kv.vectors, counts)
        kv.save(tmp_path / f"v.{suffix}")
        found = KeyedVectors.load(tmp_path / f"v.{suffix}", mmap=mmap)
        assert found.is_mapped == mmap
        assert_same(found, kv)


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_mapped_vectors_answer_as_others(suffix, tmp_path, monkeypatch) -> None:
    needs(suffix)
    from tinygrad_w2v.word2vec.vectors import neighbours

    monkeypatch.setattr(neighbours, "_MAPPED_ROWS", 7)
    kv = random_vectors([f"w{i}" for i in range(50)], 5)
    kv.save(tmp_path / f"v.{suffix}")
    found = KeyedVectors.load(tmp_path / f"v.{suffix}", mmap=True)
    assert "unit_vectors" not in found.__dict__
    np.testing.assert_allclose(found.distances("w3"), kv.distances("w3"), atol=1e-6)
    for method in ("most_similar", "most_similar_cosmul"):
        expected = getattr(kv, method)("w3")
        for (word, score), answer in zip(getattr(found, method)("w3"), expected, strict=True):
            assert (word, score) == (answer[0], pytest.approx(answer[1]))
    assert found.most_similar_batch(["w1"])[0][0][0] == kv.most_similar("w1")[0][0]
    assert "unit_vectors" not in found.__dict__
    found["w3"] = [1, 2, 3, 4, 5]  # of a copy
    assert not found.is_mapped
    assert KeyedVectors.load(tmp_path / f"v.{suffix}")["w3"].tolist() == kv["w3"].tolist()


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.bin.gz"])
@pytest.mark.parametrize("header", [True, False])
def test_text_and_binary_are_mapped_through_a_temporary_file(name, header, tmp_path) -> None:
    kv = random_vectors([f"w{i}" for i in range(50)], 5)
    kv.save(tmp_path / name, header=header)
    is_plain = not header and ".bin" in name
    options = {"format": "binary", "header": False, "dim": 5} if is_plain else {}
    found = KeyedVectors.load(tmp_path / name, mmap=tmp_path, **options)
    assert found.is_mapped
    assert found.words == kv.words
    np.testing.assert_array_equal(found.vectors, kv.vectors)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    first = KeyedVectors.load(tmp_path / name, mmap=True, limit=3, **options)
    assert first.is_mapped
    assert first.words == kv.words[:3]


def test_what_cannot_be_mapped_is_refused(tmp_path) -> None:
    kv = random_vectors(["a", "b"], 5)
    kv.save(tmp_path / "v.tsv")
    assert refusal(tmp_path / "v.tsv", mmap=True) == "v.tsv: the projector's files cannot be mapped"
    kv.save(tmp_path / "v.npz", dtype="int8")
    assert "has int8 vectors, and only float32 can be mapped" in refusal(
        tmp_path / "v.npz", mmap=True
    )


@pytest.mark.parametrize("suffix", ARCHIVES)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float16", 1e-3), ("int8", 1 / 127)])
def test_smaller_numbers_are_close(suffix, dtype, tolerance, tmp_path) -> None:
    needs(suffix)
    kv = random_vectors([f"w{i}" for i in range(500)], 50)
    kv.save(tmp_path / f"v.{suffix}")
    kv.save(tmp_path / f"small.{suffix}", dtype=dtype)
    found = KeyedVectors.load(tmp_path / f"small.{suffix}")
    assert_same(found, kv.quantized(dtype))
    largest = np.abs(kv.vectors).max(axis=1, keepdims=True)
    assert (np.abs(found.vectors - kv.vectors) <= largest * tolerance / 2).all()
    sizes = [(tmp_path / f"{name}.{suffix}").stat().st_size for name in ("v", "small")]
    assert sizes[1] < sizes[0] * (0.6 if dtype == "float16" else 0.4)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_extreme_values_are_stored(dtype) -> None:
    values = np.array([[0, 0], [3e38, -3e38], [1e-45, 0], [1e5, 7e4]], np.float32)
    found = restored(stored(values, dtype))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[1], values[1], rtol=1e-2)


def test_text_holds_no_smaller_numbers(tmp_path) -> None:
    with pytest.raises(InputError, match=r"the text format holds no int8; write .npz or .safetens"):
        random_vectors(["a"], 2).save(tmp_path / "v.txt", dtype="int8")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("vectors", None, "it holds no array 'vectors'"),
        ("vectors", np.ones((2, 3)), "its vectors have shape (2, 3) and dtype float64"),
        ("ends", np.array([1, 9]), "its last word ends at byte 9 of 2"),
        ("ends", np.array([3, 2]), "the ends of its words are not in order"),
        ("words", np.array([0xFF, 1], np.uint8), "'utf-8' codec can't decode byte 0xff"),
        ("vectors", np.ones((2, 3), np.int8), "its vectors are int8 without scales that fit"),
    ],
)
@pytest.mark.parametrize("mmap", [False, True])
def test_archive_of_other_arrays_is_refused(name, array, message, mmap, tmp_path) -> None:
    arrays = {
        "vectors": np.ones((2, 3), np.float32),
        "words": np.frombuffer(b"ab", np.uint8),
        "ends": np.array([1, 2]),
        name: array,
    }
    np.savez(tmp_path / "v.npz", **{k: v for k, v in arrays.items() if v is not None})
    found = refusal(tmp_path / "v.npz", mmap=mmap)
    assert found.startswith(f"the file of vectors v.npz is damaged ({message}")


def test_vectors_of_an_archive_are_mapped_where_they_are(tmp_path) -> None:
    random_vectors(["a", "b"], 5).save(tmp_path / "v.npz")
    offset, dtype, shape = archive_format._places_npz(tmp_path / "v.npz")["vectors"]
    with zipfile.ZipFile(tmp_path / "v.npz") as archive:
        raw = archive.read("vectors.npy")
    content = (tmp_path / "v.npz").read_bytes()
    assert (dtype, shape) == (np.float32, (2, 5))
    assert content[offset : offset + 40] == raw[-40:]


# --- TensorBoard's projector -----------------------------------------------------------------


def test_projector_has_numbers_and_words_in_two_files(tmp_path) -> None:
    kv = KeyedVectors(["the", "New York"], [[1, 0.1], [0, -2]])
    kv.save(tmp_path / "v.tsv")
    assert (tmp_path / "v.tsv").read_text() == "1\t0.1\n0\t-2\n"
    assert (tmp_path / "v.metadata.tsv").read_text() == "the\nNew York\n"
    assert_same(KeyedVectors.load(tmp_path / "v.tsv"), kv)


def test_projector_has_counts_under_titles(tmp_path) -> None:
    kv = KeyedVectors(["a", "b"], np.eye(2), counts=[7, 3])
    kv.save(tmp_path / "v.tsv")
    assert (tmp_path / "v.metadata.tsv").read_text() == "word\tcount\na\t7\nb\t3\n"
    assert_same(KeyedVectors.load(tmp_path / "v.tsv"), kv)


@pytest.mark.parametrize("names", [("p_tensor.tsv", "p_metadata.tsv"), ("t.tsv", "metadata.tsv")])
def test_projector_files_of_other_programs_are_read(names, tmp_path) -> None:
    (tmp_path / names[0]).write_text("1\t2\n3\t4\n")
    (tmp_path / names[1]).write_text("a\nb\n")
    assert KeyedVectors.load(tmp_path / names[0])["b"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("numbers", "words", "message"),
    [
        ("", "a\n", "v.tsv is empty: it has no vectors"),
        ("1\t2\n", "a\nb\nc\n", "v.metadata.tsv has 3 words and v.tsv 1 vectors; write both files"),
        ("1\t2\n1\n", "a\nb\n", "v.tsv is damaged ("),
        ("1\tx\n", "a\n", "v.tsv is damaged ("),
        ("1\t2\n", "word\tcount\na\tx\n", "v.metadata.tsv: the counts are not integers"),
        ("1\t2\n", None, "no such file: v.metadata.tsv"),
    ],
)
def test_damaged_projector_files_are_refused(numbers, words, message, tmp_path: Path) -> None:
    (tmp_path / "v.tsv").write_text(numbers)
    if words is not None:
        (tmp_path / "v.metadata.tsv").write_text(words)
    assert refusal(tmp_path / "v.tsv").startswith(message)


def test_projector_holds_no_tabs_in_words(tmp_path) -> None:
    with pytest.raises(InputError, match="is empty or contains a tab or a line end; join its pa"):
        random_vectors(["a\tb"], 2).save(tmp_path / "v.tsv")
