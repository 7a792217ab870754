from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.training.cluster.exchange import Exchange, Merge, as_matrix, tables_of


class Model(tg.nn.Module):
    """A table, a vector, a number, a buffer, and what is not merged."""

    def __init__(self) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.table = tg.nn.Parameter(rng.normal(size=(10, 3)).astype(np.float32))
        self.vector = tg.nn.Parameter(rng.normal(size=5).astype(np.float32))
        self.number = tg.nn.Parameter(np.float32(2.0))
        self.mean = tg.nn.Buffer(np.ones(2, np.float32))
        self.frozen = tg.nn.Parameter(np.ones(3, np.float32), requires_grad=False)
        self.steps = tg.nn.Buffer(np.zeros((), np.int64))
        self.tied = self.table


def merged(
    exchanges: Sequence[Exchange],
    rows: Sequence[int],
    *,
    commit: bool = True,
    during: Callable[[Exchange], None] | None = None,
) -> float:
    """Merge the changes of workers in this process, which train `during` it; return bytes sent."""
    count = len(exchanges)
    for exchange in exchanges:
        if not exchange.is_merging:
            exchange.pack(rows, is_overlapped=during is not None)
    every = [e.changes(Merge(place, count)) for place, e in enumerate(exchanges)]
    statistics = [e.statistics([parts[k] for _, parts in every]) for k, e in enumerate(exchanges)]
    solved = [
        exchange.solve(slice(k, None, count), statistics) for k, exchange in enumerate(exchanges)
    ]
    solutions = [solved[k % count][k // count] for k in range(len(rows))]
    combined = [exchange.combine(solutions) for exchange in exchanges]
    for place, exchange in enumerate(exchanges if commit else ()):
        exchange.commit([None if k == place else part for k, (_, part) in enumerate(combined)])
        if during is not None:
            during(exchange)
        exchange.update()
    return sum(sent for sent, _ in [*every, *combined])


def workers(count: int, rule: str = "mean", kind: str = "float32") -> list[Exchange]:
    return [Exchange(Model(), rule, kind, threads=k + 1) for k in range(count)]


def train(exchange: Exchange, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for table in exchange.tables.values():
        table._data[...] += rng.normal(size=table.shape)


ALL = [10, 5, 1, 2]


def test_trainable_parameters_and_float_buffers_are_merged_once() -> None:
    assert list(tables_of(Model())) == ["table", "vector", "number", "mean"]
    assert [len(as_matrix(table._data)) for table in tables_of(Model()).values()] == ALL


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_merge_applies_the_mean_to_all_workers(count: int) -> None:
    exchanges = workers(count)
    for seed, exchange in enumerate(exchanges):
        train(exchange, seed)
    expected = {
        name: np.mean([e.tables[name]._data for e in exchanges], axis=0)
        for name in exchanges[0].tables
    }
    merged(exchanges, ALL)
    for exchange in exchanges:
        for name, table in exchange.tables.items():
            np.testing.assert_allclose(table._data, expected[name], rtol=1e-5, atol=1e-6)
            assert exchange.merged()[name].tobytes() == table._data.tobytes()


def test_merge_of_first_rows_leaves_the_others_to_a_later_one() -> None:
    exchanges = workers(2)
    train(exchanges[0], 1)
    before = exchanges[0].merged()["table"].copy()
    trained = exchanges[0].tables["table"]._data.copy()
    merged(exchanges, [4, 5, 1, 2])
    for exchange in exchanges:
        table = exchange.merged()["table"]
        np.testing.assert_allclose(table[:4], (before + trained)[:4] / 2, rtol=1e-5)
        np.testing.assert_array_equal(table[4:], before[4:])
    np.testing.assert_array_equal(exchanges[0].tables["table"]._data[4:], trained[4:])
    merged(exchanges, ALL)
    for exchange in exchanges:
        np.testing.assert_allclose(exchange.merged()["table"], (before + trained) / 2, rtol=1e-5)


@pytest.mark.parametrize("rule", ["mean", "adasum", "spectral"])
@pytest.mark.parametrize("kind", ["int8", "bfloat16", "float32"])
def test_all_workers_are_equal_after_each_merge(rule: str, kind: str) -> None:
    exchanges = workers(3, rule, kind)
    for round_ in range(4):
        for seed, exchange in enumerate(exchanges):
            train(exchange, 10 * round_ + seed)
        merged(exchanges, ALL if round_ % 2 else [6, 5, 1, 2])
        tables = [exchange.merged() for exchange in exchanges]
        for name in tables[0]:
            assert len({table[name].tobytes() for table in tables}) == 1


def test_what_packing_loses_is_sent_with_the_next_merge() -> None:
    exchanges = workers(2, kind="int8")
    before = exchanges[0].merged()["table"].copy()
    total = np.zeros((10, 3))
    for round_ in range(50):
        for seed, exchange in enumerate(exchanges):
            change = 1e-3 * np.random.default_rng(2 * round_ + seed).normal(size=(10, 3))
            exchange.tables["table"]._data[...] += change
            total += change / 2
        merged(exchanges, ALL)
    error = np.abs(exchanges[0].merged()["table"] - before - total).max()
    assert error < 1e-4  # of one merge; without feedback, the errors of 50 would add up


def test_abandoned_merge_changes_nothing() -> None:
    once, again = workers(3, kind="int8"), workers(3, kind="int8")
    for exchanges in (once, again):
        for round_ in range(3):
            for seed, exchange in enumerate(exchanges):
                train(exchange, 10 * round_ + seed)
            if exchanges is again:
                merged(exchanges[:2], ALL, commit=False)
            merged(exchanges, ALL)
    for name, table in once[0].merged().items():
        assert table.tobytes() == again[0].merged()[name].tobytes()


def test_worker_continues_from_merged_tables() -> None:
    exchanges = workers(2, kind="int8")
    for seed, exchange in enumerate(exchanges):
        train(exchange, seed)
    merged(exchanges, ALL)
    joined = Exchange(Model(), "mean", "int8")
    train(joined, 5)
    joined.set_merged(exchanges[0].merged())
    for name, table in exchanges[0].merged().items():
        assert joined.tables[name]._data.tobytes() == table.tobytes()
        assert joined.merged()[name].shape == table.shape


def test_bytes_of_a_merge_are_those_of_other_workers_rows() -> None:
    exchanges = workers(2)
    assert merged(exchanges, ALL) == 2 * 2 * 4 * (30 + 5 + 1 + 2) / 2
    assert merged(workers(1), ALL) == 0


def test_what_is_learned_during_a_merge_is_kept_and_merged_next() -> None:
    late, waiting = workers(2, kind="int8"), workers(2, kind="int8")
    seeds = iter([5, 6, 7, 8])
    for exchanges in (late, waiting):
        for seed, exchange in enumerate(exchanges):
            train(exchange, seed)
    merged(late, [4, 5, 1, 2], during=lambda exchange: train(exchange, next(seeds)))
    merged(waiting, [4, 5, 1, 2])
    for seed, exchange in enumerate(waiting):
        train(exchange, 5 + seed)
    for _ in range(2):
        for one, other in zip(late, waiting, strict=True):
            for name, table in one.tables.items():
                np.testing.assert_allclose(table._data, other.tables[name]._data, atol=1e-5)
                np.testing.assert_allclose(one.merged()[name], other.merged()[name], atol=1e-5)
        for exchanges in (late, waiting):
            merged(exchanges, ALL)
