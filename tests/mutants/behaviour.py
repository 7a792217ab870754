"""Mistakes in behaviour: state, mutation, aliasing, dtypes, counts, memory layout, names."""

from __future__ import annotations

# fmt: off  (one row per mutant)
import itertools
from typing import Any

import numpy as np

from tests.mutants.catalogue import fixed, mutant, values
from tinygrad_w2v.testing import Verdict

ONE = values((3, 4))
TWO = values((3, 4), (3, 4))
POSITIVE = values((3, 4), low=0.3, high=3.0)

# --- mutation ------------------------------------------------------------------------------------


def negate_in_place(x: Any) -> Any:
    x *= -1
    return x.copy()


def sorted_rows(weight: Any, indices: Any) -> Any:
    indices.sort()
    return weight[indices]


def scale_in_place(g: Any) -> Any:
    g *= 2
    return g


def reuse_input(g: Any, x: Any) -> Any:
    x *= 2 * g
    return x.copy()


def reuse_output(g: Any, out: Any) -> Any:
    return np.multiply(g, out, out=out).copy()


mutant(
    "mutates_input",
    "the forward writes into its input",
    Verdict.MUTATES_INPUT,
    negate_in_place,
    samples=ONE,
    order=1,
    x=lambda g: -g,
)
mutant(
    "mutates_indices",
    "the forward sorts the indices in place",
    Verdict.MUTATES_INPUT,
    sorted_rows,
    samples=fixed(np.arange(6.0).reshape(3, 2), [2, 0, 1]),
    order=1,
    weight=lambda g: g * 1,
)
mutant(
    "mutates_g",
    "the rule scales the incoming gradient in place",
    Verdict.MUTATES_INPUT,
    lambda x: 2 * x,
    samples=ONE,
    order=1,
    x=scale_in_place,
)
mutant(
    "mutates_saved_input",
    "the rule writes into the saved input",
    Verdict.MUTATES_INPUT,
    lambda x: x * x,
    samples=ONE,
    order=1,
    x=reuse_input,
)
mutant(
    "mutates_out",
    "the rule writes into the saved result",
    Verdict.MUTATES_INPUT,
    lambda x: np.exp(x),
    samples=ONE,
    order=1,
    x=reuse_output,
)

# --- aliases -------------------------------------------------------------------------------------

mutant(
    "returns_input",
    "the gradient is the saved input itself (as if g were 1)",
    Verdict.ALIASED,
    lambda x: 0.5 * x * x,
    samples=ONE,
    order=1,
    x=lambda g, x: x,
)
mutant(
    "returns_out",
    "the gradient is the saved result itself (as if g were 1)",
    Verdict.ALIASED,
    lambda x: np.exp(x),
    samples=ONE,
    order=1,
    x=lambda g, out: out,
)

# --- state ---------------------------------------------------------------------------------------

LAST: dict[str, Any] = {}
STACK: list[Any] = []
KEPT: dict[int, Any] = {}
COUNTER = itertools.count()
GENERATOR = np.random.default_rng(0)


def remembering_square(x: Any) -> Any:
    LAST["x"] = x
    return x * x


def stacking_sine(x: Any) -> Any:
    STACK.append(x)
    return np.sin(x)


def smuggling_square(x: Any) -> Any:
    out = np.asarray(x * x)
    if len(KEPT) > 5000:
        del KEPT[next(iter(KEPT))]
    KEPT[id(out)] = (x, out)  # with the result, so that its id is not reused
    return out


def smuggled(g: Any, out: Any) -> Any:
    return 2 * g * KEPT[id(out)][0]


BUFFERS: dict[tuple[int, ...], Any] = {}


def in_one_buffer(g: Any, x: Any) -> Any:
    buffer = BUFFERS.setdefault(x.shape, np.empty(x.shape))
    return np.multiply(2 * g, x, out=buffer)


