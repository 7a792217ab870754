from __future__ import annotations

import pickle

import pytest

from tinygrad_w2v.errors import InputError, MissingExtraError, UnknownWordError, nearest_names

WORDS = ("the", "king", "queen", "queens", "paris")


def test_input_error_is_a_value_error() -> None:
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
def test_unknown_word_error_suggests_similar_words(word: str, message: str) -> None:
    error = UnknownWordError(word, WORDS)
    assert str(error) == message
    assert isinstance(error, KeyError)
    assert isinstance(error, InputError)


def test_unknown_word_error_names_the_place() -> None:
    assert str(UnknownWordError("xyz", WORDS, "the vectors")).startswith("'xyz' is not in the v")


@pytest.mark.parametrize("word", ["qeen", "Paris", "zzz"])
def test_unknown_word_error_pickles(word: str) -> None:
    error = UnknownWordError(word, WORDS)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is UnknownWordError
    assert str(copy) == str(error)


def test_missing_extra_error_names_the_command() -> None:
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
def test_nearest_names_suggests_only_similar_names(name: str, hint: str) -> None:
    assert nearest_names(name, ["--dim", "--lr", "--max-vocab", "--min-count"]) == hint
