"""Functions with correct gradients that are hard to check: no verdict may accuse them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v.nn.functional as F
from tests.testing.hard_arrays import ARRAYS
from tests.testing.hard_forms import STATE_AND_FORMS
from tests.testing.hard_functions import MORE, standardized
from tests.testing.hard_layers import METHODS
from tests.testing.hard_networks import SIZES
from tests.testing.hard_numerics import NUMERICS
from tests.testing.hard_points import POINTS
from tests.testing.hard_programs import PROGRAMS
from tests.testing.hard_quantities import QUANTITIES
from tests.testing.hard_sciences import SCIENCES
from tests.testing.hard_signals import SIGNALS_AND_SOLVERS
from tests.testing.hard_simulations import SIMULATIONS
from tests.testing.hard_spaces import SPACES
from tests.testing.points import Points, normal, uniform
from tinygrad_w2v.testing import gradcheck, gradgradcheck

SEEDS = range(2)
MANY_SEEDS = range(100)


ZERO_EXCEPT_FOR_ROUNDING: dict[str, tuple[Callable[[Any], Any], Points]] = {
    "sin² + cos²": (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, normal(5)),
    "cosh² − sinh²": (lambda x: np.cosh(x) ** 2 - np.sinh(x) ** 2, normal(4)),
    "inverse times matrix": (lambda a: np.linalg.inv(a) @ a, normal(3, 3)),
    "sum of a layer norm": (lambda x: F.layer_norm(x, (4,)).sum(), normal(3, 4)),
    "log(exp(x)) − x": (lambda x: np.log(np.exp(x)) - x, normal(4)),
    "sum of a softmax": (lambda x: F.softmax(x, axis=-1).sum(axis=-1), normal(2, 4)),
    "mean of a batch norm": (lambda x: standardized(x).mean(axis=0), normal(6, 3)),
    "sum of deviations": (lambda x: (x - x.mean()).sum(), normal(5)),
    "3x − x − x − x": (lambda x: 3 * x - x - x - x, normal(5)),
    "norm of a unit vector": (lambda x: np.sqrt(np.square(x / np.sqrt(np.square(x).sum())).sum()),
                              normal(5)),
    "log-softmax, exponentiated and summed": (
        lambda x: np.exp(F.log_softmax(x, axis=-1)).sum(), normal(2, 5)),
    "tan − sin/cos": (lambda x: np.tan(x) - np.sin(x) / np.cos(x), uniform(-1, 1, 4)),
}  # fmt: skip
SATURATED: dict[str, tuple[Callable[[Any], Any], Points]] = {
    "softmax(50x)": (lambda x: F.softmax(50 * x, axis=-1), normal(2, 4)),
    "softmax(100x)": (lambda x: F.softmax(100 * x, axis=-1), normal(2, 4)),
    "softmax of large logits": (lambda x: F.softmax(x, axis=-1), normal(4, scale=1e4)),
    "log_softmax(100x)": (lambda x: F.log_softmax(100 * x, axis=-1), normal(2, 4)),
    "sigmoid(50x)": (lambda x: F.sigmoid(50 * x), normal(6, scale=0.3)),
    "tanh(50x)": (lambda x: np.tanh(50 * x), uniform(0.001, 0.5, 8)),
    "cross-entropy of large logits": (
        lambda x: F.cross_entropy(x, np.array([0, 1])), normal(2, 4, scale=100)),
    "cross-entropy of three saturated rows": (
        lambda x: F.cross_entropy(30 * x, np.arange(3)), normal(3, 4)),
    "logsumexp of large values": (lambda x: F.logsumexp(x, axis=0), normal(5, scale=1e3)),
    "exp(−x²) in its tail": (lambda x: np.exp(-x * x), uniform(5, 20, 4)),
}  # fmt: skip
NEAR_AN_EDGE: dict[str, tuple[Callable[[Any], Any], Points]] = {
    "log(x − 1) at 1 + 1e-6": (lambda x: np.log(x - 1), uniform(1 + 1e-6, 1 + 2e-6, 2)),
    "sqrt(x − 2) at 2 + 1e-6": (lambda x: np.sqrt(x - 2), uniform(2 + 5e-7, 2 + 2e-6, 3)),
    "|x − 1000| at 1000.0001": (lambda x: np.abs(x - 1000), uniform(1000.0001, 1000.0002, 2)),
    "standard deviation of nearly equal values": (
        lambda x: x.std(), normal(6, scale=1e-6, offset=1)),
    "1/x at 1e-6": (lambda x: 1 / x, uniform(1e-6, 2e-6, 2)),
    "relu beside its kink": (lambda x: np.maximum(x, 0), uniform(1e-9, 1e-8, 3)),
    "variance as a difference of squares at 1e5": (
        lambda x: (x * x).mean() - x.mean() ** 2, normal(5, offset=1e5)),
}  # fmt: skip
VARIOUS: dict[str, tuple[Callable[[Any], Any], Points]] = {
    "difference of equal logsumexps": (
        lambda x: F.logsumexp(x, axis=-1) - F.logsumexp(x + 0.0, axis=-1), normal(2, 4)),
    "sigmoid(x) + sigmoid(−x)": (lambda x: F.sigmoid(x) + F.sigmoid(-x), normal(5)),
    "unit rows": (lambda x: x / np.sqrt((x * x).sum(axis=-1, keepdims=True)), normal(3, 4)),
    "exp(log(x)) / x": (lambda x: np.exp(np.log(x)) / x, uniform(0.1, 5, 5)),
    "sqrt(x)² − x": (lambda x: np.sqrt(x) ** 2 - x, uniform(0.1, 5, 5)),
    "softplus(40x)": (lambda x: F.softplus(40 * x), normal(6)),
    "gelu in its tails": (lambda x: F.gelu(6 * x), normal(6)),
    "log1p near −1": (lambda x: np.log1p(x), uniform(-1 + 1e-6, -1 + 1e-5, 3)),
    "arccosh near 1": (lambda x: np.log(x + np.sqrt(x * x - 1)), uniform(1 + 1e-5, 1 + 1e-4, 3)),
    "x**0.3 near 0": (lambda x: x**0.3, uniform(1e-8, 1e-7, 3)),
    "x|x|": (lambda x: x * np.abs(x), normal(5)),
    "variance at 1e4": (lambda x: x.var(), normal(6, offset=1e4)),
    "differences of a cumulative sum": (
        lambda x: np.cumsum(x)[1:] - np.cumsum(x)[:-1], normal(6)),
    "layer norm of nearly equal values": (
        lambda x: F.layer_norm(x, (4,)), normal(2, 4, scale=1e-2, offset=1)),
    "divergence from the uniform distribution": (
        lambda x: (F.softmax(x, axis=-1) * (F.log_softmax(x, axis=-1) + np.log(4))).sum(),
        normal(2, 4, scale=10)),
    "sine times 1e-20": (lambda x: 1e-20 * np.sin(x), normal(5)),
    "sine times 1e20": (lambda x: 1e20 * np.sin(x), normal(5)),
    "exp over 130 decades": (lambda x: np.exp(x), uniform(-300, 5, 6)),
    "sine of large values": (lambda x: np.sin(x), uniform(1e3, 1e4, 4)),
    "sin(1e4 x)": (lambda x: np.sin(1e4 * x), normal(3)),
    "nearly singular solve": (
        lambda a: np.linalg.solve(a, np.arange(2.0)),
        lambda rng: np.array([[1, 0.999], [0.999, 1]]) + 1e-4 * rng.normal(size=(2, 2))),
    "few digits in, few digits out": (
        lambda x: 0.5 * x + 0.25, lambda rng: rng.integers(-4, 5, 5).astype(float)),
    "repeated selection": (lambda x: x[np.array([0, 0, 2])], normal(4)),
}  # fmt: skip
OLDER = {**PROGRAMS, **SCIENCES, **NUMERICS, **ARRAYS, **SIMULATIONS}
FIELDS = {
    **QUANTITIES,
    **SPACES,
    **METHODS,
    **SIGNALS_AND_SOLVERS,
    **SIZES,
    **POINTS,
    **STATE_AND_FORMS,
}
ALL_PROGRAMS = {**OLDER, **FIELDS}
QUICK = [*OLDER, *list(FIELDS)[::9]]  # the others only in the exhaustive test
HARD = {**ZERO_EXCEPT_FOR_ROUNDING, **SATURATED, **NEAR_AN_EDGE, **VARIOUS, **MORE}

every_hard_function = pytest.mark.parametrize(("function", "points"), HARD.values(), ids=HARD)


@every_hard_function
def test_hard_function_passes(function: Callable[[Any], Any], points: Points) -> None:
    for seed in SEEDS:
        gradcheck(function, [points(np.random.default_rng(seed))], seed=seed)


@every_hard_function
def test_hard_second_derivative_passes(function: Callable[[Any], Any], points: Points) -> None:
    for seed in SEEDS:
        gradgradcheck(function, [points(np.random.default_rng(seed))], seed=seed)


def false_alarms(functions: dict[str, Any], seeds: range) -> Counter[str]:
    """Count the alarms of both orders; print them with their rate."""
    alarms = Counter[str]()
    for (name, (function, inputs)), seed in itertools.product(functions.items(), seeds):
        for check in (gradcheck, gradgradcheck):
            made = inputs(np.random.default_rng(seed))
            made = made if isinstance(made, list) else [made]
            report = check(function, made, seed=seed, raise_exception=False)
            alarms[f"{check.__name__} of {name}: {report.verdict}"] += not report.ok
    print(f"{alarms.total()} false alarms in {2 * len(seeds) * len(functions)} checks {+alarms}")
    return alarms


@pytest.mark.exhaustive
def test_hard_functions_pass_for_most_seeds() -> None:
    assert false_alarms(HARD, MANY_SEEDS).total() <= 0.002 * 2 * len(MANY_SEEDS) * len(HARD)


def test_exception_at_a_shifted_point_reduces_the_step() -> None:
    matrix = np.array([[[1.0, 0.98], [0.98, 1.0]]])
    assert gradcheck(F.cholesky, [matrix])
    assert gradgradcheck(F.cholesky, [matrix])


@pytest.mark.parametrize("seed", SEEDS)
def test_differences_that_do_not_settle_are_no_evidence(seed: int) -> None:
    def chaotic(x: Any) -> Any:
        for _ in range(60):
            x = 3.9 * x * (1 - x)
        return x

    rng = np.random.default_rng(seed)
    for function, point in ((lambda x: np.sin(1e7 * x), rng.normal(size=2)),
                            (chaotic, rng.uniform(0.2, 0.8, 2))):  # fmt: skip
        report = gradcheck(function, [point], raise_exception=False)
        assert report.verdict in (None, report.verdict.PRECISION if report.verdict else None)


@pytest.mark.parametrize("name", QUICK)
def test_hard_program_passes(name: str) -> None:
    function, inputs = ALL_PROGRAMS[name]
    for check in (gradcheck, gradgradcheck):
        check(function, inputs(np.random.default_rng(0)), seed=0)


@pytest.mark.exhaustive
def test_hard_programs_pass_for_most_seeds() -> None:
    assert false_alarms(ALL_PROGRAMS, range(10)).total() <= 0.002 * 20 * len(ALL_PROGRAMS)
