from __future__ import annotations

import pickle

import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import KeyedVectors, UnknownWordError, Vocabulary

WORDS = ("the", "king", "queen", "queens", "paris")


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
def test_message_suggests_similar_words(word: str, message: str) -> None:
    for lookup in (
        Vocabulary(WORDS, range(5)).__getitem__,
        KeyedVectors(WORDS, [[1.0]] * 5).__getitem__,
    ):
        with pytest.raises(UnknownWordError) as caught:
            lookup(word)
        assert str(caught.value) == message
        assert caught.value.word == word
        assert isinstance(caught.value, InputError)
        assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("word", ["qeen", "Paris", "PARIS", "king2", "zzz", "", 3])
def test_message_survives_pickling(word: object) -> None:
    error = UnknownWordError(word, iter([*WORDS, "kings", "kinds", "kin", "knight"]))
    packed = pickle.dumps(error)
    assert str(pickle.loads(packed)) == str(error)
    assert b"the\x94" not in packed
