from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import UnknownWordError, Vocabulary

COUNTS = st.dictionaries(st.text(min_size=1), st.integers(1, 50), min_size=1)


@given(counts=COUNTS, min_count=st.integers(1, 50), max_vocab=st.none() | st.integers(1, 5))
def test_from_counts_orders_frequent_words_by_count(counts, min_count, max_vocab):
    by_count = sorted(counts, key=lambda word: -counts[word])  # stable: ties keep their order
    expected = [word for word in by_count if counts[word] >= min_count][:max_vocab]
    if not expected:
        with pytest.raises(InputError):
            Vocabulary.from_counts(counts, min_count=min_count, max_vocab=max_vocab)
        return
    vocabulary = Vocabulary.from_counts(counts, min_count=min_count, max_vocab=max_vocab)
    assert list(vocabulary) == expected
    assert vocabulary.counts.tolist() == [counts[word] for word in expected]
    assert [vocabulary[word] for word in expected] == list(range(len(expected)))


class TestLookup:
    vocabulary = Vocabulary(["the", "king", "kind", "queen"], [9, 5, 4, 3])

    def test_words_ids_and_counts_correspond(self):
        assert self.vocabulary["king"] == 1
        assert "king" in self.vocabulary
        assert "knave" not in self.vocabulary
        assert self.vocabulary.words[1] == "king"
        assert self.vocabulary.counts.dtype == np.int64

    def test_counts_are_read_only(self):
        with pytest.raises(ValueError, match="read-only"):
            self.vocabulary.counts[0] = 1

    def test_ids_raise_for_unknown_word_or_skip_it(self):
        assert self.vocabulary.ids(["queen", "a", "the"], skip_unknown=True).tolist() == [3, 0]
        assert self.vocabulary.ids(iter(["queen", "the"])).dtype == np.int32
        with pytest.raises(UnknownWordError, match=r"^'a' is not"):
            self.vocabulary.ids(["queen", "a"])

    def test_ids_of_string_are_refused(self):
        with pytest.raises(InputError, match=r"^tokens must be a list of words, found the string"):
            self.vocabulary.ids("the king")


class TestRefusals:
    def test_no_frequent_word_names_most_frequent_one(self):
        with pytest.raises(InputError) as caught:
            Vocabulary.from_counts({"a": 2, "b": 3}, min_count=5)
        assert str(caught.value) == (
            "no word occurs 5 times; the most frequent, 'b', occurs 3 times: set min_count "
            "(--min-count) to 3 or less, or give a longer text"
        )

    def test_no_words(self):
        with pytest.raises(InputError, match=r"^the mapping of counts has no words; give a text"):
            Vocabulary.from_counts({})

    @pytest.mark.parametrize("name", ["min_count", "max_vocab"])
    def test_option_below_one(self, name):
        with pytest.raises(InputError, match=rf"^{name} is 0: it must be .* at least 1$"):
            Vocabulary.from_counts({"a": 9}, **{name: 0})

    def test_repeated_word(self):
        with pytest.raises(InputError, match=r"^the word 'a' occurs twice; list each word once$"):
            Vocabulary(["a", "b", "a"], [3, 2, 1])

    def test_counts_of_wrong_length(self):
        with pytest.raises(InputError, match=r"and int64 do not match 2 words; give one integer"):
            Vocabulary(["a", "b"], [3])

    def test_negative_count(self):
        with pytest.raises(InputError, match=r"^counts must not be negative, found -1$"):
            Vocabulary(["a"], [-1])


class TestFiles:
    @given(words=st.lists(st.text(min_size=1).filter(lambda w: "\n" not in w), unique=True))
    def test_save_and_load_round_trip(self, words, tmp_path_factory):
        path = tmp_path_factory.mktemp("vocabulary") / "v.txt"
        counts = np.arange(len(words))
        Vocabulary(words, counts).save(path)
        loaded = Vocabulary.load(path)
        assert loaded.words == tuple(words)
        assert loaded.counts.tolist() == counts.tolist()

    def test_file_has_word_and_count_per_line(self, tmp_path):
        Vocabulary(["straße", "New York"], [7, 2]).save(tmp_path / "v.txt")
        assert (tmp_path / "v.txt").read_bytes() == "straße 7\nNew York 2\n".encode()

    def test_word_with_line_end_cannot_be_saved(self, tmp_path):
        with pytest.raises(InputError, match=r"^cannot save the word 'a\\nb': the file has one w"):
            Vocabulary(["a\nb"], [1]).save(tmp_path / "v.txt")

    def test_malformed_line_is_reported(self, tmp_path):
        (tmp_path / "v.txt").write_text("the 9\ncat\n")
        with pytest.raises(InputError, match=r"v.txt, line 2: expected a word, a space and its c"):
            Vocabulary.load(tmp_path / "v.txt")

    def test_missing_file_is_reported(self, tmp_path):
        with pytest.raises(InputError, match=r"^no such file: .*v.txt; check the path$"):
            Vocabulary.load(tmp_path / "v.txt")

    def test_file_that_is_not_utf8_is_reported(self, tmp_path):
        (tmp_path / "v.txt").write_bytes(b"the 9\n\xff 2\n")
        with pytest.raises(InputError, match=r"is not UTF-8 text \(.* at byte 6\); convert it"):
            Vocabulary.load(tmp_path / "v.txt")


@pytest.mark.parametrize("count", [str(2**63), "9" * 30, "9" * 5000], ids=len)
def test_count_that_is_no_64_bit_integer_is_refused(tmp_path, count):
    (tmp_path / "v.txt").write_text(f"a 3\nb {count}\n")
    with pytest.raises(InputError, match=r"v.txt, line 2: the count \d+ is too large; correct it"):
        Vocabulary.load(tmp_path / "v.txt")


def test_counts_whose_sum_is_no_64_bit_integer_are_refused():
    with pytest.raises(InputError, match=r"the sum of the counts is 1.3\d+e\+19, too large"):
        Vocabulary(["a", "b"], [2**62, 2**63])
