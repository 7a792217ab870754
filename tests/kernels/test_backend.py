"""The Numba forms of the hot routines agree with NumPy's to rounding."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend, set_backend
from tinygrad_w2v.kernels.negative_sampling import negative_sampling_with_gradients, sampling_losses
from tinygrad_w2v.kernels.row_update import sgd_step_rows
from tinygrad_w2v.kernels.skip_gram import skip_gram_with_gradients, window_logistic, window_matches
from tinygrad_w2v.kernels.windows import (
    first_invalid_window,
    table_window_mean,
    window_mean,
    window_spread,
    window_sum,
)
from tinygrad_w2v.models.windows import Windows

TOLERANCE = {np.float32: 2e-5, np.float64: 1e-13}
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
widths = pytest.mark.parametrize("width", [7, 40])  # compiled for all short rows; for these rows


@pytest.fixture(params=[True, False], ids=["blas", "loops"])
def maybe_blas(request, monkeypatch):
    """Run a test with the BLAS that was found, and with loops in its place."""
    if not request.param:
        for name in ("negative_sampling",):
            module = pytest.importorskip(f"tinygrad_w2v.kernels.compiled.{name}")
            monkeypatch.setattr(module, "sgemm_address", lambda: 0)


has_blas = pytest.mark.usefixtures("maybe_blas")


@pytest.fixture
def numba_forms():
    pytest.importorskip("numba")
    set_backend("numba")
    yield
    set_backend("numpy")


def both(routine, *args):
    """Return the NumPy form's results and the Numba form's, on copies of the arguments."""
    plain, fast = ([a.copy() if isinstance(a, np.ndarray) else a for a in args] for _ in range(2))
    return (routine.numpy_form(*plain), plain), (routine(*fast), fast)


def windows(rng, tokens, reach):
    before = np.arange(tokens)
    left, right = rng.integers(0, reach + 1, tokens), rng.integers(0, reach + 1, tokens)
    return np.minimum(left, before), np.minimum(right, before[::-1])


@dtypes
@pytest.mark.parametrize(
    "routine",
    [(window_sum,), (window_mean,), (window_spread, 0), (window_spread, 1), (window_spread, 0.5)],
)
@pytest.mark.parametrize("tokens", [0, 1, 7, 255, 256, 257, 1000])
@pytest.mark.parametrize("reach", [0, 1, 5, 40])
@widths
def test_windows(numba_forms, dtype, routine, tokens, reach, width):
    rng = np.random.default_rng(tokens)
    rows = rng.normal(size=(tokens, width)).astype(dtype)
    (expected, _), (found, _) = both(routine[0], rows, *windows(rng, tokens, reach), *routine[1:])
    assert found.dtype == dtype
    assert np.allclose(found, expected, rtol=0, atol=30 * TOLERANCE[dtype])


@dtypes
@pytest.mark.parametrize("tokens", [0, 1, 257, 1000])
@widths
def test_table_window_mean(numba_forms, dtype, tokens, width):
    rng = np.random.default_rng(tokens)
    table, words = rng.normal(size=(20, width)).astype(dtype), rng.integers(20, size=tokens)
    (expected, _), (found, _) = both(table_window_mean, table, words, *windows(rng, tokens, 5))
    assert found.dtype == dtype
    assert np.allclose(found, expected, rtol=0, atol=30 * TOLERANCE[dtype])
    (_, _), (strided, _) = both(table_window_mean, table[::2], words // 2, *windows(rng, tokens, 5))
    assert strided.shape == found.shape


FINE, WRONG = np.array([0, 1, 0]), np.array([0, 2, 0])
OUTSIDE = pytest.mark.parametrize(("left", "right"), [(WRONG, FINE), (FINE, WRONG), (-FINE, FINE)])


@OUTSIDE
def test_first_invalid_window(left, right):
    assert first_invalid_window(left, right) == 1
    assert first_invalid_window(FINE, FINE) == -1
    assert first_invalid_window(FINE[:0], FINE[:0]) == -1


@OUTSIDE
def test_windows_that_reach_out_have_no_result(numba_forms, left, right):
    rows = np.ones((3, 2))
    for routine in (window_sum, window_mean, lambda *args: window_spread(*args, 1.0)):
        assert routine(rows, FINE, FINE) is not None
        assert routine(rows, left, right) is None
    words = np.array([0, 1, 1])
    for form in (table_window_mean, table_window_mean.numpy_form):
        assert form(rows, words, FINE, FINE) is not None
        assert form(rows, words, left, right) is None
        assert form(rows, words + 2, FINE, FINE) is form(rows, words - 1, FINE, FINE) is None
    for form in (skip_gram_with_gradients, skip_gram_with_gradients.numpy_form):
        for dtype in (np.float32, np.float64):
            case = rows.astype(dtype), rows.astype(dtype), words
            assert form(*case, FINE, FINE, words[:1, None], 0.5) is not None
            assert form(*case, left, right, words[:1, None], 0.5) is None
    set_backend("numpy")
    for routine in (window_sum, window_mean, lambda *args: window_spread(*args, 1.0)):
        assert routine(rows, left, right) is None


def sampling_case(dtype, predictions, blocks, shared, width=7):
    """Return arguments of negative_sampling_with_gradients in which some negatives are targets."""
    rng = np.random.default_rng(predictions)
    hidden, table = (rng.normal(size=(n, width)).astype(dtype) for n in (predictions, 20))
    hidden *= 3
    target, negatives = rng.integers(20, size=predictions), rng.integers(20, size=(blocks, shared))
    return hidden, table, target, negatives, 0.3


SAMPLING = pytest.mark.parametrize(
    ("predictions", "blocks", "shared"),
    [
        (0, 0, 3),
        (1, 1, 1),
        (20, 2, 0),
        (5, 5, 4),
        (5, 4, 3),
        (64, 1, 40),
        (130, 3, 70),
        (257, 4, 200),
    ],
)


@dtypes
@SAMPLING
@has_blas
@widths
def test_sampling(numba_forms, dtype, width, predictions, blocks, shared):
    case = sampling_case(dtype, predictions, blocks, shared, width)
    (expected, _), (found, left_alone) = both(negative_sampling_with_gradients, *case)
    for before, after in zip(case, left_alone, strict=True):
        assert np.array_equal(before, after)
    assert np.isclose(found[0], expected[0], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert np.array_equal(found[2], expected[2])
    for e, f in zip(expected[1::2], found[1::2], strict=True):
        assert f.dtype == dtype
        assert np.allclose(f, e, rtol=TOLERANCE[dtype], atol=50 * TOLERANCE[dtype])


def test_the_blas_of_numpy_is_found(numba_forms):
    products = pytest.importorskip("tinygrad_w2v.kernels.compiled.products")
    pytest.importorskip("threadpoolctl")
    if "openblas" not in np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]:
        pytest.skip("NumPy was built with another BLAS")
    assert products.sgemm_address()


@dtypes
@pytest.mark.parametrize("rows", [[0, 20], [-1, 3]])
def test_sampling_outside_of_the_table_is_no_result(numba_forms, dtype, rows):
    hidden, table, target, negatives, weight = sampling_case(dtype, 2, 1, 2)
    for form in (negative_sampling_with_gradients, negative_sampling_with_gradients.numpy_form):
        assert form(hidden, table, np.array(rows), negatives, weight) is None
        assert form(hidden, table, target, np.array([rows]), weight) is None


@SAMPLING
def test_the_losses_and_their_sum_are_those_of_the_formula(predictions, blocks, shared):
    case = sampling_case(np.float64, predictions, blocks, shared)
    hidden, table, target, negatives, weight = case
    read = (hidden, table[target], table[negatives])
    losses, _, _ = sampling_losses(*read, target, negatives, weight)
    for i in range(predictions):
        g = i // -(-predictions // blocks)
        others = table[negatives[g][negatives[g] != target[i]]]
        loss = np.logaddexp(0, -hidden[i] @ table[target[i]])
        loss += weight * np.logaddexp(0, others @ hidden[i]).sum()
        assert losses[i] == pytest.approx(loss, rel=1e-12)
    assert negative_sampling_with_gradients(*case)[0] == pytest.approx(losses.sum(), rel=1e-12)


def test_a_loss_that_is_no_number_stays_so_in_both_forms(numba_forms):
    hidden, *rest = sampling_case(np.float32, 64, 1, 40)
    hidden[3, 2] = np.nan
    (expected, _), (found, _) = both(negative_sampling_with_gradients, hidden, *rest)
    for loss, by_hidden, _, _ in (expected, found):
        assert np.isnan(loss)
        assert np.flatnonzero(np.isnan(by_hidden).any(axis=1)).tolist() == [3]


@dtypes
@has_blas
@widths
@pytest.mark.parametrize(("tokens", "blocks"), [(1, 1), (50, 50), (50, 13), (64, 1), (200, 3)])
def test_skip_gram(numba_forms, dtype, width, tokens, blocks):
    rng = np.random.default_rng(0)
    hidden, table = (rng.normal(size=(n, width)).astype(dtype) for n in (tokens, 9))
    words, drawn = rng.integers(9, size=tokens), rng.integers(9, size=(blocks, 3))
    case = hidden, table, words, *windows(rng, tokens, 5), drawn, 0.3
    (expected, _), (found, left_alone) = both(skip_gram_with_gradients, *case)
    for before, after in zip(case, left_alone, strict=True):
        assert np.array_equal(before, after)
    assert np.isclose(found[0], expected[0], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert np.array_equal(found[2], expected[2])
    for e, f in zip(expected[1::2], found[1::2], strict=True):
        assert f.dtype == dtype
        assert np.allclose(f, e, rtol=TOLERANCE[dtype], atol=50 * TOLERANCE[dtype])


@dtypes
@pytest.mark.parametrize("tokens", [1, 64, 200])
def test_window_logistic(dtype, tokens):
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(2, tokens, 5)).astype(dtype)
    reaches = windows(rng, tokens, 5)
    naive = sum(
        np.logaddexp(0, -rows[i] @ others[j])
        for i, (left, right) in enumerate(zip(*reaches, strict=True))
        for j in range(i - left, i + right + 1)
        if j != i
    )
    by_rows, by_others = np.zeros((2, tokens, 5), dtype)
    loss = window_logistic(rows, others, *reaches, by_rows, by_others)
    assert loss == pytest.approx(naive, rel=1e-5)


@pytest.mark.parametrize("block", [1, 4, 64])
def test_window_matches(block):
    rng = np.random.default_rng(0)
    tokens, drawn = rng.integers(5, size=50), rng.integers(5, size=(-(-50 // block), 3))
    left, right = windows(rng, 50, 3)
    found = window_matches(tokens, left, right, drawn, block)
    i = 20
    window = [*tokens[i - left[i] : i], *tokens[i + 1 : i + right[i] + 1]]
    for k, word in enumerate(drawn[i // block]):
        assert found[i // block, i % block, k] == window.count(word)


@dtypes
@pytest.mark.parametrize("rate", [0.0, 0.3])
@pytest.mark.parametrize("longest", [0.0, 0.5])
@pytest.mark.parametrize("count", [0, 1, 50])
@widths
def test_sgd_step_rows(numba_forms, dtype, rate, longest, count, width):
    rng = np.random.default_rng(1)
    table = rng.normal(size=(9, width)).astype(dtype)
    rows, values = rng.integers(9, size=count), rng.normal(size=(count, width)).astype(dtype)
    (_, plain), (_, fast) = both(sgd_step_rows, table, rows, values, rate, longest)
    assert np.allclose(fast[0], plain[0], atol=10 * TOLERANCE[dtype])
    assert np.array_equal(fast[2], values)


@pytest.mark.parametrize(("rows", "wrong"), [([1, 9, 2], 9), ([3, -1], -1)])
def test_a_step_on_rows_that_are_not_there_changes_nothing(numba_forms, rows, wrong):
    table, values = np.zeros((5, 2), np.float32), np.ones((len(rows), 2), np.float32)
    for routine in (sgd_step_rows, sgd_step_rows.numpy_form):
        for _ in range(2):  # nothing of the first call may be left for the second
            with pytest.raises(IndexError, match=f"row {wrong} is not in a table of 5 rows"):
                routine(table, np.array(rows), values, 0.5, 0.5)
        assert not table.any()


def test_a_step_changes_a_table_whose_rows_are_not_side_by_side(numba_forms):
    table = np.zeros((8, 6))
    for routine in (sgd_step_rows, sgd_step_rows.numpy_form):
        routine(table[::2, :3], np.array([1, 3, 1]), np.ones((3, 3)), 0.5, 0.0)
    assert table[:, 0].tolist() == [0, 0, -2, 0, 0, 0, -1, 0]
    assert not table[:, 3:].any()


def test_a_training_step_is_the_same_to_rounding(numba_forms):
    rng = np.random.default_rng(0)
    left, right = windows(rng, 200, 5)
    batch = Windows(rng.integers(30, size=200), left, right, 200)
    results = []
    for backend in ("numpy", "numba"):
        set_backend(backend)
        model = tg.models.CBOW(np.arange(1, 31), dim=8, shared=20, rng=0)
        optimizer = tg.optim.SGD(model.parameters(), lr=0.1, clip_row=0.5)
        for _ in range(3):
            model.zero_grad()
            (model(batch) * 200).backward()
            optimizer.step()
        results.append(model.vectors.copy())
    assert np.allclose(*results, atol=1e-5)


def test_second_derivatives_go_through_the_numpy_forms(numba_forms):
    sampling = tg.get_op("negative_sampling")
    for sample in sampling.samples(np.random.default_rng(0)):
        inputs = [tg.tensor(a) if a.dtype.kind == "f" else a for a in sample.args]
        tg.testing.gradgradcheck(lambda *a, s=sample: sampling(*a, **s.attributes), inputs)


def test_choosing_a_backend():
    assert get_backend() == "numpy"
    with pytest.raises(InputError, match="backend is 'cython': use 'numpy', 'numba' or 'auto'"):
        set_backend("cython")


def test_numba_that_is_not_installed_is_asked_for_by_its_extra(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'tinygrad-w2v\[fast\]'"):
        set_backend("numba")
    set_backend("auto")
    assert get_backend() == "numpy"
