"""The numbers after a seed, the state of generators, and refused arguments."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.random.calls import CLOSE, EXACT, LAYERS, NUMBERS, calls, result
from tinygrad_w2v.random.permutation import exchanged

STORED = json.loads(NUMBERS.read_text("utf-8"))


@pytest.mark.parametrize("call", calls(EXACT))
def test_numbers_are_those_of_pytorch(call: str) -> None:
    assert list(result(call, tg)) == STORED[call]


@pytest.mark.parametrize("call", calls(CLOSE + LAYERS))
def test_numbers_are_close_to_those_of_pytorch(call: str) -> None:
    dtype, values = result(call, tg)
    assert dtype == STORED[call][0]
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(values, STORED[call][1], rtol=8 * eps, atol=4 * eps)


@pytest.mark.parametrize("call", calls(EXACT + CLOSE + LAYERS))
def test_stored_numbers_are_those_of_the_installed_pytorch(call: str) -> None:
    torch = pytest.importorskip("torch")
    dtype, values = result(call, torch)
    assert dtype == STORED[call][0]
    np.testing.assert_allclose(values, STORED[call][1], rtol=1e-6, atol=1e-7)


# --- generators ---------------------------------------------------------------------------------


def test_a_generator_is_independent_of_the_default_one() -> None:
    generator = tg.Generator().manual_seed(3)
    tg.manual_seed(0)
    expected = tg.rand(4)
    tg.manual_seed(0)
    first = tg.rand(4, generator=generator)
    assert tg.rand(4).tolist() == expected.tolist()
    assert first.tolist() == tg.rand(4, generator=tg.Generator().manual_seed(3)).tolist()
    assert generator.initial_seed() == 3
    assert str(generator.device) == "cpu"


@pytest.mark.parametrize("drawn", [0, 3, 623, 624, 1000])
def test_state_continues_the_sequence(drawn: int) -> None:
    generator = tg.manual_seed(5)
    tg.rand(drawn)
    tg.randn(1)
    state = tg.get_rng_state()
    expected = [tg.randn(3).tolist(), tg.rand(3).tolist()]
    tg.manual_seed(0)
    tg.set_rng_state(state)
    assert [tg.randn(3).tolist(), tg.rand(3).tolist()] == expected
    for copied in (copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))):
        generator.set_state(state)
        again = copied(generator)
        assert tg.randn(3, generator=again).tolist() == expected[0]


@pytest.mark.parametrize("seed", range(20))
def test_words_do_not_depend_on_how_many_are_drawn_at_a_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.choice([0, 1, 2, 10, 300, 623, 624, 625, 2000], size=12)
    whole = tg.Generator().manual_seed(seed).words(int(counts.sum()))
    parts = tg.Generator().manual_seed(seed)
    drawn = []
    for count in counts:
        drawn.append(parts.words(int(count)).copy())
        parts = tg.Generator().set_state(parts.get_state()) if rng.random() < 0.5 else parts
    assert np.array_equal(np.concatenate(drawn), whole)


def test_fork_rng_restores_the_state() -> None:
    tg.manual_seed(1)
    with tg.random.fork_rng():
        inside = tg.rand(2)
    assert tg.rand(2).tolist() == inside.tolist()


def test_state_is_exchanged_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(9)
    torch.randn(3)
    tg.set_rng_state(tg.from_numpy(torch.get_rng_state().numpy()))
    assert tg.rand(5).tolist() == torch.rand(5).tolist()
    tg.randn(5)
    torch.set_rng_state(torch.from_numpy(tg.get_rng_state().numpy()))
    np.testing.assert_allclose(tg.randn(3).numpy(), torch.randn(3).numpy(), rtol=1e-6)


def test_seeds() -> None:
    assert tg.manual_seed(-1).initial_seed() == 2**64 - 1
    assert tg.seed() == tg.initial_seed() != tg.seed()
    with pytest.raises(ValueError, match=r"seed is 18446744073709551616: it must be from -2\*\*63"):
        tg.manual_seed(2**64)
    with pytest.raises(ValueError, match="the state has 3 values of dtype float32: it must be the"):
        tg.set_rng_state(tg.zeros(3))
    with pytest.raises(ValueError, match="its counter is invalid"):
        tg.set_rng_state(tg.zeros(5056, dtype=tg.uint8))


# --- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tg.randint(3, 3, (2,)), "randint: low is 3 and high 3: low must be below high"),
        (lambda: tg.multinomial(tg.ones(2), 3), "num_samples is 3 of 2 categories"),
        (lambda: tg.multinomial(tg.zeros(2), 1), "weights must be finite and not negative, and a"),
        (lambda: tg.multinomial(tg.ones(2, dtype=tg.long), 1), "weights are int64 of shape"),
        (lambda: tg.bernoulli(tg.tensor([1.5])), "the probabilities must be from 0 to 1"),
        (lambda: tg.zeros(2).bernoulli_(1.5), "p is 1.5: it must be from 0 to 1"),
        (lambda: tg.zeros(2).uniform_(1, 0), "the range is from 1 to 0: from must not exceed to"),
        (lambda: tg.zeros(2).normal_(0, -1), "std is -1: it must not be negative"),
        (lambda: tg.zeros(2).exponential_(0), "lambd is 0: it must be above 0"),
        (lambda: tg.zeros(2).geometric_(1), "p is 1: it must be above 0 and below 1"),
        (lambda: tg.poisson(tg.tensor([-1.0])), "the rates must not be negative"),
    ],
)
def test_arguments_out_of_range_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_filling_a_tensor_in_place() -> None:
    x = tg.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="filled with random numbers, which cannot be recorded"):
        x.uniform_()
    with tg.no_grad():
        assert x.uniform_() is x
    y = tg.zeros(2, 2)
    y[0].normal_()
    assert (y[0].tolist() != [0.0, 0.0], y[1].tolist()) == (True, [0.0, 0.0])


def test_exchanges_computed_by_arrays_are_those_of_a_loop() -> None:
    for seed in range(200):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(1, 20))
        targets = rng.integers(np.arange(count), count)
        order = list(range(count))
        for i, j in enumerate(targets):
            order[i], order[j] = order[j], order[i]
        assert exchanged(targets).tolist() == order