mutant(
    "keeps_last_input",
    "the rule uses the last call's input",
    Verdict.NOT_DETERMINISTIC,
    remembering_square,
    samples=ONE,
    order=1,
    x=lambda g: 2 * g * LAST["x"],
)
mutant(
    "keeps_stack",
    "forward pushes, backward pops",
    Verdict.NOT_DETERMINISTIC,
    stacking_sine,
    samples=ONE,
    order=1,
    x=lambda g: g * np.cos(STACK.pop()),
)
mutant(
    "one_buffer",
    "all gradients are written into one buffer",
    Verdict.ALIASED,
    lambda x: x * x,
    samples=ONE,
    order=1,
    x=in_one_buffer,
)
mutant(
    "counts_forward",
    "each forward call differs a little",
    Verdict.NOT_DETERMINISTIC,
    lambda x: x * (1 + 1e-6 * next(COUNTER)),
    samples=ONE,
    order=1,
    x=lambda g: g * 1,
)
mutant(
    "counts_backward",
    "every other backward call is doubled",
    Verdict.NOT_DETERMINISTIC,
    lambda x: np.sin(x),
    samples=ONE,
    order=1,
    x=lambda g, x: g * np.cos(x) * (1 + next(COUNTER) % 2),
)
mutant(
    "dropout_inside",
    "random numbers are drawn inside the forward",
    Verdict.NOT_DETERMINISTIC,
    lambda x: x * (GENERATOR.random(x.shape) < 0.5),
    samples=ONE,
    order=1,
    x=lambda g: g * 0.5,
)
mutant(
    "dropout_backward",
    "the rule draws another mask",
    Verdict.NOT_DETERMINISTIC,
    lambda x: x * 1,
    samples=ONE,
    order=1,
    x=lambda g: g * (GENERATOR.random(g.shape) < 0.5),
)

# --- shape, dtype, count -------------------------------------------------------------------------

mutant(
    "float32_rule",
    "the rule computes in float32",
    Verdict.WRONG_CONTRACT,
    lambda x: np.tanh(x),
    samples=ONE,
    order=1,
    x=lambda g, out: (g * (1 - out * out)).astype(np.float32),
)
mutant(
    "integer_rule",
    "the rule returns integers",
    Verdict.WRONG_CONTRACT,
    lambda x: np.tanh(x),
    samples=ONE,
    order=1,
    x=lambda g: np.ones(g.shape, dtype=int),
)
mutant(
    "float32_forward",
    "float32 out for float64 in",
    Verdict.WRONG_CONTRACT,
    lambda x: np.sin(x).astype(np.float32),
    samples=ONE,
    order=1,
    x=lambda g, x: g * np.cos(x),
)
mutant(
    "float64_forward",
    "a float64 array turns float32 into float64",
    Verdict.WRONG_CONTRACT,
    lambda x: x * np.full(x.shape, 2.0),
    samples=ONE,
    order=1,
    x=lambda g: g * 2,
)
mutant(
    "float64_rule",
    "a float64 array in the rule only",
    Verdict.WRONG_CONTRACT,
    lambda x: x * 2,
    samples=ONE,
    order=1,
    x=lambda g: g * np.full(g.shape, 2.0),
)
mutant(
    "one_of_two",
    "a joint rule returns one gradient for two inputs",
    Verdict.WRONG_CONTRACT,
    lambda a, b: a * b,
    samples=TWO,
    joint=("a", "b"),
    rule=lambda g, b: g * b,
)
mutant(
    "three_of_two",
    "a joint rule returns one gradient too many",
    Verdict.WRONG_CONTRACT,
    lambda a, b: a * b,
    samples=TWO,
    joint=("a", "b"),
    rule=lambda g, a, b: (g * b, g * a, None),
)
mutant(
    "none",
    "the rule forgets to return",
    Verdict.WRONG_CONTRACT,
    lambda x: x * x,
    samples=ONE,
    x=lambda g, x: None,
)
mutant(
    "no_samples",
    "an op without samples",
    Verdict.WRONG_CONTRACT,
    lambda x: x * x,
    samples=lambda rng: [],
    x=lambda g, x: 2 * g * x,
)

# --- memory and names ----------------------------------------------------------------------------


def in_memory_order(g: Any, x: Any) -> Any:
    return (2 * g.ravel(order="K") * x.ravel(order="K")).reshape(x.shape)


mutant(
    "memory_order",
    "wrong for arrays that are not contiguous",
    Verdict.WRONG_RULE,
    lambda x: x * x,
    samples=ONE,
    order=1,
    x=in_memory_order,
)
mutant(
    "smuggles_input",
    "the rule reads an input that it does not name",
    Verdict.WRONG_RULE,
    smuggling_square,
    samples=ONE,
    order=1,
    x=smuggled,
)
mutant(
    "fails_on_single_value",
    "the rule expects at least one axis",
    Verdict.WRONG_RULE,
    lambda x: x * x,
    samples=ONE,
    order=1,
    x=lambda g, x: 2 * g[:] * x[:],
)
