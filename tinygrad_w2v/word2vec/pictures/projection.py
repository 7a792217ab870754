"""Projection of vectors to two dimensions: PCA, t-SNE and UMAP."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import MissingExtraError
from tinygrad_w2v.validation import one_of
from tinygrad_w2v.word2vec.vectors.search import Floats

Method = Literal["auto", "pca", "tsne", "umap"]
"""The names of the projections."""

_PACKAGES = {"umap": ("umap", "umap-learn"), "tsne": ("sklearn", "scikit-learn")}
_COMPONENTS = 50  # t-SNE and UMAP get the principal components, as their authors recommend
_PERPLEXITY = 30
_NEIGHBOURS = 15


def chosen_method(method: Method) -> Method:
    """Return the method that ``"auto"`` selects: UMAP if installed, else t-SNE, else PCA."""
    one_of(("auto", *_PACKAGES, "pca"), method=method)
    if method != "auto":
        return method
    found = [name for name, (module, _) in _PACKAGES.items() if importlib.util.find_spec(module)]
    return "umap" if "umap" in found else "tsne" if "tsne" in found else "pca"


def project(unit: Floats, method: Method = "auto", seed: int = 0) -> npt.NDArray[np.float64]:
    """Return positions (V, 2) in which similar vectors are close to each other.

    Parameters
    ----------
    unit
        Unit vectors, (V, D).
    method
        ``"pca"``: the two principal components. ``"tsne"`` and ``"umap"`` preserve neighbours
        rather than distances; they need the extra `plot`, and for 20,000 vectors minutes. The
        default is :func:`chosen_method`.
    seed
        Of t-SNE and UMAP.

    Raises
    ------
    MissingExtraError
        If the package of the method is not installed.

    Examples
    --------
    >>> project(np.eye(3, 4, dtype=np.float32), "pca").shape
    (3, 2)
    """
    method = chosen_method(method)
    components = _principal(unit, _COMPONENTS)
    if method == "pca" or len(unit) < 4:
        flat = np.zeros((len(unit), 2))
        flat[:, : components.shape[1]] = components[:, :2]
        return flat
    module, package = _PACKAGES[method]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about threads, small samples and absent packages
        try:
            found: Any = importlib.import_module(module if method == "umap" else "sklearn.manifold")
        except ImportError:
            raise MissingExtraError(package, "plot", f"the projection {method}") from None
        if method == "umap":
            count = min(_NEIGHBOURS, len(unit) - 1)
            model = found.UMAP(n_neighbors=count, metric="cosine", random_state=seed, n_jobs=1)
        else:
            perplexity = min(_PERPLEXITY, (len(unit) - 1) / 3)
            start: Any = "random"
            if components.shape[1] > 1:
                start = components[:, :2] / components[:, 0].std() * 1e-4
            model = found.TSNE(perplexity=perplexity, init=start, random_state=seed)
        return np.asarray(model.fit_transform(components), np.float64)


def _principal(vectors: Floats, count: int) -> npt.NDArray[np.float32]:
    """Return the first principal components of the rows, (V, at most `count`)."""
    centered = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    # The sign of a direction is arbitrary: the largest entry is made positive.
    top = directions[:, ::-1][:, :count]
    signs = np.sign(top[np.abs(top).argmax(axis=0), np.arange(top.shape[1])])
    found: npt.NDArray[np.float32] = centered @ (top * signs).astype(np.float32)
    return found
