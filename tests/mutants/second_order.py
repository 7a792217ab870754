"""Elementwise ops with a correct rule that cannot be differentiated again."""

from __future__ import annotations

# fmt: off  (one row per mutant)
import numpy as np

from tests.mutants.catalogue import mutant, values
from tinygrad_w2v.testing import Verdict

WRONG = Verdict.WRONG_RULE
ONE = values((3, 4))
POSITIVE = values((3, 4), low=0.3, high=3.0)
TWO = values((3, 4), (3, 4))
TWO_POSITIVE = values((3, 4), (3, 4), low=0.3, high=2.0)


def tanh_slope(x):
    return 1 - np.tanh(x) * np.tanh(x)


mutant(
    "exp_second_order",
    "the output leaves the graph: no second derivative",
    WRONG,
    lambda x: np.exp(x),
    samples=ONE,
    x=lambda g, out: g * np.asarray(out),
)
mutant(
    "cube_second_order",
    "half of the input's uses leave the graph",
    WRONG,
    lambda x: x * x * x,
    samples=ONE,
    x=lambda g, x: 3 * g * x * np.asarray(x),
)
mutant(
    "square_g_detached",
    "g leaves the graph: the derivative by g is lost",
    WRONG,
    lambda x: x * x,
    samples=ONE,
    x=lambda g, x: 2 * np.asarray(g) * x,
)
mutant(
    "sin_other_when_traced",
    "with create_graph the rule computes something else",
    WRONG,
    lambda x: np.sin(x),
    samples=ONE,
    x=lambda g, x: g * np.cos(x) * (1.0 if isinstance(x, np.ndarray) else 1.01),
)
mutant(
    "tanh_not_numpy",
    "a plain-array function in a rule that states no order",
    WRONG,
    lambda x: np.tanh(x),
    samples=ONE,
    x=lambda g, out: g * (1 - out * out + 0 * np.spacing(out)),
)
