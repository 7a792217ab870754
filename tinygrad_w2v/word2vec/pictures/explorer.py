"""The explorer: one HTML file with the vectors in it, to search and look around in, offline."""

from __future__ import annotations

import base64
import html
import json
import os
from importlib import resources
from typing import NamedTuple

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import write_text
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.pictures.projection import Method, chosen_method, project
from tinygrad_w2v.word2vec.vectors import KeyedVectors, k_means
from tinygrad_w2v.word2vec.vectors.storage import stored

_CLUSTERS = 12  # colors
_CLUSTERED = 5000  # vectors that determine the centers of the clusters


class Page(NamedTuple):
    """What a page holds: the number of words, the projection and the size in bytes."""

    words: int
    method: Method
    size: int


def write_explorer(
    kv: KeyedVectors,
    path: str | os.PathLike[str],
    words: int = 20_000,
    method: Method = "auto",
    seed: int = 0,
    title: str = "word vectors",
) -> Page:
    """Write a page that shows a map of words, their neighbours and word arithmetic.

    The page is one file that loads nothing from elsewhere. It holds the unit vectors as int8, so
    that cosines differ by up to about 0.01 from exact ones.

    Parameters
    ----------
    kv
        The vectors, the most frequent words first.
    path
        The file, usually ``.html``.
    words
        Number of first words in the page. A word of D dimensions takes about 1.4 D bytes.
    method, seed
        The projection of the map; see :func:`project`.
    title
        Title of the page.
    """
    count = min(integer("words", words, least=3), len(kv))
    if count < 3:
        raise InputError(f"{kv!r} has too few words for a page; give vectors of at least 3")
    method = chosen_method(method)
    unit = kv.get_unit_vectors(slice(count))
    positions = project(unit, method, seed)
    low, high = positions.min(axis=0), positions.max(axis=0)
    places = (positions - (low + high) / 2) / max(float((high - low).max()), 1e-12) * 2
    sample = unit[: min(count, _CLUSTERED)]
    labels = k_means(sample, min(_CLUSTERS, len(sample)), seed, restarts=1)
    centers = np.array([sample[labels == label].mean(axis=0) for label in np.unique(labels)])
    data = {
        "title": title,
        "method": method,
        "dim": kv.dim,
        "words": list(kv.words[:count]),
        "vectors": _base64(stored(unit, "int8")["vectors"]),
        "places": _base64(np.rint(places * 32767).astype("<i2")),
        "clusters": _base64((unit @ centers.T).argmax(axis=1).astype(np.uint8)),
    }
    # In a script element, only "<" could end the data.
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    template = resources.files(__package__).joinpath("explorer.html").read_text("utf-8")
    page = template.replace("{{title}}", html.escape(title)).replace("{{data}}", text)
    write_text(path, [page])
    return Page(count, method, len(page.encode()))


def _base64(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
