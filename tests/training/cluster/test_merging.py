"""Merge rules: what they do with equal, orthogonal and general changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.cluster.merging import RULES, Spectral, merge_rule
from tinygrad_w2v.training.cluster.packing import Packed

adaptive = pytest.mark.parametrize("name", [name for name in RULES if name != "mean"])
every = pytest.mark.parametrize("name", RULES)
seeds, workers, heights = st.integers(0, 1000), st.integers(1, 9), st.integers(1, 30)


def merge(name, changes, owners=1):
    """Return the merged change, computed by a number of owners of rows."""
    rule, packed = merge_rule(name), [Packed(change) for change in changes]
    parts = [rule.reduce([change[k::owners] for change in packed]) for k in range(owners)]
    solution = rule.solve(sum(statistics for statistics, _ in parts), len(changes))
    merged = np.empty_like(changes[0])
    for k, (_, reduced) in enumerate(parts):
        merged[k::owners] = rule.combine(reduced, solution)
    return merged


def random_changes(seed, count, height, dim=5):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(height, dim))
    return [(common + rng.normal(size=common.shape)).astype(np.float32) for _ in range(count)]


@every
@given(seeds, workers, heights)
def test_equal_changes_merge_to_the_change(name, seed, count, height):
    (change,) = random_changes(seed, 1, height)
    assert np.allclose(merge(name, [change] * count), change, atol=1e-4)


@every
@given(seeds, heights)
def test_one_worker_keeps_its_change(name, seed, height):
    (change,) = random_changes(seed, 1, height)
    assert np.allclose(merge(name, [change]), change, atol=1e-4)


@adaptive
@given(seeds, workers)
def test_changes_of_different_rows_are_summed(name, seed, count):
    changes = random_changes(seed, count, 20)
    for k, change in enumerate(changes):
        change[np.arange(20) % count != k] = 0
    assert np.allclose(merge(name, changes), sum(changes), atol=1e-4)


@pytest.mark.parametrize("name", ["mean", "spectral"])
@given(seeds, workers)
def test_the_order_of_the_workers_does_not_matter(name, seed, count):
    changes = random_changes(seed, count, 20)
    assert np.allclose(merge(name, changes), merge(name, changes[::-1]), atol=1e-4)


@every
@given(seeds, workers, st.floats(1e-6, 1e3))
def test_merging_commutes_with_scaling(name, seed, count, factor):
    changes = random_changes(seed, count, 20)
    scaled = merge(name, [np.float32(factor) * change for change in changes])
    assert np.allclose(scaled / factor, merge(name, changes), atol=1e-4)


@every
@given(seeds, workers, st.integers(1, 4))
def test_owners_of_rows_compute_what_one_computes(name, seed, count, owners):
    changes = random_changes(seed, count, 23)
    assert np.allclose(merge(name, changes, owners), merge(name, changes), atol=1e-4)


@every
def test_changes_of_zero_merge_to_zero(name):
    changes = [np.zeros((6, 4), np.float32)] * 3
    assert np.array_equal(merge(name, changes), changes[0])


@every
def test_changes_are_not_modified(name):
    changes = random_changes(0, 3, 10)
    copies = [change.copy() for change in changes]
    merged = merge(name, changes)
    merged += 1
    assert all(np.array_equal(a, b) for a, b in zip(changes, copies, strict=True))


@given(seeds, st.integers(2, 9), st.integers(6, 200))
def test_spectral_agrees_with_the_generalized_eigenproblem(seed, count, height):
    changes = random_changes(seed, count, height)
    wide = [change.astype(np.float64) for change in changes]
    total = sum(wide)
    within, between = sum(d.T @ d for d in wide), total.T @ total
    inverse = np.linalg.inv(np.linalg.cholesky(within))
    agreement, vectors = np.linalg.eigh(inverse @ between @ inverse.T)
    vectors = inverse.T @ vectors  # vectorsᵀ within vectors = 1, between vectors = within vectors ρ
    scales = 1 / np.clip(agreement, 1, count)
    expected = total @ vectors * scales @ vectors.T @ within
    found = merge("spectral", changes)
    assert np.allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@given(seeds, st.integers(2, 9))
def test_spectral_is_between_the_mean_and_the_sum_in_every_direction(seed, count):
    rule, changes = Spectral(), map(Packed, random_changes(seed, count, 50))
    solution = rule.solve(rule.reduce(list(changes))[0], count)
    scales = np.linalg.eigvals(solution).real
    assert (scales > 1 / count - 1e-4).all()
    assert (scales < 1 + 1e-4).all()


def test_adasum_sums_orthogonal_rows():
    changes = [np.eye(3, dtype=np.float32)[[k, k]] for k in range(3)]
    assert np.array_equal(merge("adasum", changes), np.ones((2, 3)))


def test_adasum_of_two_rows_is_its_formula():
    a, b = np.array([[2.0, 0.0]], np.float32), np.array([[1.0, 1.0]], np.float32)
    assert merge("adasum", [a, b]).tolist() == [[0.75 * 2 + 0.5, 0.5]]


def test_unknown_rule_is_refused():
    with pytest.raises(InputError, match="no merge rule is named 'adasun'; did you mean adasum"):
        merge_rule("adasun")
