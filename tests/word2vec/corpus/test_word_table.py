"""The table finds what str.split and a dictionary find, whatever words share a slot."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.word2vec.corpus.encoding import _growing_ids
from tinygrad_w2v.word2vec.corpus.word_table import WordTable

ASCII = st.text(st.characters(max_codepoint=127), max_size=80)
WORDY = st.lists(
    st.one_of(
        st.sampled_from(
            ["a", "b", "ab", "ba", "\x01", "\x7f", "x" * 8, "x" * 9, "x" * 16, "x" * 17]
        ),
        st.text("xy", min_size=1, max_size=20),
        st.sampled_from(list(" \n\t\r\v\f\0\x1c\x1d\x1e\x1f")),
    ),
    max_size=60,
).map(" ".join)


def expected(blocks: list[str]) -> tuple[list[list[int]], list[str]]:
    ids = _growing_ids()
    tokens = [re.findall(r"\n|[^\s\0]+", block) for block in blocks]
    found = [[-1 if token == "\n" else ids[token] for token in block] for block in tokens]
    return found, list(ids)


@pytest.mark.parametrize("bits", [1, 3, 17])
@given(blocks=st.lists(st.one_of(ASCII, WORDY), max_size=5))
def test_ids_match_dictionary_and_split(bits: int, blocks: list[str]) -> None:
    ids = _growing_ids()
    table = WordTable(ids.__getitem__, bits)
    found = [table.ids(block, line_end=-1).tolist() for block in blocks]
    assert (found, list(ids)) == expected(blocks)


def test_known_word_is_not_looked_up_again() -> None:
    asked = []

    def lookup(word: str) -> int:
        asked.append(word)
        return len(asked)

    table = WordTable(lookup)
    assert table.ids("one two", line_end=0).tolist() == [1, 2]
    assert table.ids("two one\n" * 2, line_end=0).tolist() == [2, 1, 0, 2, 1, 0]
    assert asked == ["one", "two"]
