from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.word2vec.vectors.samples import random_vectors, royal_family, words_and_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, UnknownWordError


def test_word_indexes_its_row() -> None:
    kv = KeyedVectors(["a", "b"], [[1, 2], [3, 4]], counts=[7, 5])
    assert len(kv) == 2
    assert kv.dim == 2
    assert kv.words == ("a", "b")
    assert kv.index("b") == 1
    assert "a" in kv
    assert "c" not in kv
    assert kv["b"].tolist() == [3, 4]
    assert kv["b"].dtype == np.float32
    assert kv.counts is not None
    assert kv.counts.tolist() == [7, 5]
    assert repr(kv) == "KeyedVectors(2 words, 2 dimensions)"


def test_rows_are_read_only() -> None:
    kv = royal_family()
    for array in (kv["man"], kv.vectors, kv.unit_vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_vectors_do_not_change_with_training() -> None:
    weight = np.ones((1, 2), np.float32)
    kv = KeyedVectors(["a"], weight)
    weight += 1
    assert kv["a"].tolist() == [1, 1]


def test_read_only_array_is_not_copied() -> None:
    weight = np.ones((1, 2), np.float32)
    weight.flags.writeable = False
    assert KeyedVectors(["a"], weight).vectors is weight


@pytest.mark.parametrize(
    ("words", "vectors", "counts", "message"),
    [
        (
            ["a", "b"],
            [[1.0, 2.0]],
            None,
            (
                r"2 words and vectors of shape \(1, 2\) do not match; "
                r"give vectors of shape \(2, D\), one row for each word"
            ),
        ),
        (["a", "b"], [1.0, 2.0], None, r"vectors of shape \(2,\) do not match"),
        ([], np.empty((0, 3)), None, r"shape \(0, 3\) are empty; give at least one word"),
        (["a"], np.empty((1, 0)), None, r"shape \(1, 0\) are empty; give at least one word"),
        (["a", "b", "a", "b"], np.ones((4, 1)), None, "the word 'a' occurs twice; list each"),
        (["a", "b"], [[1.0], [np.nan]], None, r"the vector of 'b' \(row 1\) contains NaN or inf"),
        (["a", "b"], [[-np.inf], [np.nan]], None, r"the vector of 'a' \(row 0\) contains NaN"),
        (
            ["a", "b"],
            [[1.0], [1e300]],
            None,
            r"the vector of 'b' \(row 1\) contains NaN or infinity",
        ),
        (["a"], [["x"]], None, r"not an array of numbers \(.*\); give one of shape \(V, D\)"),
        (["a", "b"], [[1.0], [2.0, 3.0]], None, "not an array of numbers"),
        (
            ["a"],
            [[1.0]],
            [1, 2],
            r"counts of shape \(2,\) and int64 do not match 1 words; give one",
        ),
        (["a"], [[1.0]], [1.5], r"counts of shape \(1,\) and float64 do not match 1 words"),
    ],
)
def test_inconsistent_arguments_are_refused(words, vectors, counts, message) -> None:
    with pytest.raises(InputError, match=message):
        KeyedVectors(words, vectors, counts)


def test_number_is_a_position() -> None:
    kv = royal_family()
    assert kv[3].tolist() == kv["queen"].tolist()
    assert kv[["man", 3]].shape == (2, 3)
    with pytest.raises(UnknownWordError, match="6 is not in the vocabulary"):
        kv[6]


# --- similarity ------------------------------------------------------------------------------


def test_similarity_is_cosine() -> None:
    kv = KeyedVectors(["east", "north", "northeast", "west"], [[2, 0], [0, 1], [3, 3], [-1, 0]])
    assert kv.similarity("east", "north") == 0
    assert kv.similarity("east", "northeast") == pytest.approx(np.sqrt(0.5))
    assert kv.similarity("east", "west") == -1


@given(words_and_vectors())
def test_unit_vectors_have_length_one_at_any_magnitude(sample) -> None:
    kv = KeyedVectors(*sample)
    lengths = np.linalg.norm(kv.unit_vectors.astype(np.float64), axis=1)
    np.testing.assert_allclose(lengths, kv.vectors.any(axis=1), atol=1e-6)


@given(words_and_vectors(), st.data())
def test_similarity_is_symmetric_and_bounded(sample, data) -> None:
    kv = KeyedVectors(*sample)
    a, b = (data.draw(st.sampled_from(kv.words)) for _ in range(2))
    assert kv.similarity(a, b) == kv.similarity(b, a)
    assert -1 <= kv.similarity(a, b) <= 1


def test_zero_vector_has_zero_similarity() -> None:
    kv = KeyedVectors(["zero", "one"], [[0, 0], [1, 1]])
    assert kv.similarity("zero", "one") == 0
    assert kv.similarity("zero", "zero") == 0
    assert kv.most_similar("zero") == [("one", 0.0)]


# --- neighbours ------------------------------------------------------------------------------


def test_analogy_adds_and_subtracts_unit_vectors() -> None:
    assert royal_family().most_similar(["king", "woman"], "man", topn=1)[0][0] == "queen"


def test_query_words_are_not_answers() -> None:
    kv = royal_family()
    answers = [word for word, _ in kv.most_similar(["king", "woman"], ["man"], topn=100)]
    assert sorted(answers) == ["chair", "queen", "table"]


def test_restriction_searches_first_words_only() -> None:
    answers = royal_family().most_similar("chair", restrict_vocab=2)
    assert sorted(word for word, _ in answers) == ["man", "woman"]


def test_equal_neighbours_keep_order_of_words() -> None:
    kv = KeyedVectors(["q", "far", "b", "a", "c"], [[1, 0], [-1, 0], [1, 1], [1, 1], [1, 1]])
    assert [word for word, _ in kv.most_similar("q", topn=2)] == ["b", "a"]


def test_query_of_all_words_has_no_answers() -> None:
    kv = KeyedVectors(["a", "b"], np.eye(2))
    assert kv.most_similar(["a", "b"]) == []


@given(st.integers(0, 1000), st.integers(1, 25))
def test_neighbours_match_full_sort(seed: int, topn: int) -> None:
    kv = random_vectors([f"w{i}" for i in range(20)], 5, seed)
    cosines = {word: kv.similarity("w3", word) for word in kv.words if word != "w3"}
    expected = sorted(cosines.items(), key=lambda item: -item[1])[:topn]
    found = kv.most_similar("w3", topn=topn)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"positive": []}, "needs at least one word, positive or negative; got none"),
        ({"positive": "man", "topn": 2.5}, "topn is 2.5: it must be an integer of at least 1"),
        (
            {"positive": "man", "restrict_vocab": 0},
            "restrict_vocab is 0: it must be an integer of at least 1",
        ),
    ],
)
def test_invalid_query_is_refused(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        royal_family().most_similar(**arguments)


def test_neighbours_match_gensim() -> None:
    gensim = pytest.importorskip("gensim.models")
    kv = random_vectors([f"w{i}" for i in range(200)], 10)
    other = gensim.KeyedVectors(10)
    other.add_vectors(list(kv.words), kv.vectors)
    for restrict in (None, 50):
        query = {"positive": ["w1", "w150"], "negative": ["w7"], "restrict_vocab": restrict}
        expected = other.most_similar(**query)
        found = kv.most_similar(**query)
        assert [word for word, _ in found] == [word for word, _ in expected]
        np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=1e-6)
