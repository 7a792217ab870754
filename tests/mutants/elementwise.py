"""Slips in elementwise rules: signs, factors, branches, scales."""

from __future__ import annotations

# fmt: off  (one row per mutant)
import numpy as np

from tests.mutants.catalogue import mutant, values
from tinygrad_w2v.ops import sigmoid, softplus
from tinygrad_w2v.testing import Verdict

WRONG = Verdict.WRONG_RULE
ONE = values((3, 4))
POSITIVE = values((3, 4), low=0.3, high=3.0)
TWO = values((3, 4), (3, 4))
TWO_POSITIVE = values((3, 4), (3, 4), low=0.3, high=2.0)


def tanh_slope(x):
    return 1 - np.tanh(x) * np.tanh(x)


# --- signs and factors ---------------------------------------------------------------------------

mutant(
    "cos_sign",
    "the minus of the cosine's derivative is missing",
    WRONG,
    lambda x: np.cos(x),
    samples=ONE,
    x=lambda g, x: g * np.sin(x),
)
mutant(
    "square_factor",
    "the 2 of 2x is missing",
    WRONG,
    lambda x: x * x,
    samples=ONE,
    x=lambda g, x: g * x,
)
mutant(
    "exp_twice",
    "an extra factor of 2",
    WRONG,
    lambda x: np.exp(x),
    samples=ONE,
    x=lambda g, out: 2 * g * out,
)
mutant(
    "tanh_permille",
    "wrong by 0.1 %",
    WRONG,
    lambda x: np.tanh(x),
    samples=ONE,
    x=lambda g, out: 1.001 * g * (1 - out * out),
)
mutant(
    "exp_ten_ppm",
    "wrong by 0.001 %",
    WRONG,
    lambda x: np.exp(x),
    samples=ONE,
    x=lambda g, out: 1.00001 * g * out,
)
mutant(
    "subtract_sign",
    "the second operand's sign",
    WRONG,
    lambda a, b: a - b,
    samples=TWO,
    a=lambda g: g * 1,
    b=lambda g: g * 1,
)
mutant(
    "divide_sign",
    "the denominator's sign",
    WRONG,
    lambda a, b: a / b,
    samples=TWO_POSITIVE,
    a=lambda g, b: g / b,
    b=lambda g, a, b: g * a / (b * b),
)
mutant(
    "divide_square",
    "the denominator is not squared",
    WRONG,
    lambda a, b: a / b,
    samples=TWO_POSITIVE,
    a=lambda g, b: g / b,
    b=lambda g, a, b: -g * a / b,
)

# --- the incoming gradient -----------------------------------------------------------------------

mutant(
    "exp_ignores_g",
    "the rule ignores the incoming gradient",
    WRONG,
    lambda x: np.exp(x),
    samples=ONE,
    x=lambda g, out: out * 1.0,
)
mutant(
    "tanh_g_twice",
    "the incoming gradient enters squared",
    WRONG,
    lambda x: np.tanh(x),
    samples=ONE,
    x=lambda g, out: g * g * (1 - out * out),
)
mutant(
    "tanh_zero",
    "the gradient is dropped: zeros",
    WRONG,
    lambda x: np.tanh(x),
    samples=ONE,
    x=lambda g: np.zeros_like(g),
)
mutant(
    "log_sign_of_g",
    "only the sign of the incoming gradient is used",
    WRONG,
    lambda x: np.log(x),
    samples=POSITIVE,
    x=lambda g, x: np.sign(g) / x,
)
mutant(
    "scale_detached",
    "a small gradient is treated as zero (true value 1e-7)",
    WRONG,
    lambda x: 1 + 1e-7 * x,
    samples=ONE,
    x=lambda g: g * 0.0,
)
mutant(
    "multiply_half",
    "only one of the two operands' rules is right",
    WRONG,
    lambda a, b: a * b,
    samples=TWO,
    a=lambda g, b: g * b,
    b=lambda g, b: g * b,
)

# --- the wrong variable --------------------------------------------------------------------------

