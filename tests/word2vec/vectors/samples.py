"""Small vectors and hypothesis strategies for the tests of vectors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors

# Anything without white space that is encodable in UTF-8, e.g. 'a', '%s', 'über', '東京', '\x00'.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters=" \t\n\r\v\f"), min_size=1, max_size=8
)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def words_and_vectors(draw: st.DrawFn) -> tuple[list[str], np.ndarray]:
    words = draw(st.lists(WORDS, min_size=1, max_size=6, unique=True))
    dim = draw(st.integers(1, 9))
    return words, draw(hnp.arrays(np.float32, (len(words), dim), elements=FLOATS))


def random_vectors(words: list[str], dim: int, seed: int = 0) -> KeyedVectors:
    rng = np.random.default_rng(seed)
    return KeyedVectors(words, rng.standard_normal((len(words), dim), dtype=np.float32))


def royal_family() -> KeyedVectors:
    """Return words whose two dimensions are (royal, female), and two unrelated words."""
    words = ["man", "woman", "king", "queen", "table", "chair"]
    rows = [[1, 0, 0.1], [1, 1, 0.1], [1, 0, 2], [1, 1, 2], [-3, 0.1, 0], [-3, 0, 0.2]]
    return KeyedVectors(words, np.array(rows, np.float32))


def evaluation_file(name: str) -> Path:
    """Return the path of a published evaluation set, or skip the test without it."""
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("TINYGRAD_W2V_DATA", beside)) / "eval" / name
    if not path.is_file():
        pytest.skip(f"no {name}; set TINYGRAD_W2V_DATA to the folder that holds eval/{name}")
    return path


def written(folder: Path, content: bytes, name: str = "v.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path, **arguments: object) -> str:
    """Return the message of the error of reading `path`, without its folder."""
    with pytest.raises(InputError) as caught:
        KeyedVectors.load(path, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{path.parent}/", "")


def gensim_of(kv: KeyedVectors):
    """Return gensim's KeyedVectors with the same words and vectors, or skip the test."""
    gensim = pytest.importorskip("gensim.models")
    other = gensim.KeyedVectors(kv.dim)
    other.add_vectors(list(kv.words), kv.vectors)
    return other
