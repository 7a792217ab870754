"""Vectors in a few groups, for the tests of pictures."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.word2vec.vectors import KeyedVectors


def groups(count: int = 60, dim: int = 8) -> KeyedVectors:
    """Return words ``a0 b0 c0 a1 ...``; those of one letter are similar."""
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((3, dim))
    words = [f"{'abc'[n % 3]}{n // 3}" for n in range(count)]
    noise = 0.3 * rng.standard_normal((count, dim))
    return KeyedVectors(words, centers[np.arange(count) % 3] + noise)