mutant(
    "sigmoid_of_x",
    "x instead of the output",
    WRONG,
    lambda x: sigmoid(x),
    samples=ONE,
    x=lambda g, x: g * x * (1 - x),
)
mutant(
    "sigmoid_plus",
    "s(1 + s) for s(1 − s)",
    WRONG,
    lambda x: sigmoid(x),
    samples=ONE,
    x=lambda g, out: g * out * (1 + out),
)
mutant(
    "cube_at_one",
    "3x for 3x²: right at 1, wrong elsewhere",
    WRONG,
    lambda x: x * x * x,
    samples=ONE,
    x=lambda g, x: 3 * g * x,
)
mutant(
    "exp_at_zero",
    "1 + x for exp(x): right near 0 only",
    WRONG,
    lambda x: np.exp(x),
    samples=ONE,
    x=lambda g, x: g * (1 + x),
)
mutant(
    "softplus_slope",
    "tanh for the logistic function",
    WRONG,
    lambda x: softplus(x),
    samples=ONE,
    x=lambda g, x: g * np.tanh(x),
)
mutant(
    "power_exponent",
    "aᵇ for aᵇ⁻¹",
    WRONG,
    lambda a, b: a**b,
    samples=TWO_POSITIVE,
    a=lambda g, b, out: g * b * out,
    b=lambda g, a, out: g * out * np.log(a),
)
mutant(
    "power_without_log",
    "the exponent's gradient without the logarithm",
    WRONG,
    lambda a, b: a**b,
    samples=TWO_POSITIVE,
    a=lambda g, a, b: g * b * a ** (b - 1),
    b=lambda g, out: g * out,
)
mutant(
    "hypot_unscaled",
    "the division by the hypotenuse is missing",
    WRONG,
    lambda a, b: np.sqrt(a * a + b * b),
    samples=TWO_POSITIVE,
    a=lambda g, a: g * a,
    b=lambda g, b: g * b,
)
mutant(
    "logaddexp_swapped",
    "the two softmax weights are swapped",
    WRONG,
    lambda a, b: np.log(np.exp(a) + np.exp(b)),
    samples=TWO,
    a=lambda g, a, b: g * sigmoid(b - a),
    b=lambda g, a, b: g * sigmoid(a - b),
)
mutant(
    "gelu_constant",
    "a digit of 0.044715 is lost",
    WRONG,
    lambda x: 0.5 * x * (1 + np.tanh(0.79788456 * (x + 0.044715 * x * x * x))),
    samples=ONE,
    x=lambda g, x: (
        g
        * (
            0.5 * (1 + np.tanh(0.79788456 * (x + 0.044715 * x * x * x)))
            + 0.5
            * x
            * tanh_slope(0.79788456 * (x + 0.044715 * x * x * x))
            * 0.79788456
            * (1 + 3 * 0.04715 * x * x)
        )
    ),
)
mutant(
    "gelu_without_product",
    "the product rule's second term is missing",
    WRONG,
    lambda x: 0.5 * x * (1 + np.tanh(0.8 * x)),
    samples=ONE,
    x=lambda g, x: g * 0.5 * (1 + np.tanh(0.8 * x)),
)

# --- branches ------------------------------------------------------------------------------------

mutant(
    "absolute_one_side",
    "|x| treated as x: wrong for negative values",
    WRONG,
    lambda x: np.abs(x),
    samples=ONE,
    x=lambda g: g * 1,
)
mutant(
    "leaky_relu_slope",
    "the negative side's slope is forgotten",
    WRONG,
    lambda x: np.where(x > 0, x, 0.01 * x),
    samples=ONE,
    x=lambda g, x: g * (x > 0),
)
mutant(
    "clip_outside",
    "the gradient passes outside the clipped range",
    WRONG,
    lambda x: np.minimum(np.maximum(x, -0.7), 0.7),
    samples=ONE,
    x=lambda g: g * 1,
)
mutant(
    "maximum_both",
    "both operands get the gradient",
    WRONG,
    lambda a, b: np.maximum(a, b),
    samples=TWO,
    a=lambda g: g * 1,
    b=lambda g: g * 1,
)
mutant(
    "minimum_reversed",
    "the mask of the larger operand",
    WRONG,
    lambda a, b: np.minimum(a, b),
    samples=TWO,
    a=lambda g, a, b: g * (a > b),
    b=lambda g, a, b: g * (b > a),
)
mutant(
    "huber_linear_part",
    "the gradient is not capped in the linear part",
    WRONG,
    lambda x: np.where(np.abs(x) < 1, 0.5 * x * x, np.abs(x) - 0.5),
    samples=ONE,
    x=lambda g, x: g * x,
)
mutant(
    "round_straight_through",
    "a straight-through gradient instead of the derivative",
    WRONG,
    lambda x: np.round(x),
    samples=values((3, 4), low=0.1, high=0.4),
    x=lambda g: g * 1,
)
mutant(
    "relu_one_element",
    "one element of an array of 2000 is wrong by 1 %",
    WRONG,
    lambda x: np.sin(x),
    samples=values((2000,)),
    order=1,
    x=lambda g, x: g * np.cos(x) * np.where(np.arange(len(x)) == 1234, 1.01, 1),
)

# --- scale ---------------------------------------------------------------------------------------

mutant(
    "tanh_small_scale",
    "values below 1e-6 are treated as zero",
    WRONG,
    lambda x: np.tanh(x),
    samples=ONE,
    x=lambda g, x: g * np.where(np.abs(x) < 1e-6, 0.0, tanh_slope(x)),
)
mutant(
    "square_large_scale",
    "a gradient clip was left in: wrong above 1e6",
    WRONG,
    lambda x: x * x,
    samples=ONE,
    x=lambda g, x: g * np.clip(2 * np.asarray(x), -1e6, 1e6),
    order=1,
)
mutant(
    "log_epsilon",
    "an epsilon in the denominator that the forward lacks",
    WRONG,
    lambda x: np.log(x),
    samples=POSITIVE,
    x=lambda g, x: g / (x + 1e-7),
)
mutant(
    "sqrt_epsilon",
    "an epsilon against division by zero: wrong for small values",
    WRONG,
    lambda x: np.sqrt(x),
    samples=POSITIVE,
    x=lambda g, out: g / (2 * out + 1e-9),
)
mutant(
    "softplus_threshold",
    "slope 1 above 20: also where the forward has no threshold",
    WRONG,
    lambda x: np.log1p(x * x),
    samples=ONE,
    x=lambda g, x: g * np.where(np.abs(x) > 1e4, 0.0, 2 * x / (1 + x * x)),
)
