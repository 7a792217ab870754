"""Words and vectors can be added, replaced, selected and sorted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.word2vec.vectors.samples import random_vectors
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors


def three() -> KeyedVectors:
    return KeyedVectors(["a", "b", "c"], np.eye(3), counts=[5, 9, 5])


def test_empty_table_grows() -> None:
    for kv in (KeyedVectors(3), KeyedVectors(vector_size=3)):
        assert (len(kv), kv.vector_size, "a" in kv) == (0, 3, False)
        kv.add_vectors(["a", "b"], np.eye(2, 3))
        assert kv.most_similar("a") == [("b", 0.0)]
        assert kv.index_to_key == ("a", "b")
        assert dict(kv.key_to_index) == {"a": 0, "b": 1}


def test_empty_table_has_no_neighbours() -> None:
    assert KeyedVectors(3).similar_by_vector([1, 0, 0]) == []


def test_added_words_follow_and_existing_ones_stay() -> None:
    kv = three()
    assert "d" not in kv
    before = kv.vectors
    kv.add_vectors(["d", "a"], [[1, 2, 3], [7, 7, 7]])
    assert kv.words == ("a", "b", "c", "d")
    assert kv["d"].tolist() == [1, 2, 3]
    assert kv["a"].tolist() == [1, 0, 0]
    assert kv.counts.tolist() == [5, 9, 5, 0]
    assert before.tolist() == np.eye(3).tolist()


def test_replaced_vectors_change_neighbours() -> None:
    kv = three()
    assert kv.similarity("a", "b") == 0
    assert kv.most_similar("a", topn=1) == [("b", 0.0)]
    kv.add_vectors(["c", "e"], [[1, 1, 0], [2, 0, 0]], replace=True)
    assert kv.most_similar("a", topn=2) == [("e", 1.0), ("c", pytest.approx(np.sqrt(0.5)))]


def test_assignment_sets_one_word_or_several() -> None:
    kv = three()
    kv["a"] = [4, 5, 6]
    kv[["b", "new"]] = [[1, 1, 1], [2, 2, 2]]
    assert kv[["a", "b", "new"]].tolist() == [[4, 5, 6], [1, 1, 1], [2, 2, 2]]
    assert kv.add_vector("last", [0, 0, 1]) == 4


def test_last_vector_of_a_repeated_new_word_is_used() -> None:
    kv = KeyedVectors(1)
    kv.add_vectors(["x", "x"], [[1], [2]])
    assert kv["x"].tolist() == [2]


def test_changes_do_not_reach_copies() -> None:
    kv = three()
    kv["a"] = [4, 5, 6]
    copied = kv.whitened(0)
    kv["a"] = [7, 7, 7]
    assert copied["a"].tolist() == [4, 5, 6]
    copied["b"] = [1, 1, 1]
    assert kv["b"].tolist() == [0, 1, 0]


def test_given_array_is_never_changed() -> None:
    array = np.eye(3, dtype=np.float32)
    array.flags.writeable = False
    kv = KeyedVectors(["a", "b", "c"], array)
    kv["a"] = [4, 5, 6]
    assert array.tolist() == np.eye(3).tolist()


def test_returned_vectors_are_read_only() -> None:
    kv = three()
    kv["a"] = [4, 5, 6]
    for array in (kv["a"], kv.get_vector("a", norm=True), kv.vectors, kv.unit_vectors):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda kv: kv.add_vectors(["x"], [[1, 2]]), r"shape \(1, 2\) do not fit: give shape \(3,"),
        (lambda kv: kv.add_vectors(["x", "y"], [[1, 2, 3]]), r"fit: give shape \(2, 3\)"),
        (lambda kv: kv.add_vectors([7], [[1, 2, 3]]), "a word must be a string, got 7 of int"),
        (lambda kv: kv.__setitem__("x", [1, np.nan, 0]), "vector of 'x' .* contains NaN or inf"),
        (lambda kv: KeyedVectors(["a"]), "no vectors are given: pass words and vectors, or"),
        (lambda kv: KeyedVectors(0), "vector_size is 0: it must be an integer of at least 1"),
    ],
)
def test_mistake_is_refused_and_changes_nothing(change, message) -> None:
    kv = three()
    with pytest.raises(InputError, match=message):
        change(kv)
    assert kv.words == ("a", "b", "c")
    assert kv.vectors.tolist() == np.eye(3).tolist()


def test_words_are_selected() -> None:
    kv = three().vectors_for_all(["c", "absent", "a", "c"])
    assert (kv.words, kv.counts) == (("c", "a"), None)
    assert kv["a"].tolist() == [1, 0, 0]
    assert three().vectors_for_all(["b", "c"], copy_vecattrs=True).counts.tolist() == [9, 5]


def test_words_are_sorted_by_count() -> None:
    kv = three()
    kv.sort_by_descending_frequency()
    assert kv.words == ("b", "c", "a")
    assert kv.counts.tolist() == [9, 5, 5]
    assert kv["a"].tolist() == [1, 0, 0]
    with pytest.raises(InputError, match="the counts of the words are unknown: load them with"):
        random_vectors(["a"], 2).sort_by_descending_frequency()
