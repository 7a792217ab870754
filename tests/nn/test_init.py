"""Initial values: distributions, and drawing by blocks."""

import tracemalloc

import numpy as np
import pytest

from tinygrad_w2v import manual_seed, nn, tensor
from tinygrad_w2v.nn import init


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (3, 0), (70_000,), (1000, 100), (2, 100_000)])
@pytest.mark.parametrize("name", ["uniform_", "normal_"])
def test_drawing_by_blocks_equals_a_single_draw(name: str, shape: tuple[int, ...]) -> None:
    filled = getattr(init, name)(tensor(np.zeros(shape)), -1.0, 2.0, generator=3)
    at_once = getattr(np.random.default_rng(3), name[:-1])(-1.0, 2.0, shape)
    assert np.array_equal(filled.detach().numpy(), at_once)


def test_filling_float32_allocates_no_float64_copy() -> None:
    parameter = tensor(np.zeros((20_000, 100), np.float32))
    tracemalloc.start()
    init.uniform_(parameter, generator=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < parameter.detach().numpy().nbytes / 4


def test_sparse_zeroes_a_fraction_of_each_column() -> None:
    weight = nn.Parameter(np.ones((10, 7)))
    init.sparse_(weight, sparsity=0.3, generator=0)
    assert ((weight.detach().numpy() == 0).sum(axis=0) == 3).all()


def test_orthogonal_is_orthogonal() -> None:
    for shape in ((5, 5), (3, 7), (7, 3)):
        weight = nn.Parameter(np.empty(shape))
        init.orthogonal_(weight, generator=0)
        tall = weight.detach().numpy() if shape[0] >= shape[1] else weight.detach().numpy().T
        np.testing.assert_allclose(tall.T @ tall, np.eye(min(shape)), atol=1e-12)


def test_names_without_underscore_are_deprecated() -> None:
    with pytest.warns(
        FutureWarning, match=r"nn.init.constant is deprecated: use nn.init.constant_"
    ):
        assert init.constant(tensor([1.0, 2.0]), 3.0).tolist() == [3.0, 3.0]


def test_truncated_values_lie_within_their_range() -> None:
    for low, high in ((-2.0, 2.0), (0.5, 0.6), (3.0, 4.0)):
        values = init.trunc_normal_(tensor(np.zeros(1000)), a=low, b=high, generator=0)
        assert low <= values.min().item() <= values.max().item() <= high
    with pytest.raises(ValueError, match=r"a is 2.0 and b 1.0: a must be below b"):
        init.trunc_normal_(tensor([0.0]), a=2.0, b=1.0)


def test_manual_seed_determines_layers_and_samplers() -> None:
    first, second = (
        (manual_seed(4), nn.LSTM(2, 3), nn.UnigramSampler([1, 2, 3])((20,)))[1:] for _ in range(2)
    )
    assert first[0].weight_hh_l0.tolist() == second[0].weight_hh_l0.tolist()
    assert np.array_equal(first[1], second[1])
