"""Initial values: what is drawn in parts is what would be drawn at once."""

import tracemalloc

import numpy as np
import pytest

from tinygrad_w2v import tensor
from tinygrad_w2v.nn import init


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (3, 0), (70_000,), (1000, 100), (2, 100_000)])
@pytest.mark.parametrize("name", ["uniform_", "normal_"])
def test_parts_have_the_values_of_a_single_draw(name: str, shape: tuple[int, ...]) -> None:
    filled = getattr(init, name)(tensor(np.zeros(shape)), -1.0, 2.0, rng=3)
    at_once = getattr(np.random.default_rng(3), name[:-1])(-1.0, 2.0, shape)
    assert np.array_equal(filled.data, at_once)


def test_a_table_is_filled_without_one_of_doubles_beside_it() -> None:
    table = tensor(np.zeros((20_000, 100), np.float32))
    tracemalloc.start()
    init.uniform_(table, rng=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < table.data.nbytes / 4
