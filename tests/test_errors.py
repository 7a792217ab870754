from __future__ import annotations

import pickle

import pytest

from tinygrad_w2v.errors import InputError, MissingExtraError, UnknownWordError, nearest_names

WORDS = ("the", "king", "queen", "queens", "paris")


def test_bad_input_is_a_value_error() -> None:
    assert issubclass(InputError, ValueError)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("qeen", "'qeen' is not in the vocabulary; did you mean queen or queens?"),
        ("Paris", "'Paris' is not in the vocabulary; did you mean its lower-case form 'paris'?"),
        (
            "zzz",
            (
                "'zzz' is not in the vocabulary; check its spelling, or train on a text in which "
                "it is frequent enough"
            ),
        ),
    ],
)
def test_an_unknown_word_is_told_with_what_may_be_meant(word: str, message: str) -> None:
    error = UnknownWordError(word, WORDS)
    assert str(error) == message
    assert isinstance(error, KeyError)
    assert isinstance(error, InputError)


def test_the_place_of_a_search_is_named() -> None:
    assert str(UnknownWordError("xyz", WORDS, "the vectors")).startswith("'xyz' is not in the v")


@pytest.mark.parametrize("word", ["qeen", "Paris", "zzz"])
def test_an_unknown_word_error_says_the_same_in_another_process(word: str) -> None:
    error = UnknownWordError(word, WORDS)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is UnknownWordError
    assert str(copy) == str(error)


def test_a_missing_extra_says_what_to_install() -> None:
    assert str(MissingExtraError("rich", "cli", "progress bars")) == (
        "rich is needed for progress bars and is not installed: pip install 'tinygrad-w2v[cli]'"
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("--dimm", "did you mean --dim?"),
        ("--lrr", "did you mean --lr?"),
        ("--min-vocab", "did you mean --max-vocab or --min-count?"),
        ("nothing", ""),
    ],
)
def test_near_names_are_suggested_and_far_ones_are_not(name: str, hint: str) -> None:
    assert nearest_names(name, ["--dim", "--lr", "--max-vocab", "--min-count"]) == hint
