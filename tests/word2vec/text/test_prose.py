from __future__ import annotations

import pytest

from tinygrad_w2v.word2vec.text.prose import sentences


def prose(text: str) -> list[str]:
    return list(sentences(text))


def test_a_paragraph_is_one_line_of_lower_case_words():
    assert prose("Return the SUM,\nor 0.5 if (empty).\n\nNever fails at all!") == [
        "return the sum or if empty",
        "never fails at all",
    ]


def test_names_stay_whole():
    text = "Calls obj.__init__ on numpy.array, `isn't` a *built-in* 'str', x2_y."
    assert prose(text) == [
        "calls obj.__init__ on numpy.array isn't a built-in str x2_y",
    ]


def test_doctests_and_their_output_are_left_out():
    assert prose("Add two numbers.\n\n>>> add(1,\n...     2)\nthree is it\n\nEnd of the text.") == [
        "add two numbers",
        "end of the text",
    ]


def test_literal_blocks_are_left_out():
    assert prose(
        "An example is this::\n\n    for x in y:\n\n        go on now\n\nMore text here."
    ) == [
        "an example is this",
        "more text here",
    ]


def test_headings_and_their_underlines_are_left_out():
    assert prose("Some longer parameters\n-----------\na : array_like\n    The input.") == [
        "a array_like the input"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "+-----+-----+",
        "| a word | another word |",
        "name    type    meaning",
        "===== ===== =====",
        ".. note this is markup",
        "funcdef ::= the grammar of it",
        "https://example.org/some/path-of-words",
        "write to someone@example.org",
        "a b",
    ],
)
def test_what_is_no_prose_is_left_out(line):
    assert prose(line) == []


def test_the_items_of_a_list_are_lines_of_their_own():
    assert prose("* the first item\n  goes on\n* the second item") == [
        "the first item goes on",
        "the second item",
    ]


def test_roles_are_left_out_and_their_names_kept():
    assert prose("See :func:`open` and :c:data:`errno`.") == ["see open and errno"]
