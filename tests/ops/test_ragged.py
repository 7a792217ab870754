"""ragged_bag equals embedding_bag of the same bags."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F

TABLE = np.random.default_rng(0).normal(size=(6, 3))
INDICES, OFFSETS = np.array([1, 3, 2, 2, 2, 0, 4]), np.array([0, 2, 2, 5])
G = np.random.default_rng(1).normal(size=(4, 3))


@pytest.mark.parametrize("mode", ["mean", "sum"])
def test_ragged_bag_equals_embedding_bag(mode: str) -> None:
    one, other = (tg.Tensor(TABLE, requires_grad=True) for _ in range(2))
    found = F.ragged_bag(one, INDICES, OFFSETS, mode=mode)
    expected = F.embedding_bag(INDICES, other, OFFSETS, mode=mode)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-14)
    (found * G).sum().backward()
    (expected * G).sum().backward()
    np.testing.assert_allclose(one.grad.to_dense(), other.grad.to_dense(), rtol=1e-14)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_straight_through_mean_divides_by_a_power_of_the_size(share: float) -> None:
    w = tg.Tensor(TABLE, requires_grad=True)
    F.ragged_bag(w, INDICES, OFFSETS, straight_through=share).backward(G)
    sizes = np.array([2, 0, 3, 2])
    factors = np.maximum(sizes, 1) ** (share - 1.0)
    expected = np.zeros_like(TABLE)
    np.add.at(expected, INDICES, np.repeat(G * factors[:, None], sizes, axis=0))
    np.testing.assert_allclose(w.grad.to_dense(), expected, rtol=1e-14)


def test_messages() -> None:
    with pytest.raises(ValueError, match=r"ragged_bag: weight \(6, 3\), indices \(7,\), offsets"):
        F.ragged_bag(TABLE, INDICES, [[0]])
    with pytest.raises(ValueError, match=r"offsets array\(\[1\]\) must be integers that ascend"):
        F.ragged_bag(TABLE, INDICES, [1])
    with pytest.raises(ValueError, match="ragged_bag: mode is 'max': use 'mean' or 'sum'"):
        F.ragged_bag(TABLE, INDICES, OFFSETS, mode="max")
    with pytest.raises(IndexError, match=r"ragged_bag: indices\[1\] is 6, outside the valid range"):
        F.ragged_bag(TABLE, [0, 6], [0])
    with pytest.raises(TypeError, match="ragged_bag: indices must be integers"):
        F.ragged_bag(TABLE, [0.0], [0])
