from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.word2vec.vectors.samples import random_vectors
from tinygrad_w2v.errors import MissingExtraError
from tinygrad_w2v.word2vec.vectors import ApproximateIndex


def test_missing_package_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    with pytest.raises(MissingExtraError, match=r"hnswlib is needed for an approximate index"):
        ApproximateIndex(random_vectors(["a", "b"], 3))


def test_most_neighbours_are_found() -> None:
    pytest.importorskip("hnswlib")
    kv = random_vectors([f"w{n}" for n in range(2000)], 20)
    index = ApproximateIndex(kv, search_effort=200)
    exact, cosines = kv.nearest(kv.unit_vectors[:50], 10)
    found, approximate = index.nearest(kv.unit_vectors[:50], 10)
    shares = [len({*a} & {*b}) / 10 for a, b in zip(exact, found, strict=True)]
    assert np.mean(shares) > 0.9
    np.testing.assert_allclose(approximate[:, 0], cosines[:, 0], atol=1e-5)


def test_index_answers_queries_of_vectors() -> None:
    pytest.importorskip("hnswlib")
    kv = random_vectors([f"w{n}" for n in range(100)], 20)
    found = kv.most_similar("w3", topn=3, indexer=ApproximateIndex(kv))
    # The word itself is an answer of an index, as in gensim.
    assert [word for word, _ in found] == ["w3", *(w for w, _ in kv.most_similar("w3", topn=2))]
    assert found[0][1] == pytest.approx(1)
    assert len(ApproximateIndex(kv).most_similar(kv.unit_vectors[0], 500)) == 100
