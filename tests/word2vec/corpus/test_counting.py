from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.corpus import Vocabulary
from tinygrad_w2v.word2vec.corpus.counting import (
    Counts,
    added,
    count_part,
    in_buckets,
    vocabulary_of,
)
from tinygrad_w2v.word2vec.corpus.encoding import encode_sentences
from tinygrad_w2v.word2vec.settings import CorpusSettings
from tinygrad_w2v.word2vec.text.parts import TextPart, divide
from tinygrad_w2v.word2vec.text.source import TextSource

WORDS = st.lists(st.sampled_from(["a", "bb", "ü", "the", "cat", "sat", "猫"]), max_size=12)


def counted(part: list[str], number: int) -> Counts:
    words = list(dict.fromkeys(part))
    counts = np.array([part.count(word) for word in words], np.int64)
    return Counts(words, counts, np.arange(len(words)) + 1000 * number)


def vocabulary(parts: list[list[str]], buckets: int, settings: CorpusSettings) -> Vocabulary:
    divided = [in_buckets(counted(part, n), buckets) for n, part in enumerate(parts)]
    sums = [added(bucket, settings.min_count) for bucket in zip(*divided, strict=True)]
    return vocabulary_of(sums, settings, "the text")


@given(
    parts=st.lists(WORDS, min_size=1, max_size=4).filter(any),
    buckets=st.integers(1, 5),
    max_vocab=st.none() | st.integers(1, 4),
)
def test_vocabulary_of_parts_is_that_of_the_whole_text(
    parts: list[list[str]], buckets: int, max_vocab: int | None
) -> None:
    settings = CorpusSettings(min_count=1, max_vocab=max_vocab)
    expected, _ = encode_sentences(parts, settings)
    found = vocabulary(parts, buckets, settings)
    assert found.words == expected.words
    np.testing.assert_array_equal(found.counts, expected.counts)


def test_infrequent_words_are_left_out_before_all_buckets_are_joined() -> None:
    parts = [counted(["cat", "sat", "cat"], 0), counted(["sat", "mat", "cat"], 1)]
    assert added(parts, 2).words == ["cat", "sat"]
    assert added(parts, 9).words == ["cat"]


def test_part_without_words_is_counted() -> None:
    assert [part.words for part in in_buckets(counted([], 0), 3)] == [[], [], []]
    assert added([counted([], 0)], 5).words == []


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([[], []], "^the text has no words; give a text that has some$"),
        ([["cat", "sat"], ["cat"]], "^no word occurs 5 times; the most frequent, 'cat', occurs 2"),
    ],
)
def test_text_without_frequent_words_is_refused(parts: list[list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vocabulary(parts, 2, CorpusSettings(min_count=5))


def test_parts_of_a_text_keep_its_order(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("one two\ntwo three\nfour one\n")
    parts = [TextPart(ranges) for ranges in divide(TextSource(path), 3)]
    counts = [count_part(part, number) for number, part in enumerate(parts)]
    whole = added(counts, 1).select(np.arange(4))
    assert whole.words == ["one", "two", "three", "four"]
    assert whole.counts.tolist() == [2, 2, 1, 1]
    assert (np.diff(whole.places) > 0).all()
