"""Vectors of unseen words, and fastText's binary files."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import Subwords
from tinygrad_w2v.word2vec.vectors import KeyedVectors, SubwordVectors, UnknownWordError

SUBWORDS = Subwords(2, 4, buckets=60)
WORDS = ["the", "where", "über", "日本語", "</s>"]
TABLE = np.random.default_rng(0).normal(size=(len(WORDS) + 60, 6)).astype(np.float32)


def vectors(**options: object) -> SubwordVectors:
    return SubwordVectors(WORDS, TABLE, SUBWORDS, [9, 7, 5, 3, 1], **options)


def test_vector_of_a_word_is_the_mean_of_its_rows() -> None:
    found = vectors()
    rows = np.append(SUBWORDS.hashed(["über"])[0] + len(WORDS), 2)
    np.testing.assert_allclose(found["über"], TABLE[rows].mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(found["</s>"], TABLE[4])


def test_vector_of_an_unseen_word_is_the_mean_of_its_ngrams() -> None:
    found = vectors()
    rows = SUBWORDS.hashed(["there"])[0] + len(WORDS)
    np.testing.assert_allclose(found["there"], TABLE[rows].mean(axis=0), rtol=1e-5)
    assert "there" in found
    assert "there" not in found.key_to_index
    assert np.linalg.norm(found.get_vector("there", norm=True)) == pytest.approx(1)
    assert found.most_similar("there", topn=1) == found.similar_by_vector(found["there"], topn=1)
    assert not found["there"].flags.writeable


def test_word_without_ngrams_is_unknown() -> None:
    with pytest.raises(UnknownWordError):
        SubwordVectors(["a"], TABLE[:61], Subwords(5, 6, buckets=60))["b"]


def test_vectors_of_other_words_can_be_searched() -> None:
    found = vectors().vectors_for_all(["there", "where", "wherever"])
    assert type(found) is KeyedVectors
    assert found.words == ("there", "where", "wherever")
    np.testing.assert_array_equal(found["where"], vectors()["where"])


def test_table_is_copied_unless_it_is_read_only() -> None:
    table = TABLE.copy()
    copied = SubwordVectors(WORDS, table, SUBWORDS)
    table[:] = 0
    assert copied.table.any()
    table.flags.writeable = False
    assert SubwordVectors(WORDS, table, SUBWORDS).table is table


def test_table_must_have_a_row_for_each_word_and_bucket() -> None:
    with pytest.raises(InputError, match=r"4 words and 60 buckets do not match a table of shape"):
        SubwordVectors(WORDS[:4], TABLE, SUBWORDS)


def test_saved_model_is_read_again(tmp_path: Path) -> None:
    output = np.ones((len(WORDS), 6), np.float32)
    before = vectors(output=output, arguments={"ws": 7, "t": 0.25})
    before.save(tmp_path / "model.bin")
    found = SubwordVectors.load(tmp_path / "model.bin")
    assert (found.words, found.subwords) == (before.words, SUBWORDS)
    assert (found.arguments["ws"], found.arguments["t"], found.arguments["dim"]) == (7, 0.25, 6)
    for name in ("table", "output", "vectors", "counts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(before, name))


def test_changed_vectors_are_no_means_of_subwords(tmp_path: Path) -> None:
    assert type(vectors().normalized()) is KeyedVectors
    changed = vectors()
    changed["new"] = np.ones(6)
    with pytest.raises(InputError, match=r"vectors were added or replaced, and fastText's format"):
        changed.save(tmp_path / "model.bin")
    changed.save(tmp_path / "model.npz")


def test_other_formats_hold_the_words_alone(tmp_path: Path) -> None:
    vectors().save(tmp_path / "words.vec")
    vectors().save(tmp_path / "words.bin", "binary")
    for name in ("words.vec", "words.bin"):
        np.testing.assert_allclose(
            KeyedVectors.load(tmp_path / name).vectors, vectors().vectors, rtol=1e-6
        )
        with pytest.raises(InputError, match="is not a model of fastText: load it with Keyed"):
            SubwordVectors.load(tmp_path / name)


def model_bytes(tmp_path: Path) -> bytes:
    vectors().save(tmp_path / "model.bin")
    return (tmp_path / "model.bin").read_bytes()


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    data, path = model_bytes(tmp_path), tmp_path / "cut.bin"
    for end in [*range(4, 260), *range(260, len(data), 97)]:
        path.write_bytes(data[:end])
        with pytest.raises(InputError, match=r"cut\.bin is "):
            SubwordVectors.load(path)


def test_damaged_numbers_are_refused_or_read(tmp_path: Path) -> None:
    data, path = model_bytes(tmp_path), tmp_path / "damaged.bin"
    rng = np.random.default_rng(1)
    for position in rng.integers(4, 200, 300):
        changed = bytearray(data)
        changed[position] = rng.integers(256)
        path.write_bytes(changed)
        with contextlib.suppress(InputError):
            SubwordVectors.load(path)


def test_quantized_models_and_other_versions_are_refused(tmp_path: Path) -> None:
    data, path = bytearray(model_bytes(tmp_path)), tmp_path / "model.bin"
    data[4:8] = struct.pack("<i", 11)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"is version 11: give a .bin file of version 12"):
        SubwordVectors.load(path)
    data[4:8] = struct.pack("<i", 12)
    pruned = 8 + 56 + 20
    data[pruned : pruned + 8] = struct.pack("<q", 5)
    path.write_bytes(data)
    with pytest.raises(InputError, match="is quantized or pruned: give the file that"):
        SubwordVectors.load(path)


def test_word_with_a_nul_is_not_written(tmp_path: Path) -> None:
    broken = SubwordVectors(["a\0b"], TABLE[:61], SUBWORDS)
    with pytest.raises(InputError, match=r"cannot write the word 'a\\x00b' to .*: rename it"):
        broken.save(tmp_path / "model.bin")


@pytest.mark.parametrize(
    "options", [{"model": "cbow"}, {"model": "skipgram", "loss": "hs"}, {"maxn": 0, "bucket": 0}]
)
def test_fasttext_reads_and_writes_the_same_files(
    tmp_path: Path, options: dict[str, object]
) -> None:
    fasttext = pytest.importorskip("fasttext")
    text, theirs, ours = tmp_path / "text", tmp_path / "theirs.bin", tmp_path / "ours.bin"
    text.write_text("the where über 日本語 naïve x-ray 😀face\n" * 50, encoding="utf-8")
    chosen = {"minCount": 1, "dim": 8, "bucket": 200, "minn": 2, "maxn": 5, "thread": 1, **options}
    model = fasttext.train_unsupervised(str(text), epoch=2, verbose=0, **chosen)
    model.save_model(str(theirs))
    found = SubwordVectors.load(theirs)
    assert list(found.words) == model.words
    np.testing.assert_array_equal(found.table, model.get_input_matrix())
    unseen = ["unseen", "ünseen"] if found.subwords.maxn else []
    for word in [*model.words, *unseen]:
        # Some builds of fastText return unit vectors.
        expected, vector = model.get_word_vector(word), found[word]
        expected = expected * (np.linalg.norm(vector) / np.linalg.norm(expected))
        np.testing.assert_allclose(vector, expected, rtol=1e-5, atol=1e-7)
    found.save(ours)
    assert ours.read_bytes() == theirs.read_bytes()
    again = fasttext.load_model(str(ours))
    for word in [*model.words, *unseen]:
        np.testing.assert_array_equal(again.get_word_vector(word), model.get_word_vector(word))
