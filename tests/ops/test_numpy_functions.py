"""NumPy functions called with Tensors: values, gradients, and NumPy's own signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine.dispatch import EXTENDED, FUNCTIONS, NumpyCall
from tinygrad_w2v.testing import gradcheck

X = np.random.default_rng(4).uniform(0.3, 2.0, (3, 4))
SQUARE = X[:, :3] + 2 * np.eye(3)
CUBE = np.random.default_rng(5).normal(size=(2, 3, 4))

CALLS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log1p": np.log1p,
    "power": lambda x: np.power(x, 3),
    "float_power": lambda x: np.float_power(x, 2.5),
    "reciprocal": np.reciprocal,
    "fmax": lambda x: np.fmax(x, 1.0),
    "sum": lambda x: np.sum(x, axis=0),
    "add.reduce": np.add.reduce,
    "multiply.reduce": np.multiply.reduce,
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1, keepdims=True),
    "mean": lambda x: np.mean(x, axis=(0, 1)),
    "prod": lambda x: np.prod(x, axis=1),
    "max": lambda x: np.max(x, axis=1),
    "amin": np.amin,
    "var": np.var,
    "std by position": lambda x: np.std(x, 0, None, None, 1),
    "inner with a number": lambda x: np.inner(x, 2.0),
    "cholesky upper": lambda x: np.linalg.cholesky(
        x @ np.swapaxes(x, 0, 1) + np.eye(3), upper=False
    ),
    "roll several": lambda x: np.roll(x, [1, 2], axis=(0, 1)),
    "var ddof": lambda x: np.var(x, axis=0, ddof=1),
    "std": lambda x: np.std(x, axis=1, keepdims=True),
    "cumsum": np.cumsum,
    "cumprod": lambda x: np.cumprod(x, axis=1),
    "where": lambda x: np.where(x > 1, x, -x),
    "clip": lambda x: np.clip(x, 0.5, 1.5),
    "clip low": lambda x: np.clip(x, 0.5, None),
    "clip by keyword": lambda x: np.clip(a=x, min=0.5, max=1.5),
    "clip by arrays": lambda x: np.clip(x, X[:1] * 0.7, X[:, :1] * 1.2),
    "round": lambda x: np.round(x, 1),
    "dot": lambda x: np.dot(x, X.T),
    "dot with a number": lambda x: np.dot(x, 2.0),
    "dot with a cube": lambda x: np.dot(x, CUBE.transpose(0, 2, 1)),
    "inner": lambda x: np.inner(x, X),
    "outer": lambda x: np.outer(x, X[0]),
    "tensordot": lambda x: np.tensordot(x, CUBE, axes=([0, 1], [1, 2])),
    "einsum": lambda x: np.einsum("ij,kij->ki", x, CUBE, optimize=True),
    "einsum of lists": lambda x: np.einsum(x, [0, 1], CUBE, [2, 0, 1]),
    "einsum of lists to a list": lambda x: np.einsum(x, [..., 1], CUBE, [2, 0, 1], [..., 2]),
    "linalg.norm": np.linalg.norm,
    "linalg.norm of rows": lambda x: np.linalg.norm(x, axis=1, keepdims=True),
    "linalg.norm of order 1": lambda x: np.linalg.norm(x, ord=1, axis=0),
    "linalg.norm of Frobenius": lambda x: np.linalg.norm(x, ord="fro"),
    "linalg.solve": lambda x: np.linalg.solve(SQUARE, x),
    "linalg.inv": lambda x: np.linalg.inv(x[:, :3] + 2 * np.eye(3)),
    "linalg.cholesky": lambda x: np.linalg.cholesky(x @ np.swapaxes(x, 0, 1) + np.eye(3)),
    "reshape": lambda x: np.reshape(x, (2, -1)),
    "ravel": np.ravel,
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "squeeze": lambda x: np.squeeze(x[:1]),
    "transpose": np.transpose,
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "flip": np.flip,
    "roll": lambda x: np.roll(x, 2, axis=1),
    "concatenate": lambda x: np.concatenate([x, X], axis=1),
    "concatenate flat": lambda x: np.concatenate([x, X], axis=None),
    "stack": lambda x: np.stack([x, X], axis=-1),
    "vstack": lambda x: np.vstack([x, X[0]]),
    "hstack": lambda x: np.hstack([x, X]),
    "hstack of vectors": lambda x: np.hstack([x[0], X[1]]),
    "split": lambda x: np.split(x, 2, axis=1)[1],
    "split at": lambda x: np.split(x, [1, 3], axis=1)[1],
    "tile": lambda x: np.tile(x, (2, 1, 2)),
    "repeat": lambda x: np.repeat(x, [2, 0, 1], axis=0),
    "repeat flat": lambda x: np.repeat(x, 2),
    "pad": lambda x: np.pad(x, 1),
    "pad reflect": lambda x: np.pad(x, ((1, 2), (0, 3)), mode="reflect"),
    "pad symmetric": lambda x: np.pad(x, ((1, 2), (0, 3)), mode="symmetric"),
    "diagonal": lambda x: np.diagonal(x, 1),
    "diag": lambda x: np.diag(x[0], -1),
    "trace": np.trace,
    "tril": np.tril,
    "triu": lambda x: np.triu(x, 1),
    "take": lambda x: np.take(x, [[0, 2], [2, 0]], axis=0),
    "take flat": lambda x: np.take(x, [5, 1]),
    "atleast_1d": lambda x: np.atleast_1d(x[0, 0]),
    "atleast_2d": lambda x: np.atleast_2d(x[0]),
    "copy": np.copy,
    "append": lambda x: np.append(x, X[:1], axis=0),
    "append flat": lambda x: np.append(x, 1.0),
    "column_stack": lambda x: np.column_stack([x[0], X[:2].T, x[1]]),
    "array_split": lambda x: np.array_split(x, 3, axis=1)[0],
    "vsplit": lambda x: np.vsplit(x, [1])[1],
    "hsplit": lambda x: np.hsplit(x, 2)[1],
    "flipud": np.flipud,
    "fliplr": np.fliplr,
    **{f"rot90 {k}": lambda x, k=k: np.rot90(x, k) for k in range(-1, 4)},
    "sort": np.sort,
    "sort flat": lambda x: np.sort(x, axis=None),
    "diff": lambda x: np.diff(x, n=2, axis=1),
    "median": np.median,
    "median of columns": lambda x: np.median(x, axis=0),
    "median keepdims": lambda x: np.median(x, axis=1, keepdims=True),
    "average": lambda x: np.average(x, axis=0),
    "average weighted": lambda x: np.average(x, axis=1, weights=x[0]),
    "average of all": lambda x: np.average(x, weights=X * X),
    "cov": np.cov,
    "cov of two": lambda x: np.cov(x[0], X[1], bias=True),
    "cov of columns": lambda x: np.cov(x, rowvar=False, ddof=0),
    "deg2rad": np.deg2rad,
    "degrees": np.degrees,
    "positive": np.positive,
    "copysign": lambda x: np.copysign(x, np.cos(9 * X)),
    "logaddexp2": lambda x: np.logaddexp2(x, X * X),
    "kron": lambda x: np.kron(x, X[0]),
    "cross": lambda x: np.cross(x[:, :3], X[:, 1:]),
    "cross of columns": lambda x: np.cross(x, X[::-1], axis=0),
    "linalg.det": lambda x: np.linalg.det(x[:, :3]),
    "linalg.slogdet": lambda x: np.linalg.slogdet(x[:, :3] - 2 * np.eye(3)).logabsdet,
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(X, axis=1), axis=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_value_shape_and_dtype_are_numpys(name: str) -> None:
    found = CALLS[name](tg.Tensor(X, requires_grad=True))
    expected = CALLS[name](X)
    assert isinstance(found, tg.Tensor)
    assert found.requires_grad
    assert found.shape == np.shape(expected)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-13)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "round"])
def test_gradient_matches_finite_differences(name: str) -> None:
    gradcheck(CALLS[name], (X,))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: np.shape(x), (3, 4)),
        (lambda x: np.ndim(x), 2),
        (lambda x: np.size(x), 12),
        (lambda x: np.size(x, 1), 4),
        (lambda x: np.all(x > 0), True),
        (lambda x: np.any(x > 9), False),
        (lambda x: np.allclose(x, X), True),
        (lambda x: np.array_equal(x, X + 1), False),
        (lambda x: np.count_nonzero(x), 12),
        (
            lambda x: [i.tolist() for i in np.nonzero(x > 1)],
            [i.tolist() for i in np.nonzero(X > 1)],
        ),
        (lambda x: np.result_type(x, np.float32), np.float64),
        (lambda x: np.argsort(x[0]).tolist(), np.argsort(X[0]).tolist()),
        (lambda x: np.full_like(x, 2.0).tolist(), np.full((3, 4), 2.0).tolist()),
        (lambda x: np.empty_like(x).shape, (3, 4)),
        (lambda x: np.zeros_like(x, shape=(2,)).tolist(), [0.0, 0.0]),
        (lambda x: np.array_equal(a1=x, a2=x), True),
    ],
)
def test_functions_without_gradient_return_plain_values(call: Any, expected: Any) -> None:
    answer = call(tg.Tensor(X, requires_grad=True))
    assert not isinstance(answer, tg.Tensor)
    assert answer == expected


def test_function_without_op_names_the_remedy() -> None:
    with pytest.raises(TypeError, match=r"^np.unwrap has no op for Tensors: pass t.detach"):
        np.unwrap(tg.Tensor(X))


def test_out_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^np.add: parameter 'out' is not supported for Tensors"):
        np.add(tg.Tensor(X), 1, out=np.zeros_like(X))


# --- NumPy's own signatures, keyword by keyword -------------------------------------------------

BOUND = {call.name: call for call in FUNCTIONS.values() if isinstance(call, NumpyCall)}
X32 = X[:, :3] @ X[:, :3].T + np.eye(3)
REQUIRED: dict[str, dict[str, Any]] = {
    "append": {"arr": X32, "values": X32},
    "array_split": {"indices_or_sections": 3},
    "broadcast_to": {"shape": (2, 3, 3)},
    "column_stack": {"tup": [X32, X32]},
    "concatenate": {"arrays": [X32, X32]},
    "cumprod": {"axis": 0},
    "expand_dims": {"axis": 0},
    "dstack": {"tup": [X32, X32]},
    "hstack": {"tup": [X32, X32]},
    "moveaxis": {"source": 0, "destination": 1},
    "pad": {"pad_width": 1},
    "repeat": {"repeats": 2},
    "reshape": {"shape": (9,)},
    "roll": {"shift": 1},
    "split": {"indices_or_sections": 3},
    "stack": {"arrays": [X32, X32]},
    "swapaxes": {"axis1": 0, "axis2": 1},
    "take": {"indices": [0, 2]},
    "take_along_axis": {"indices": np.array([[0, 1, 2]])},
    "tile": {"reps": (2, 1)},
    "vstack": {"tup": [X32, X32]},
    "vsplit": {"indices_or_sections": 3},
    "hsplit": {"indices_or_sections": 3},
    "where": {"condition": X32 > 1, "x": X32, "y": -X32},
    "convolve": {"a": X32[0], "v": X32[1]},
    "correlate": {"a": X32[0], "v": X32[1]},
    "interp": {"x": X32, "xp": [0.0, 1.0, 9.0], "fp": X32[0]},
    "partition": {"kth": 1},
    "percentile": {"q": 30.0},
    "piecewise": {"condlist": [X32 > 1], "funclist": [np.negative, np.square]},
    "quantile": {"q": 0.3},
    "rollaxis": {"axis": 1},
    "select": {"condlist": [X32 > 1, X32 > 0], "choicelist": [X32, -X32]},
}
OTHER: dict[str, Any] = {
    "axis": 1,
    "UPLO": "U",
    "dtype": np.float64,
    "keepdims": True,
    "ddof": 1,
    "correction": 1,
    "k": 1,
    "offset": 1,
    "axis1": -2,
    "axis2": -1,
    "decimals": 1,
    "axes": 1,
    "shape": (3, 3),
    "ord": 1,
    "a_min": 0.5,
    "a_max": 1.5,
    "min": 0.5,
    "max": 1.5,
    "mode": "edge",
    "optimize": True,
    "n": 2,
    "weights": X32[0],
    "y": X32 * X32,
    "rowvar": False,
    "bias": True,
    "prepend": X32[:, :1],
    "append": X32[:, :2],
    "edge_order": 2,
    "rcond": 0.5,
    "varargs": 0.5,
    "dx": 0.5,
    "x": X32[0],
    "left": -1.0,
    "right": -2.0,
    "num": 4,
    "endpoint": False,
    "start": 1,
    "method": "lower",
    "default": 3.0,
    "compute_uv": True,
    "full_matrices": False,
    "return_index": True,
    "return_inverse": True,
    "return_counts": True,
    "equal_nan": False,
    "copy": False,
    "nan": 1.0,
    "posinf": 2.0,
    "neginf": 3.0,
}
ALTERNATIVES: dict[str, dict[str, Any]] = {
    "transpose": {"axes": (0, 1)},
    "squeeze": {"axis": ()},
    "average": {"weights": X32 * X32},
    "cov": {"ddof": 0},
    "rot90": {"axes": (1, 0)},
    "linalg.norm": {"ord": "fro"},
    "convolve": {"mode": "same"},
    "correlate": {"mode": "full"},
}


def numpy_parameters(call: NumpyCall) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(call.function).parameters)
    except ValueError:
        pytest.skip("this version of NumPy does not state the signature")


def required(call: NumpyCall) -> dict[str, Any]:
    given = REQUIRED.get(call.name, {})
    for name, parameter in numpy_parameters(call).items():
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            given = {name: X32, **given} if name not in given else given
    return given


def with_tensors(arguments: dict[str, Any]) -> dict[str, Any]:
    def convert(value: Any) -> Any:
        if isinstance(value, list) and isinstance(value[0], np.ndarray):
            return [tg.Tensor(part) for part in value]
        is_input = isinstance(value, np.ndarray) and np.shares_memory(value, X32)
        return tg.Tensor(value) if is_input else value

    return {name: convert(value) for name, value in arguments.items()}


def call_numpy(call: NumpyCall, arguments: dict[str, Any], **options: Any) -> Any:
    """Pass positional-only parameters by position and all others by keyword."""
    kinds = {name: parameter.kind for name, parameter in numpy_parameters(call).items()}
    by_position = [v for n, v in arguments.items() if kinds[n] is inspect.Parameter.POSITIONAL_ONLY]
    by_name = {
        n: v for n, v in arguments.items() if kinds[n] is not inspect.Parameter.POSITIONAL_ONLY
    }
    return call.function(*by_position, **by_name, **options)


# These take operands without names, or return several arrays; clip has two pairs of names for its
# limits.
SEVERAL = {"gradient", "linalg.eigh", "linalg.svd", "piecewise", "unique"}
NAMES = sorted(set(BOUND) - {"einsum", "clip", "atleast_1d", "atleast_2d"} - SEVERAL)


@pytest.mark.parametrize("name", NAMES)
def test_required_arguments_by_keyword_and_by_position(name: str) -> None:
    call = BOUND[name]
    given = required(call)
    expected = call_numpy(call, given)
    by_position = [given[n] for n in numpy_parameters(call) if n in given]
    for found in (
        call_numpy(call, with_tensors(given)),
        call.function(*with_tensors(dict(enumerate(by_position))).values()),
    ):
        np.testing.assert_allclose(np.asarray(found), expected)


@pytest.mark.parametrize("name", NAMES)
def test_each_optional_parameter_is_numpys_or_refused(name: str) -> None:
    call = BOUND[name]
    given = required(call)
    for parameter, described in numpy_parameters(call).items():
        if parameter in given or described.kind in (described.VAR_KEYWORD, 2):
            continue
        if (name, parameter) in EXTENDED:
            continue
        if repr(described.default) != "<no value>":
            found = call_numpy(call, with_tensors(given), **{parameter: described.default})
            np.testing.assert_allclose(np.asarray(found), call_numpy(call, given))
        if parameter in call.attributes:
            other = {parameter: {**OTHER, **ALTERNATIVES.get(name, {})}[parameter]}
            found = call_numpy(call, with_tensors(given), **other)
            np.testing.assert_allclose(np.asarray(found), call_numpy(call, given, **other))
        else:
            with pytest.raises(
                TypeError,
                match=rf"^np\.{name}: parameter '{parameter}' is not supported for Tensors: leave",
            ):
                call_numpy(call, with_tensors(given), **{parameter: "another"})


def test_a_parameter_given_under_two_names_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^np.std: 'correction' is given twice, by 'correction'$"):
        np.std(tg.Tensor(X), ddof=1, correction=1)


def test_ufunc_parameters_are_refused_unless_default() -> None:
    assert np.exp(tg.Tensor(X), dtype=None, order="K").shape == X.shape
    assert np.exp(tg.Tensor(X), dtype=np.float32).dtype == np.float32
    with pytest.raises(TypeError, match=r"^np.exp: parameter 'where' is not supported"):
        np.exp(tg.Tensor(X), where=X > 1)
    with pytest.raises(TypeError, match=r"^np.add.reduce: parameter 'initial' is not supported"):
        np.add.reduce(tg.Tensor(X), initial=1.0)
