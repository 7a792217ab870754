"""The queries of KeyedVectors have gensim's names, parameters and results."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.word2vec.vectors.samples import gensim_of, random_vectors, royal_family
from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, UnknownWordError, search

WORDS = [f"w{i}" for i in range(200)]


@pytest.fixture
def kv() -> KeyedVectors:
    return random_vectors(WORDS, 10)


# --- the same results as gensim --------------------------------------------------------------

VECTOR = np.linspace(-1, 1, 10, dtype=np.float32)
QUERIES = {
    "one word": ("most_similar", ["w1"], {}),
    "a string": ("most_similar", "w1", {}),
    "words": ("most_similar", ["w1", "w150"], {"negative": ["w7"]}),
    "weights": ("most_similar", [("w1", 2.0), "w3"], {"negative": [("w7", -0.5)]}),
    "vectors": ("most_similar", [VECTOR, "w3"], {}),
    "a matrix": ("most_similar", np.eye(3, 10, dtype=np.float32), {}),
    "positions": ("most_similar", [1, 150], {"negative": 7}),
    "restricted": ("most_similar", ["w1"], {"restrict_vocab": 50}),
    "clipped": ("most_similar", ["w1"], {"clip_start": 20, "clip_end": 60}),
    "many": ("most_similar", ["w1"], {"topn": 1000}),
    "none": ("most_similar", ["w1"], {"topn": 0}),
    "by word": ("similar_by_word", "w9", {"topn": 3, "restrict_vocab": 9}),
    "by key": ("similar_by_key", "w9", {}),
    "by vector": ("similar_by_vector", VECTOR, {"topn": 4}),
    "product": ("most_similar_cosmul", ["w1", "w150"], {"negative": ["w7"], "topn": 20}),
    "product of one": ("most_similar_cosmul", "w1", {}),
    "product of vectors": ("most_similar_cosmul", ["w1", VECTOR / 4], {}),
}


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")  # in gensim
@pytest.mark.parametrize("name", QUERIES)
def test_neighbours_match_gensim(kv, name) -> None:
    method, positive, options = QUERIES[name]
    expected = getattr(gensim_of(kv), method)(positive, **options)
    found = getattr(kv, method)(positive, **options)
    assert [word for word, _ in found] == [word for word, _ in expected]
    np.testing.assert_allclose([c for _, c in found], [c for _, c in expected], atol=2e-6)


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")  # in gensim
@pytest.mark.parametrize("method", ["most_similar", "most_similar_cosmul", "similar_by_word"])
def test_scores_of_all_words_match_gensim(kv, method) -> None:
    expected = getattr(gensim_of(kv), method)("w5", topn=None)
    np.testing.assert_allclose(getattr(kv, method)("w5", topn=None), expected, atol=2e-6)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("similarity", ["w1", "w2"]),
        ("distance", ["w1", "w2"]),
        ("distance", ["w1", "w1"]),
        ("distances", ["w1"]),
        ("distances", ["w1", ["w4", "w5"]]),
        ("distances", [VECTOR, ["w4", "w5"]]),
        ("n_similarity", [["w1", "w2"], ["w3", "w4", "w5"]]),
        ("most_similar_to_given", ["w1", ["w2", "w3", "w4"]]),
        ("closer_than", ["w1", "w9"]),
        ("closer_than", ["w1", "w1"]),
        ("rank", ["w1", "w9"]),
        ("relative_cosine_similarity", ["w1", "w2", 5]),
        ("doesnt_match", [["w1", "w2", "w3", "w4"]]),
        ("rank_by_centrality", [["w1", "w2", "w3"], False]),
        ("get_vector", ["w3"]),
        ("get_vector", ["w3", True]),
        ("get_mean_vector", [["w1", "w2", "absent", VECTOR]]),
        ("get_mean_vector", [["w1", "w2"], [1.0, -3.0], False, True]),
        ("get_normed_vectors", []),
        ("get_index", ["w77"]),
        ("get_index", ["absent", 5]),
        ("has_index_for", ["w77"]),
        ("has_index_for", ["absent"]),
    ],
)
def test_value_matches_gensim(kv, method, arguments) -> None:
    expected = getattr(gensim_of(kv), method)(*arguments)
    found = getattr(kv, method)(*arguments)
    if method == "rank_by_centrality":
        assert [word for _, word in found] == [word for _, word in expected]
        found, expected = ([value for value, _ in pairs] for pairs in (found, expected))
    if isinstance(expected, (str, list)) and method != "rank_by_centrality":
        assert found == expected
    else:
        np.testing.assert_allclose(found, expected, atol=2e-6)


# --- meaning ---------------------------------------------------------------------------------


def test_equal_words_have_distance_zero(kv) -> None:
    assert kv.distance("w1", "w1") == 0


def test_product_divides_by_similarity_to_negative_words() -> None:
    kv = KeyedVectors(["a", "b", "c", "d"], [[1, 0], [0, 1], [1, 1], [-1, 1]])
    near, far = (1 + np.sqrt(0.5)) / 2, (1 - np.sqrt(0.5)) / 2
    found = dict(kv.most_similar_cosmul("b", "a"))
    assert found == pytest.approx({"d": near / far, "c": 1}, rel=1e-4)


def test_word_that_does_not_match() -> None:
    assert royal_family().doesnt_match(["man", "woman", "king", "table"]) == "table"


def test_unknown_words_are_named_and_omitted() -> None:
    with pytest.warns(UserWarning, match="words without a vector are omitted: duke"):
        assert royal_family().doesnt_match(["king", "queen", "chair", "duke"]) == "chair"
    with pytest.raises(InputError, match=r"none of the words \['duke'\] has a vector"):
        royal_family().doesnt_match(["duke"])


@pytest.mark.parametrize(
    "query",
    [
        lambda kv: kv.most_similar("qeen"),
        lambda kv: kv.similarity("king", "qeen"),
        lambda kv: kv.closer_than("king", "qeen"),
        lambda kv: kv.most_similar_batch(["king", "qeen"]),
        lambda kv: kv.distances("king", ["qeen"]),
        lambda kv: kv.get_mean_vector(["qeen"], ignore_missing=False),
        lambda kv: kv[["king", "qeen"]],
    ],
)
def test_unknown_word_is_an_error_with_similar_words(query) -> None:
    with pytest.raises(UnknownWordError, match="'qeen' is not in the vocabulary; did you mean que"):
        query(royal_family())
    with pytest.raises(KeyError):
        query(royal_family())


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (lambda kv: kv.get_mean_vector([]), "a mean needs at least one word or vector; got none"),
        (
            lambda kv: kv.get_mean_vector(["king"], [1, 2]),
            r"weights have shape \(2,\): give one number for each of 1 keys",
        ),
        (
            lambda kv: kv.similar_by_vector([1, 2]),
            r"vectors of shape \(2,\) do not fit: give shape \(3,\)",
        ),
        (
            lambda kv: kv.most_similar([("king", 1, 2)]),
            r"\('king', 1, 2\) is not a pair \(word, weight\); give two items",
        ),
        (lambda kv: kv.most_similar_to_given("king", []), "the list of words is empty"),
    ],
)
def test_mistake_is_named(query, message) -> None:
    with pytest.raises(InputError, match=message):
        query(royal_family())


def test_indexer_is_asked_for_the_query_vector() -> None:
    class Indexer:
        def most_similar(self, vector, num_neighbors):
            return [("answer", float(np.linalg.norm(vector)))] * num_neighbors

    found = royal_family().most_similar("king", topn=2, indexer=Indexer())
    assert found == [("answer", pytest.approx(1))] * 2


# --- batches ---------------------------------------------------------------------------------


def test_batch_matches_single_queries(kv) -> None:
    for options in ({}, {"topn": 3, "restrict_vocab": 40}, {"topn": 500}):
        found = kv.most_similar_batch(WORDS[:30], **options)
        for word, answers in zip(WORDS, found, strict=False):
            expected = kv.most_similar(word, **options)
            assert [each for each, _ in answers] == [each for each, _ in expected]
            np.testing.assert_allclose([c for _, c in answers], [c for _, c in expected], atol=1e-6)


def test_batch_of_vectors(kv) -> None:
    found = kv.most_similar_batch(kv.vectors[:5] * 3, topn=1)
    assert [answers[0][0] for answers in found] == WORDS[:5]
    assert kv.most_similar_batch([]) == []


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 12))
def test_search_in_blocks_matches_full_sort(seed: int, count: int, most_rows: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(-2, 3, (37, 3)).astype(np.float32)  # with ties
    queries = rng.integers(-2, 3, (5, 3)).astype(np.float32)
    rows, scores = search.nearest(lambda a, b: table[a:b], (4, 37), queries, count, most_rows)
    products = queries @ table[4:].T
    expected = np.argsort(-products, axis=1, kind="stable")[:, :count] + 4
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(scores, np.take_along_axis(products, expected - 4, axis=1))


def test_search_of_many_queries(monkeypatch) -> None:
    monkeypatch.setattr(search, "_MOST_QUERIES", 7)
    monkeypatch.setattr(search, "_LEAST_ROWS", 3)
    monkeypatch.setattr(search, "_BLOCK_SCORES", 1)
    kv = random_vectors(WORDS, 4)
    rows, _ = kv.nearest(kv.unit_vectors, topn=1)
    np.testing.assert_array_equal(rows[:, 0], np.arange(200))


# --- Word Mover's Distance -------------------------------------------------------------------


def test_word_movers_distance_needs_its_package(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ot", None)
    with pytest.raises(MissingExtraError, match=r"POT is needed for the Word Mover's Distance"):
        royal_family().wmdistance(["king"], ["queen"])


def test_word_movers_distance_matches_gensim(kv) -> None:
    pytest.importorskip("ot")
    other = gensim_of(kv)
    for first, second in [(["w1"], ["w2"]), ([*WORDS[:7], "w1"], [*WORDS[5:9], "absent"])]:
        for norm in (True, False):
            found = kv.wmdistance(first, second, norm=norm)
            assert found == pytest.approx(other.wmdistance(first, second, norm=norm), abs=1e-6)
    assert kv.wmdistance(["w1", "w1"], ["w1"]) == 0
    assert kv.wmdistance(["absent"], ["w1"]) == float("inf")
