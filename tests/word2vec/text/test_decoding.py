from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.text.decoding import decoded, error_policy

LINES = st.lists(st.text(st.sampled_from("aé€😀 \r\x85")), max_size=6)


@given(LINES)
def test_pieces_decode_to_the_text_they_were_cut_from(lines):
    pieces = [f"{line}\n".encode() for line in lines]
    assert "".join(decoded(pieces, "text", "strict")) == b"".join(pieces).decode()


@given(before=LINES, prefix=st.text(st.sampled_from("aé€ ")), split=st.booleans())
def test_a_wrong_byte_is_reported_where_it_is(before, prefix, split):
    head = "".join(f"{line}\n" for line in before).encode()
    bad = prefix.encode() + b"\xff tail\n"
    pieces = [head, bad] if split else [head + bad]
    with pytest.raises(InputError) as caught:
        list(decoded(pieces, "notes.txt", "strict"))
    column = len(prefix.encode()) + 1
    assert str(caught.value) == (
        f"notes.txt, line {len(before) + 1}, byte {column} of the line "
        f"(offset {len(head) + column - 1} in the file): 0xff is not UTF-8; convert the file to "
        'UTF-8, or use --errors replace (errors="replace")'
    )


def test_a_place_in_a_line_that_spans_pieces_counts_from_the_lines_begin():
    with pytest.raises(InputError, match=r"line 2, byte 6 of the line \(offset 8 in the file\)"):
        list(decoded([b"ab\ncd ", b"ef", b"\xff"], "x", "strict"))


def test_wrong_bytes_are_replaced_or_ignored_on_request():
    assert list(decoded([b"a\xffb"], "x", "replace")) == ["a\ufffdb"]
    assert list(decoded([b"a\xffb"], "x", "ignore")) == ["ab"]


def test_a_byte_order_mark_is_dropped_only_at_the_start():
    mark = "\ufeff".encode()
    assert list(decoded([mark + b"a ", mark + b"b"], "x", "strict")) == ["a ", "\ufeffb"]


def test_a_byte_order_mark_counts_in_reported_places():
    with pytest.raises(InputError, match=r"line 1, byte 5 of the line \(offset 4 in the file\)"):
        list(decoded(["\ufeff".encode() + b"a\xff"], "x", "strict"))


def test_an_unknown_policy_is_refused():
    with pytest.raises(InputError, match=r"^errors must be strict, replace or ignore, found 'no'$"):
        error_policy("no")
