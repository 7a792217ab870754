from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tests.word2vec.pictures.samples import groups
from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.word2vec.pictures import projection
from tinygrad_w2v.word2vec.pictures.projection import chosen_method, project


def test_principal_components_match_svd() -> None:
    unit = groups().unit_vectors
    centered = unit - unit.mean(axis=0)
    left, singular, _ = np.linalg.svd(centered, full_matrices=False)
    found = project(unit, "pca")
    np.testing.assert_allclose(np.abs(found), np.abs(left * singular)[:, :2], atol=1e-4)


def test_one_dimension_is_a_line() -> None:
    found = project(np.array([[1], [-1], [1]], np.float32), "pca")
    assert found.shape == (3, 2)
    assert not found[:, 1].any()


@pytest.mark.parametrize(("method", "module"), [("tsne", "sklearn"), ("umap", "umap")])
def test_neighbours_stay_together_and_seed_repeats(method, module) -> None:
    pytest.importorskip(module)
    kv = groups()
    places = project(kv.unit_vectors, method, seed=3)
    assert np.isfinite(places).all()
    distance = np.linalg.norm(places[:, np.newaxis] - places, axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argmin(axis=1)
    same = [kv.words[a][0] == kv.words[b][0] for a, b in enumerate(nearest)]
    assert np.mean(same) > 0.9
    np.testing.assert_array_equal(project(kv.unit_vectors, method, seed=3), places)


def test_auto_selects_what_is_installed(monkeypatch) -> None:
    installed: set[str] = set()
    monkeypatch.setattr(
        projection.importlib.util, "find_spec", lambda name: name if name in installed else None
    )
    found = []
    for name in ("", "sklearn", "umap"):
        installed.add(name)
        found.append(chosen_method("auto"))
    assert found == ["pca", "tsne", "umap"]
    assert chosen_method("pca") == "pca"


def test_missing_package_and_unknown_method_are_named() -> None:
    unit = groups().unit_vectors
    if importlib.util.find_spec("umap") is None:
        with pytest.raises(
            MissingExtraError, match=r"umap-learn is needed for the projection umap"
        ):
            project(unit, "umap")
    with pytest.raises(InputError, match=r"method is 'pcs': use .* did you mean pca"):
        project(unit, "pcs")
