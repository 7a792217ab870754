"""Optimizers on row-sparse gradients: exact, lazy, refused; memory independent of the table."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.optim.optimizers import ALL, EXACT, LAZY, make, row_sparse
from tinygrad_w2v import RowSparse, nn, optim, tensor
from tinygrad_w2v.errors import InputError


@pytest.mark.parametrize(("name", "options"), EXACT)
@given(seed=st.integers(0, 1000), rows=st.integers(0, 12))
@settings(max_examples=8, deadline=None)
def test_exact_matches_dense_trajectory(
    name: str, options: dict[str, Any], seed: int, rows: int
) -> None:
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(7, 3))
    sparse, dense = nn.Parameter(start.copy()), nn.Parameter(start.copy())
    sparse_optimizer, dense_optimizer = make(name, sparse, **options), make(name, dense, **options)
    for _ in range(5):
        gradient = row_sparse(rng, rows)
        sparse.grad, dense.grad = gradient, tensor(gradient.to_dense())
        sparse_optimizer.step()
        dense_optimizer.step()
        np.testing.assert_allclose(
            sparse.detach().numpy(), dense.detach().numpy(), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize(("name", "options"), LAZY)
def test_lazy_matches_dense_on_touched_rows(name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=(7, 3))
    lazy, dense = nn.Parameter(start.copy()), nn.Parameter(start[[1, 4]].copy())
    lazy_optimizer: Any = make(name, lazy, **options, sparse="lazy")
    dense_optimizer = make(name, dense, **options)
    for _ in range(5):
        values = rng.normal(size=(3, 3))
        lazy.grad = RowSparse(np.array([4, 1, 4]), values, (7, 3))
        dense.grad = tensor(np.stack([values[1], values[0] + values[2]]))
        lazy_optimizer.step()
        dense_optimizer.step()
    np.testing.assert_allclose(lazy.detach().numpy()[[1, 4]], dense.detach().numpy(), rtol=1e-12)
    untouched = [0, 2, 3, 5, 6]
    np.testing.assert_array_equal(lazy.detach().numpy()[untouched], start[untouched])
    for name_of_array, array in lazy_optimizer.state[lazy].items():
        if name_of_array in lazy_optimizer.arrays and name_of_array != "step_size":
            assert not np.asarray(array)[untouched].any()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9}, r"SGD: momentum is 0.9 .* would not keep moving"),
        ("SGD", {"lr": 0.1, "weight_decay": 0.1}, r"weight_decay is 0.1 .* would not decay"),
        ("Adagrad", {"weight_decay": 0.1}, r"use sparse='exact' or weight_decay=0"),
        ("RMSprop", {"momentum": 0.9}, r"RMSprop: momentum is 0.9 and sparse is 'lazy'"),
        ("AdamW", {}, r"AdamW: weight_decay is 0.01 and sparse is 'lazy'"),
        ("Adamax", {"weight_decay": 0.1}, r"would not decay"),
        ("NAdam", {"weight_decay": 0.1}, r"would not decay"),
        ("Lion", {"weight_decay": 0.1}, r"would not decay"),
    ],
)
def test_lazy_refuses_decay_and_momentum(name: str, options: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(name, nn.Parameter(np.ones((2, 2))), **options, sparse="lazy")


def test_table_larger_than_block_is_updated_whole() -> None:
    rng = np.random.default_rng(0)
    start = rng.normal(size=(5000, 7)).astype(np.float32)
    whole, parts = nn.Parameter(start.copy()), [nn.Parameter(row.copy()) for row in start[:3]]
    gradient = rng.normal(size=start.shape).astype(np.float32)
    of_whole, of_parts = optim.Adam([whole], lr=0.1), optim.Adam(parts, lr=0.1)
    whole.grad = tensor(gradient)
    for place, part in enumerate(parts):
        part.grad = tensor(gradient[place])
    of_whole.step()
    of_parts.step()
    np.testing.assert_allclose(
        whole.detach().numpy()[:3], np.stack([p.detach().numpy() for p in parts]), rtol=1e-6
    )
    assert (whole.detach().numpy() != start).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {}),
        ("SGD", {"clip_row": 0.1}),
        ("Adagrad", {}),
        ("Adagrad", {"rowwise": True}),
        ("SparseAdam", {}),
        ("RMSprop", {"sparse": "lazy"}),
    ],
)
def test_memory_sparse_optimizer_step_is_independent_of_table(
    name: str, options: dict[str, Any]
) -> None:
    peaks = []
    for height in (1_000, 200_000):
        weight = nn.Parameter(np.zeros((height, 2), np.float32))
        optimizer = make(name, weight, lr=0.1, **options)
        rows = np.arange(600) % 500
        for _ in range(2):  # the first step creates the state
            weight.grad = RowSparse(rows, np.ones((600, 2), np.float32), weight.shape)
            tracemalloc.start()
            optimizer.step()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[3] < 1.2 * peaks[1]


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4), (0, 3)])
@pytest.mark.parametrize(("name", "options"), ALL.items())
def test_any_shape_and_layout_is_updated(
    name: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    ordered, transposed = nn.Parameter(values.copy()), nn.Parameter(values.T.copy().T)
    for parameter in (ordered, transposed):
        parameter.grad = tensor(np.ones(shape))
        make(name, parameter, **options).step()
    assert ordered.shape == shape
    assert (ordered.detach().numpy() < values).all()
    np.testing.assert_allclose(transposed.detach().numpy(), ordered.detach().numpy())
