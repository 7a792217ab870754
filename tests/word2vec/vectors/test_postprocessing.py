"""Linear maps of vectors: whitening raises singular values to a power; components are removed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors
from tinygrad_w2v.word2vec.vectors.postprocessing import whitened, without_top_components

degrees = st.sampled_from([0.0, 0.25, 0.5, 1.0])
seeds = st.integers(0, 10**6)


def table(seed, rows=30, width=5):
    """Return vectors with very different variances by direction, not centered."""
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(rows, width)) * [8, 3, 1, 0.5, 0.1][:width] + rng.normal(size=width)
    rotation, _ = np.linalg.qr(rng.normal(size=(width, width)))
    return (spread @ rotation).astype(np.float32)


def singular_values(vectors):
    return np.linalg.svd(vectors.astype(np.float64), compute_uv=False)


def cosines(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


@given(seed=seeds, degree=degrees)
def test_singular_values_are_raised_to_power(seed, degree):
    before, after = (singular_values(v) for v in (table(seed), whitened(table(seed), degree)))
    expected = before ** (1 - degree)
    np.testing.assert_allclose(after / after[0], expected / expected[0], rtol=1e-3)


@given(seed=seeds, degree=degrees)
def test_mean_square_length_is_preserved(seed, degree):
    before, after = table(seed), whitened(table(seed), degree)
    assert (after.astype(float) ** 2).sum() == pytest.approx(
        (before.astype(float) ** 2).sum(), 1e-4
    )


@given(seed=seeds, degree=degrees)
def test_principal_directions_are_preserved(seed, degree):
    vectors = table(seed).astype(np.float64)
    _, _, principal = np.linalg.svd(vectors, full_matrices=False)
    before = vectors @ principal.T
    after = whitened(table(seed), degree).astype(np.float64) @ principal.T
    lengths = np.linalg.norm(before, axis=0), np.linalg.norm(after, axis=0)
    np.testing.assert_allclose(after / lengths[1], before / lengths[0], atol=1e-3)


@given(seed=seeds, degree=degrees)
def test_whitening_commutes_with_rotation(seed, degree):
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))
    rotated = (table(seed) @ rotation).astype(np.float32)
    found, expected = whitened(rotated, degree), whitened(table(seed), degree) @ rotation
    np.testing.assert_allclose(found, expected, atol=1e-2)


def test_cosines_match_published_formula():
    vectors, alpha = table(0).astype(np.float64), -0.125
    eigenvalues, directions = np.linalg.eigh(vectors.T @ vectors)
    published = vectors @ directions * eigenvalues**alpha  # the paper's X Q Λ^α
    found = whitened(table(0), -2 * alpha)
    np.testing.assert_allclose(cosines(found), cosines(published), atol=1e-4)


@pytest.mark.parametrize("degree", [0.25, 1.0])
def test_directions_without_variance_stay_zero(degree):
    few = table(3, rows=2)
    found = whitened(few, degree)
    assert np.isfinite(found).all()
    before, after = singular_values(few), singular_values(found)
    np.testing.assert_allclose(
        after / after[0], (before / before[0]) ** (1 - degree), rtol=1e-3, atol=1e-5
    )
    assert np.linalg.matrix_rank(np.vstack([few, found]), tol=1e-3) == 2


def test_zero_vectors_stay_zero():
    np.testing.assert_array_equal(whitened(np.zeros((4, 3), np.float32), 0.25), np.zeros((4, 3)))


def test_rows_of_several_blocks():
    vectors = np.tile(table(1), (400, 1))
    np.testing.assert_allclose(whitened(vectors, 0.5)[:30], whitened(table(1), 0.5), atol=1e-3)


def test_words_and_counts_are_preserved():
    given_ = KeyedVectors(["a", "b", "c"], table(0, rows=3), counts=[5, 4, 3])
    found = given_.whitened(0.25)
    assert found.words == given_.words
    assert found.counts is not None
    assert found.counts.tolist() == [5, 4, 3]
    np.testing.assert_array_equal(found.vectors, whitened(given_.vectors, 0.25))
    assert given_.whitened(0).vectors is given_.vectors


@pytest.mark.parametrize("degree", [-0.1, 1.5, float("nan")])
def test_degree_must_be_from_0_to_1(degree):
    with pytest.raises(InputError, match=f"degree is {degree}: it must be a number from 0 to 1"):
        KeyedVectors(["a"], [[1.0]]).whitened(degree)


# --- other maps --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3])
def test_top_components_match_svd(count):
    vectors = table(2).astype(np.float64)
    centered = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centered, full_matrices=False)
    top = directions[:count]
    found = without_top_components(table(2), count)
    np.testing.assert_allclose(found, centered - centered @ top.T @ top, atol=1e-4)


def test_number_of_components_must_be_smaller_than_dimensions():
    vectors = KeyedVectors(["a", "b", "c"], table(0, rows=3))
    with pytest.raises(InputError, match="count is 5: of 5 components, fewer must be removed"):
        vectors.without_top_components(5)
    np.testing.assert_array_equal(
        vectors.without_top_components().vectors, vectors.without_top_components(1).vectors
    )


def test_normalized_vectors_have_norm_one():
    found = KeyedVectors(["a", "zero"], [[3, 4], [0, 0]]).normalized()
    np.testing.assert_allclose(found.vectors, [[0.6, 0.8], [0, 0]], rtol=1e-6)


def test_average_is_the_mean_of_both_tables():
    first, second = (KeyedVectors(["a", "b"], table(seed, rows=2)) for seed in (0, 1))
    np.testing.assert_allclose(
        first.averaged(second).vectors, (first.vectors + second.vectors) / 2, rtol=1e-6
    )
    with pytest.raises(InputError, match=r"differs from .* in its words, their order or the dimen"):
        first.averaged(KeyedVectors(["b", "a"], table(0, rows=2)))


def test_quantization_must_have_a_known_type():
    with pytest.raises(InputError, match="dtype is 'int4': use 'float32', 'float16' or 'int8'"):
        KeyedVectors(["a"], [[1.0]]).quantized("int4")
