from __future__ import annotations

import gc
import io
import json
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.corpus import LINE_END, Corpus, Vocabulary, stored_ids
from tinygrad_w2v.word2vec.text import source as text

SENTENCES = st.lists(st.lists(st.sampled_from("abcdefg")), max_size=12)
SEPARATORS = st.sampled_from([" ", "  ", "\t", "\x00", " \r", "\u2003"])


def decoded(corpus: Corpus) -> list[list[str]]:
    """Return the lines of the corpus as words."""
    lines = [[]]
    for number in corpus.ids.tolist():
        if number == LINE_END:
            lines.append([])
        else:
            lines[-1].append(corpus.vocabulary.words[number])
    assert lines.pop() == [], "the last line must be ended"
    return lines


def frequent_words(sentences: list[list[str]], min_count: int) -> list[list[str]]:
    """Return the sentences without rare words, and without empty sentences."""
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = ([word for word in line if counts[word] >= min_count] for line in sentences)
    return [line for line in kept if line]


def only_entry(folder: Path) -> Path:
    (entry,) = folder.iterdir()
    return entry


@pytest.fixture(scope="module")
def small_chunks():
    """Read and write in chunks so small that a toy text has many."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(text, "_BLOCK_BYTES", 16)
        monkeypatch.setattr(stored_ids, "_CHUNK_IDS", 3)
        yield


class TestEncoding:
    @given(sentences=SENTENCES, min_count=st.integers(1, 3), separator=SEPARATORS)
    def test_text_round_trips_without_rare_words_and_empty_lines(
        self, sentences, min_count, separator, tmp_path_factory, small_chunks
    ):
        folder = tmp_path_factory.mktemp("corpus")
        path = folder / "text.txt"
        path.write_bytes("\n".join(map(separator.join, sentences)).encode())
        expected = frequent_words(sentences, min_count)
        options = {"min_count": min_count, "cache_directory": folder / "cache"}
        if not expected:
            with pytest.raises(InputError):
                Corpus.from_text(path, **options)
            return
        corpus = Corpus.from_text(path, **options)
        assert decoded(corpus) == expected
        assert corpus.line_count == len(expected)
        assert corpus.word_count == sum(map(len, expected)) == corpus.vocabulary.counts.sum()

    @given(sentences=SENTENCES, min_count=st.integers(1, 3))
    def test_sentences_round_trip_without_rare_words_and_empty_lines(self, sentences, min_count):
        expected = frequent_words(sentences, min_count)
        if expected:
            assert decoded(Corpus.from_sentences(sentences, min_count=min_count)) == expected

    def test_ids_are_ordered_by_count_then_appearance(self, tmp_path):
        (tmp_path / "a.txt").write_text("z b a\na c b\na\n")
        corpus = Corpus.from_text(tmp_path / "a.txt", min_count=1, cache_directory=tmp_path / "c")
        assert corpus.vocabulary.words == ("a", "b", "z", "c")
        assert corpus.vocabulary.counts.tolist() == [3, 2, 1, 1]
        assert corpus.ids.dtype == np.int32
        assert isinstance(corpus.ids, np.memmap)

    def test_file_end_ends_line(self, tmp_path):
        for name in "ab":
            (tmp_path / name).write_text("unended line")
        corpus = Corpus.from_text(
            [tmp_path / "a", tmp_path / "b"], min_count=1, cache_directory=tmp_path / "cache"
        )
        assert decoded(corpus) == [["unended", "line"]] * 2

    def test_max_vocab_keeps_most_frequent_words(self):
        corpus = Corpus.from_sentences([["a", "b"], ["c", "b", "a", "b"]], max_vocab=2)
        assert decoded(corpus) == [["a", "b"], ["b", "a", "b"]]

    def test_progress_reports_stage_and_ends_at_total(self, tmp_path, small_chunks):
        (tmp_path / "a.txt").write_text("a few words to count\n" * 9)
        calls = []
        Corpus.from_text(
            tmp_path / "a.txt", cache_directory=tmp_path / "c", progress=lambda *a: calls.append(a)
        )
        for stage, total in (("counting", 9 * 21), ("encoding", 4 * 9 * 6)):
            done = [call[1:] for call in calls if call[0] == stage]
            assert done == sorted(done)
            assert done[-1] == (total, total)
            assert len(done) > 2


class TestCache:
    @pytest.fixture
    def words(self, tmp_path):
        path = tmp_path / "text.txt"
        path.write_text("the cat\nthe dog saw the cat\n")
        return path

    @pytest.fixture
    def encode(self, words, tmp_path):
        def encode(**options):
            return Corpus.from_text(
                words, **{"min_count": 1, "cache_directory": tmp_path / "cache", **options}
            )

        return encode

    def test_unchanged_text_is_not_read_again(self, encode, monkeypatch):
        first = encode()
        monkeypatch.delattr(text.TextSource, "blocks")
        second = encode()
        assert second.vocabulary.words == first.vocabulary.words
        assert second.vocabulary.counts.tolist() == first.vocabulary.counts.tolist()
        np.testing.assert_array_equal(second.ids, first.ids)

    def test_changed_text_is_read_again(self, encode, words):
        encode()
        words.write_text("the cat\nthe dog saw the owl too\n")
        assert "owl" in encode().vocabulary

    @pytest.mark.parametrize(
        "options", [{"min_count": 2}, {"max_vocab": 2}, {"errors": "replace"}], ids=str
    )
    def test_other_options_use_another_entry(self, encode, tmp_path, options):
        encode()
        encode(**options)
        assert len(list((tmp_path / "cache").iterdir())) == 2

    @pytest.mark.parametrize("name", ["ids.int32", "vocabulary.txt", "corpus.json"])
    @pytest.mark.parametrize("damage", ["missing", "empty", "cut", "id gone", "changed", "zeros"])
    def test_damaged_entry_is_replaced(self, encode, tmp_path, name, damage):
        expected = decoded(encode())
        gc.collect()
        path = only_entry(tmp_path / "cache") / name
        content = path.read_bytes()
        path.unlink()
        if damage != "missing":
            middle = len(content) // 2
            path.write_bytes(
                {
                    "empty": b"",
                    "cut": content[:-1],
                    "id gone": content[:-4],
                    "changed": content[:middle] + b"\x07" + content[middle + 1 :],
                    "zeros": bytes(len(content)),
                }[damage]
            )
        assert decoded(encode()) == expected
        assert path.read_bytes() == content

    def test_words_swapped_within_the_ids_are_noticed(self, encode, tmp_path):
        expected = decoded(encode())
        gc.collect()
        path = only_entry(tmp_path / "cache") / "ids.int32"
        ids = np.fromfile(path, np.int32)
        np.concatenate((ids[1:2], ids[:1], ids[2:])).tofile(path)
        assert decoded(encode()) == expected
        assert np.array_equal(np.fromfile(path, np.int32), ids)

    def test_wrong_description_is_not_trusted(self, encode, tmp_path):
        expected = decoded(encode())
        path = only_entry(tmp_path / "cache") / "corpus.json"
        description = path.read_text()
        for content in ({}, [], {**json.loads(description), "ids_crc32": 3}):
            path.write_text(json.dumps(content))
            assert decoded(encode()) == expected
            assert path.read_text() == description

    def test_failed_encoding_leaves_no_files(self, encode, words, tmp_path):
        words.write_bytes(b"the cat\nthe d\xffg\n")
        with pytest.raises(InputError, match=r"line 2, byte 6 .* 0xff is not UTF-8"):
            encode()
        assert list(only_entry(tmp_path / "cache").iterdir()) == []

    def test_uncreatable_cache_directory_is_reported(self, encode, words):
        with pytest.raises(
            InputError, match=r"^cannot create the cache folder .*Not a directory; s"
        ):
            encode(cache_directory=words / "cache")

    def test_default_directory_is_user_cache(self, words, tmp_path, monkeypatch):
        monkeypatch.setenv("TINYGRAD_W2V_CACHE", str(tmp_path / "home"))
        Corpus.from_text(words, min_count=1)
        assert only_entry(tmp_path / "home").name == "corpora"


class TestStandardInput:
    @pytest.fixture
    def temporary(self, tmp_path, monkeypatch):
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"the cat\nthe dog\n")))
        return folder

    def test_temporary_files_are_deleted_with_corpus(self, temporary):
        corpus = Corpus.from_text("-", min_count=1)
        assert decoded(corpus) == [["the", "cat"], ["the", "dog"]]
        gc.collect()
        assert only_entry(temporary).is_dir()
        del corpus
        gc.collect()
        assert list(temporary.iterdir()) == []

    def test_temporary_files_are_deleted_on_close(self, temporary):
        corpus = Corpus.from_text("-", min_count=1)
        corpus.close()
        gc.collect()
        assert list(temporary.iterdir()) == []
        assert len(corpus.ids) == 0

    def test_temporary_files_are_deleted_when_encoding_fails(self, temporary):
        with pytest.raises(InputError, match=r"^no word occurs 9 times"):
            Corpus.from_text("-", min_count=9)
        gc.collect()
        assert list(temporary.iterdir()) == []


class TestErrors:
    def test_text_without_words_is_reported(self, tmp_path):
        (tmp_path / "a.txt").write_text(" \n\n")
        with pytest.raises(InputError) as caught:
            Corpus.from_text(tmp_path / "a.txt", cache_directory=tmp_path / "cache")
        assert str(caught.value) == (
            f"{tmp_path / 'a.txt'} has no words; give a text that has some"
        )

    def test_sentences_without_words_are_refused(self):
        with pytest.raises(InputError, match=r"^the list of sentences has no words; give a"):
            Corpus.from_sentences([[], []])

    def test_string_as_sentence_is_refused(self):
        with pytest.raises(InputError) as caught:
            Corpus.from_sentences(["the cat"])
        assert str(caught.value) == (
            "a sentence must be a list of words, found the string 'the cat'; split it with "
            "sentence.split()"
        )

    def test_options_are_checked_before_text_is_read(self, tmp_path):
        with pytest.raises(InputError, match=r"^min_count is 0: it must be .*"):
            Corpus.from_text(tmp_path / "missing", min_count=0)
        with pytest.raises(InputError, match=r"^max_vocab is -1: it must be .*"):
            Corpus.from_text(tmp_path / "missing", max_vocab=-1)

    @pytest.mark.parametrize("wrong", [-2, 1])
    def test_ids_outside_vocabulary_are_refused(self, wrong):
        with pytest.raises(InputError, match=rf"^ids must be -1 .*, 0 to 0, found {wrong}$"):
            Corpus(Vocabulary(["a"], [1]), np.array([0, wrong, -1], np.int32))


def test_dictionary_of_words_needs_no_garbage_collection(tmp_path: Path) -> None:
    def dictionaries() -> int:
        return sum(type(found) is defaultdict for found in gc.get_objects())

    (tmp_path / "text.txt").write_text("one two three\n")
    gc.collect()
    before = dictionaries()
    gc.disable()
    try:
        Corpus.from_text(tmp_path / "text.txt", min_count=1, cache_directory=tmp_path / "cache")
        Corpus.from_sentences([["one", "two", "three"]])
        assert dictionaries() == before
    finally:
        gc.enable()
