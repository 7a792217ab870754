"""Elementwise ops."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.ops.torch_cases.case import TIES, ZEROS, Case, X, inside, normal, positive, unary
from tinygrad_w2v.nn import functional as F

torch = pytest.importorskip("torch")
TF = torch.nn.functional

ELEMENTWISE = [
    unary("exp"),
    unary("exp2"),
    unary("expm1"),
    unary("log", make=positive),
    unary("log1p", make=positive),
    unary("log2", make=positive),
    unary("log10", make=positive),
    unary("sin"),
    unary("cos"),
    unary("tan", make=inside),
    unary("arcsin", make=inside),
    unary("arccos", make=inside),
    unary("arctan"),
    unary("sinh"),
    unary("cosh"),
    unary("tanh"),
    unary("arcsinh"),
    unary("arctanh", make=inside),
    unary("erf"),
    unary("negative"),
    Case("arccosh", F.acosh, torch.acosh, (1 + positive(3, 4),)),
    unary("absolute"),
    unary("square"),
    unary("sqrt", make=positive),
    unary("rsqrt", make=positive),
    unary("reciprocal", make=positive),
    unary("sign"),
    unary("floor"),
    unary("ceil"),
    unary("trunc"),
    unary("round"),
    unary("rint", "round"),
    unary("sigmoid"),
    unary("softplus"),
    unary("logsigmoid"),
    unary("silu"),
    unary("mish"),
    unary("softsign"),
    unary("hardswish"),
    unary("relu"),
    unary("leaky_relu"),
    unary("hardtanh"),
    unary("elu"),
    unary("gelu"),
    unary("isnan"),
    unary("isinf"),
    unary("isfinite"),
    Case(
        "gelu",
        lambda x: F.gelu(x, approximate="tanh"),
        lambda x: TF.gelu(x, approximate="tanh"),
        (X,),
    ),
    Case("softplus", lambda x: F.softplus(x, beta=2.0), lambda x: TF.softplus(x, beta=2.0), (X,)),
    Case("elu", lambda x: F.elu(x, alpha=0.5), lambda x: TF.elu(x, alpha=0.5), (X,)),
    Case("absolute", F.abs, torch.abs, (TIES,)),
    Case("relu", F.relu, torch.relu, (TIES,)),
    Case("hardtanh", F.hardtanh, TF.hardtanh, (np.array([-1.0, 1.0, 0.5, 2.0]),)),
    Case("clamp", lambda x: F.clamp(x, -1.0, 3.0), lambda x: torch.clamp(x, -1.0, 3.0), (TIES,)),
    Case("clamp", lambda x: x.clamp(min=0.5), lambda x: x.clamp(min=0.5), (TIES,)),
    Case("leaky_relu", F.leaky_relu, TF.leaky_relu, (TIES,)),
    Case("astype", lambda x: x.double(), lambda x: x.double(), (X,)),
    Case("cbrt", tg.get_op("cbrt"), lambda x: x ** (1 / 3), (positive(3),)),
    Case("power", lambda x: x**3, lambda x: x**3, (ZEROS,)),
    Case("power", lambda x: x**0, lambda x: x**0, (ZEROS,)),
    Case("power", lambda x: x**1, lambda x: x**1, (ZEROS,)),
    Case("power", lambda x: 2**x, lambda x: 2**x, (ZEROS,)),
    Case("power", lambda x: 0.0**x, lambda x: 0.0**x, (positive(3),)),
    Case(
        "power",
        lambda a, b: a**b,
        lambda a, b: a**b,
        (np.array([0.0, 2.0, 0.0]), np.array([0.0, 1.5, 2.0])),
    ),
    Case("subtract", lambda x: 1 - x, lambda x: 1 - x, (X,)),
    Case("divide", lambda x: 2 / x, lambda x: 2 / x, (positive(3),)),
    *[
        Case(name, tg.get_op(name), getattr(torch, name), (positive(3, 4), positive(4)))
        for name in (
            "add",
            "subtract",
            "multiply",
            "divide",
            "maximum",
            "minimum",
            "arctan2",
            "hypot",
            "logaddexp",
            "remainder",
            "fmod",
            "greater",
            "greater_equal",
            "less",
            "less_equal",
            "not_equal",
        )
    ],
    Case("floor_divide", lambda a: a.detach() // 0.3, lambda a: a.detach() // 0.3, (X,)),
    Case("power", F.pow, torch.pow, (positive(3, 4), normal(4))),
    Case("equal", lambda a, b: a == b, lambda a, b: a == b, (TIES, TIES[:1])),
    Case("maximum", F.maximum, torch.maximum, (TIES, TIES[1])),
    Case("minimum", F.minimum, torch.minimum, (TIES, TIES[1])),
    *[
        Case(
            name,
            lambda a, b, name=name: tg.get_op(name)(a > 0, b > 0),
            lambda a, b, name=name: getattr(torch, name)(a > 0, b > 0),
            (X, normal(3, 4)),
        )
        for name in (
            "logical_and",
            "logical_or",
            "logical_xor",
            "bitwise_and",
            "bitwise_or",
            "bitwise_xor",
        )
    ],
    Case(
        "logical_not",
        lambda x: tg.get_op("logical_not")(x > 0),
        lambda x: torch.logical_not(x > 0),
        (X,),
    ),
    Case("invert", lambda x: ~(x > 0), lambda x: ~(x > 0), (X,)),
    Case(
        "where",
        lambda a, b: F.where(a > b, a, b * 2),
        lambda a, b: torch.where(a > b, a, b * 2),
        (X, normal(4)),
    ),
    Case("add multiply subtract", F.lerp, torch.lerp, (X, normal(4), positive(3, 1))),
]
