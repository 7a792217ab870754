from __future__ import annotations

import numpy as np
import pytest

from tests.word2vec.vectors.samples import random_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, evaluate_categories, k_means


def test_separate_groups_are_found() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    vectors = np.eye(3, 5)[labels] + 0.1 * rng.standard_normal((90, 5))
    unit = KeyedVectors([f"w{n}" for n in range(90)], vectors).unit_vectors
    clusters = k_means(unit, 3, seed=1)
    assert len(set(zip(labels, clusters, strict=True))) == 3


def test_equal_vectors_and_as_many_clusters_as_vectors() -> None:
    assert len(k_means(np.ones((4, 2), np.float32) / np.float32(np.sqrt(2)), 2)) == 4
    assert sorted(k_means(np.eye(3, dtype=np.float32), 3)) == [0, 1, 2]
    with pytest.raises(InputError, match="count is 4: there are 3 vectors; use at most as many"):
        k_means(np.eye(3, dtype=np.float32), 4)


def test_same_seed_gives_same_clusters() -> None:
    unit = random_vectors([f"w{n}" for n in range(60)], 4).unit_vectors
    np.testing.assert_array_equal(k_means(unit, 5, seed=3), k_means(unit, 5, seed=3))


def test_purity_counts_the_most_frequent_category(tmp_path) -> None:
    words = ["a1", "a2", "a3", "b1", "b2"]
    rows = [[1, 0], [1, 0.1], [0, 1], [0.1, 1], [0, 1]]  # a3 is among the b
    path = tmp_path / "set.tsv"
    lines = [f"{word}\t{word[0]}" for word in [*words, "c9"]]
    path.write_text("# words\n" + "\n".join(lines) + "\n")
    result = evaluate_categories(KeyedVectors(words, rows), path)
    assert (result.purity, result.words_used, result.words_total, result.categories) == (
        pytest.approx(4 / 5),
        5,
        6,
        2,
    )
    assert str(result) == "set.tsv: purity 0.800 (5 of 6 words in 2 clusters)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a b c\n", "set.tsv, line 1: expected a word and its category, found 'a b c'"),
        ("# x\n", "set.tsv has no words: expected lines of a word and its category"),
        ("x y\n", "set.tsv: none of its 1 words has a vector; name other words"),
    ],
)
def test_malformed_file_is_named(content, message, tmp_path) -> None:
    path = tmp_path / "set.tsv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        evaluate_categories(random_vectors(["a", "b"], 3), path)
    assert message in str(caught.value)
