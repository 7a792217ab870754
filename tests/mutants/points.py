"""Ops that fail at some points only: kinks, NaN, lost digits."""

from __future__ import annotations

# fmt: off  (one row per mutant)
import numpy as np

from tests.mutants.catalogue import fixed, mutant, values
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.ops import sigmoid
from tinygrad_w2v.testing import Verdict

ONE = values((3, 4))
TWO = values((3, 4), (3, 4))
POSITIVE = values((3, 4), low=0.3, high=3.0)

mutant(
    "relu_at_zero",
    "a sample at the kink itself",
    Verdict.KINK,
    lambda x: np.maximum(x, 0),
    samples=fixed([-1.0, 0.0, 2.0]),
    x=lambda g, x: g * (x > 0),
)
mutant(
    "maximum_tie",
    "a sample with a tie",
    Verdict.KINK,
    lambda a, b: np.maximum(a, b),
    samples=fixed([1.0, 2.0], [0.0, 2.0]),
    a=lambda g, a, b: g * (a >= b),
    b=lambda g, a, b: g * (b > a),
)
mutant(
    "floor_at_integer",
    "a sample at a jump",
    Verdict.KINK,
    lambda x: np.floor(x),
    samples=fixed([0.5, 1.0]),
    order=1,
    x=lambda g: g * 0,
)
mutant(
    "square_nan_at_zero",
    "2·x²/x is NaN at 0",
    Verdict.UNDEFINED,
    lambda x: x * x,
    samples=ONE,
    x=lambda g, x, out: 2 * g * out / x,
)
mutant(
    "sinc_nan_at_zero",
    "the forward guards against 0, the rule does not",
    Verdict.UNDEFINED,
    lambda x: np.sinc(x),
    samples=ONE,
    order=1,
    x=lambda g, x: g * (np.cos(np.pi * x) - np.sinc(x)) / x,
)
mutant(
    "sigmoid_overflow",
    "exp overflows: NaN for large inputs",
    Verdict.UNDEFINED,
    lambda x: sigmoid(x),
    samples=ONE,
    x=lambda g, x: g * np.exp(-x) / np.square(1 + np.exp(-x)),
)
mutant(
    "log_outside_domain",
    "a sample outside the domain",
    Verdict.UNDEFINED,
    lambda x: np.log(x),
    samples=fixed([-1.0, 2.0]),
    x=lambda g, x: g / x,
)
mutant(
    "half_precision",
    "the forward rounds to float16 inside",
    Verdict.PRECISION,
    lambda x: np.sin(x.astype(np.float16)).astype(x.dtype),
    samples=ONE,
    order=1,
    x=lambda g, x: g * np.cos(x),
)
mutant(
    "large_offset",
    "a large offset loses the digits",
    Verdict.PRECISION,
    lambda x: x + 1e14,
    samples=ONE,
    x=lambda g: g * 1,
)


def naive_variance(rng: np.random.Generator) -> list[Sample]:
    return [Sample(2000 + rng.normal(size=20))]


mutant(
    "cancelling_variance",
    "E[x²] − E[x]² cancels in float32",
    Verdict.PRECISION,
    lambda x: np.mean(x * x) - np.square(np.mean(x)),
    samples=naive_variance,
    order=1,
    x=lambda g, x: 2 * g * (x - x.mean()) / x.dtype.type(x.size),
)
