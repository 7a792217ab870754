"""Samplers: lengths, contents, and PyTorch's order for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.utils import data

SAMPLERS: dict[str, Callable[[Any, Any], Any]] = {
    "sequential": lambda d, g: d.SequentialSampler(range(5)),
    "random": lambda d, g: d.RandomSampler(range(50)),
    "random, generator": lambda d, g: d.RandomSampler(range(50), generator=g),
    "random, some": lambda d, g: d.RandomSampler(range(50), num_samples=7),
    "random, repeated": lambda d, g: d.RandomSampler(range(5), num_samples=12),
    "replaced": lambda d, g: d.RandomSampler(range(50), replacement=True),
    "replaced, many": lambda d, g: d.RandomSampler(range(9), True, num_samples=70),
    "subset": lambda d, g: d.SubsetRandomSampler([3, 1, 4, 1, 5], generator=g),
    "weighted": lambda d, g: d.WeightedRandomSampler([0.1, 2, 3.5], 20, generator=g),
    "weighted, once": lambda d, g: d.WeightedRandomSampler([0.1, 2, 3.5], 3, replacement=False),
    "batches": lambda d, g: d.BatchSampler(d.RandomSampler(range(10)), 4, False),
    "whole batches": lambda d, g: d.BatchSampler(range(10), 4, True),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_length_is_that_of_iteration(name: str) -> None:
    sampler = SAMPLERS[name](data, tg.Generator())
    assert len(list(sampler)) == len(sampler)


@pytest.mark.parametrize("name", SAMPLERS)
def test_order_matches_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    orders = []
    for package in (tg, torch):
        package.manual_seed(3)
        generator = package.Generator().manual_seed(5)
        sampler = SAMPLERS[name](package.utils.data, generator)
        orders.append([list(sampler), list(sampler), package.rand(1).item()])
    assert orders[0] == orders[1]


def test_random_sampler_draws_each_index_once() -> None:
    assert sorted(data.RandomSampler(range(20))) == list(range(20))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.RandomSampler([]), r"num_samples is 0: it must be an integer of at least 1"),
        (lambda: data.BatchSampler(range(3), 0, False), r"batch_size is 0: it must be"),
        (lambda: data.WeightedRandomSampler([1.0], 1.5), r"num_samples is 1.5: it must be"),
        (lambda: data.WeightedRandomSampler(np.ones((2, 2)), 1), r"have shape \(2, 2\): they must"),
    ],
)
def test_arguments_are_checked(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
