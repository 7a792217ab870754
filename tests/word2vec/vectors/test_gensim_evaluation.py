"""Evaluation returns gensim's figures in gensim's form."""

from __future__ import annotations

import numpy as np
import pytest

from tests.word2vec.vectors.samples import evaluation_file, gensim_of, random_vectors
from tinygrad_w2v.word2vec.vectors import KeyedVectors, evaluate_analogies, evaluate_pairs
from tinygrad_w2v.word2vec.vectors.gensim_evaluation import _p_value


def vectors_of(path, dim: int = 12) -> KeyedVectors:
    """Return random vectors of most words of an evaluation set, with some correct answers."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line[:1] not in ("#", ":")]
    words = [word.lower() for line in lines for word in line.split("\t" if "\t" in line else None)]
    kv = random_vectors([w for w in dict.fromkeys(words) if w[0].isalpha()][:900], dim, 5)
    for a, b, c, d in (line.lower().split() for line in lines[:400] if len(line.split()) == 4):
        if all(word in kv for word in (a, b, c, d)):
            kv[d] = kv[b] - kv[a] + kv[c]
    return kv


@pytest.mark.parametrize("options", [{}, {"dummy4unknown": True}, {"restrict_vocab": 300}])
@pytest.mark.parametrize("name", ["wordsim353.tsv", "simlex999.txt"])
def test_pairs_match_gensim(name, options) -> None:
    path = evaluation_file(name)
    kv = vectors_of(path)
    expected = gensim_of(kv).evaluate_word_pairs(path, **options)
    found = kv.evaluate_word_pairs(path, **options)
    for ours, theirs in zip(found[:2], expected[:2], strict=True):
        assert ours == pytest.approx(tuple(theirs), abs=1e-4)
    assert found[2] == pytest.approx(expected[2])


@pytest.mark.parametrize(
    "options",
    [{}, {"dummy4unknown": True}, {"restrict_vocab": 300}, {"case_insensitive": False}],
)
def test_analogies_match_gensim(options, tmp_path) -> None:
    path = evaluation_file("questions-words.txt")
    kv = vectors_of(path)
    score, sections = gensim_of(kv).evaluate_word_analogies(path, **options)
    found, ours = kv.evaluate_word_analogies(path, **options)
    assert found == pytest.approx(score, abs=1e-4)
    for section, expected in zip(ours, sections, strict=True):
        assert section["section"] == expected["section"]
        assert section["correct"] == expected["correct"]
        assert section["incorrect"] == expected["incorrect"]


def test_multiplied_similarities_answer_analogies(tmp_path) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(": all\n" + "".join(f"w{n} w{n + 7} w{n + 3} w{n + 20}\n" for n in range(60)))
    kv = random_vectors([f"w{n}" for n in range(100)], 4)
    answers = [
        kv.most_similar_cosmul([f"w{n + 7}", f"w{n + 3}"], f"w{n}", topn=1)[0][0] for n in range(60)
    ]
    correct = sum(answer == f"w{n + 20}" for n, answer in enumerate(answers))
    assert evaluate_analogies(kv, path, method="3cosmul").overall.correct == correct
    score, _ = kv.evaluate_word_analogies(path, similarity_function="most_similar_cosmul")
    assert score == correct / 60


def test_unknown_pairs_can_count_with_cosine_zero() -> None:
    kv = KeyedVectors(["a", "b", "c"], [[1, 0], [1, 0.1], [0, 1]])
    pairs = [("a", "b", 9.0), ("a", "c", 2.0), ("a", "x", 1.0)]
    assert evaluate_pairs(kv, pairs).pairs_used == 2
    assert evaluate_pairs(kv, pairs, dummy4unknown=True).pairs_used == 3
    assert evaluate_pairs(kv, pairs, restrict_vocab=2).pairs_used == 1


@pytest.mark.parametrize("count", [3, 4, 10, 353, 10_000])
@pytest.mark.parametrize("correlation", [0.0, 0.01, -0.3, 0.7, 0.999, 1.0])
def test_p_value_matches_scipy(correlation, count) -> None:
    special = pytest.importorskip("scipy.special")
    expected = special.betainc((count - 2) / 2, 0.5, 1 - correlation**2)
    assert _p_value(correlation, count) == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


def test_p_value_without_correlation() -> None:
    assert np.isnan(_p_value(np.nan, 5))
    assert _p_value(1.0, 2) == 1
