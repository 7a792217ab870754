"""Functions of nn.functional agree with PyTorch's: values, first and second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.nn.torch_parity import flattened
from tinygrad_w2v.nn import functional as F

torch = pytest.importorskip("torch")
TF = torch.nn.functional
RNG = np.random.default_rng(0)


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def positive(*shape: int) -> Any:
    return RNG.uniform(0.2, 2.0, shape)


X, SEQUENCE, IMAGE, VOLUME = (
    normal(3, 4),
    normal(2, 4, 7),
    normal(2, 4, 6, 5),
    normal(1, 2, 4, 3, 5),
)
SPATIAL = {1: SEQUENCE, 2: IMAGE, 3: VOLUME}
KERNELS = {1: (3,), 2: (3, 2), 3: (2, 1, 3)}

PLAIN = """
    relu relu6 leaky_relu elu celu selu gelu silu mish hardswish hardsigmoid hardtanh hardshrink
    softshrink tanhshrink softplus softsign sigmoid logsigmoid tanh rrelu
"""
ELEMENTWISE: list[tuple[str, tuple[Any, ...]]] = [
    *[(name, ()) for name in PLAIN.split()],
    *[("leaky_relu", (0.3,)), ("elu", (0.5,)), ("celu", (0.5,))],
    *[("hardtanh", (-0.3, 0.4)), ("hardshrink", (0.2,)), ("softshrink", (0.2,))],
    *[("softplus", (2.0, 1.0)), ("threshold", (0.1, 5.0)), ("rrelu", (0.1, 0.3)), ("glu", ())],
    *[("glu", (1,)), ("softmax", (0,)), ("log_softmax", (1,)), ("softmin", (-1,))],
    *[("prelu", (np.array([0.3]),)), ("prelu", (positive(4),))],
    *[("normalize", ()), ("normalize", (1.0, 0)), ("cosine_similarity", (normal(3, 4),))],
    *[("linear", (normal(5, 4), normal(5))), ("linear", (normal(5, 4),))],
    *[("bilinear", (normal(3, 2), normal(5, 4, 2), normal(5)))],
    *[("layer_norm", ((4,), normal(4), normal(4))), ("layer_norm", ((3, 4),))],
    *[("rms_norm", ((4,), normal(4))), ("rms_norm", ((4,), None, 0.1))],
]


def channelled() -> list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]]:
    """Normalizations and rearrangements: name, input, further arguments, settings."""
    weight, bias, mean, var = normal(4), normal(4), normal(4), positive(4)
    cases: list[Any] = []
    for x in (X, SEQUENCE, IMAGE):
        cases += [
            ("batch_norm", x, (mean, var, weight, bias), {"training": True}),
            ("batch_norm", x, (None, None), {"training": True, "eps": 0.1}),
            ("batch_norm", x, (mean, var, weight, bias), {}),
            ("group_norm", x, (2, weight, bias), {}),
        ]
    for x in (SEQUENCE, IMAGE):
        cases += [
            ("instance_norm", x, (), {"weight": weight, "bias": bias}),
            ("instance_norm", x, (mean, var), {"use_input_stats": False}),
            ("local_response_norm", x, (2,), {"alpha": 0.5}),
            ("local_response_norm", x, (3,), {"beta": 0.5, "k": 2.0}),
        ]
    cases += [
        ("pixel_shuffle", IMAGE, (2,), {}),
        ("pixel_unshuffle", IMAGE[..., :4], (2,), {}),
        ("channel_shuffle", IMAGE, (2,), {}),
        ("unfold", IMAGE, ((2, 3),), {"stride": (2, 1), "padding": 1, "dilation": (2, 1)}),
        ("unfold", IMAGE[0], (2,), {}),
        ("fold", normal(2, 8, 20), ((6, 5), 2), {}),
        ("fold", normal(8, 12), ((6, 5), 2), {"stride": 2, "padding": 1}),
    ]
    for pad, mode in [
        ((1, 2), "constant"),
        ((-1, 2, 0, -2), "constant"),
        ((1, 2, 3, 0), "reflect"),
        ((1, 2, 3, 0), "replicate"),
        ((1, 2, 3, 0), "circular"),
    ]:
        cases.append(("pad", IMAGE, (pad, mode), {"value": 1.5} if mode == "constant" else {}))
    return cases


def convolutions() -> list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]]:
    cases: list[Any] = []
    for axes, x in SPATIAL.items():
        channels, kernel = x.shape[1], KERNELS[axes]
        for settings in (
            {},
            {"stride": 2, "padding": 1},
            {"dilation": 2, "groups": 2, "padding": 2},
            {"padding": "same"},
            {"padding": "valid"},
        ):
            weight = normal(4, channels // settings.get("groups", 1), *kernel)
            cases.append((f"conv{axes}d", x, (weight, normal(4)), settings))
        cases.append((f"conv{axes}d", x[0], (normal(2, channels, *kernel),), {}))
        for settings in (
            {},
            {"stride": 3, "padding": 1, "output_padding": 2},
            {"dilation": 2, "groups": 2},
        ):
            weight = normal(channels, 2, *kernel)
            bias = normal(2 * settings.get("groups", 1))
            cases.append((f"conv_transpose{axes}d", x, (weight, bias), settings))
        cases.append((f"conv_transpose{axes}d", x[0], (normal(channels, 2, *kernel),), {}))
    return cases


def poolings() -> list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]]:
    cases: list[Any] = []
    for axes, x in SPATIAL.items():
        for each in (x, x[0]):
            cases += [(f"{kind}_pool{axes}d", each, (2,), {}) for kind in ("max", "avg")]
        shared = [{"stride": 1, "padding": 1}, {"stride": 2, "ceil_mode": True}]
        cases += [(f"max_pool{axes}d", x, (3,), s) for s in [*shared, {"padding": 1}]]
        cases += [(f"max_pool{axes}d", x, (2,), {"dilation": 2, "stride": 1, "padding": 1})]
        cases += [(f"max_pool{axes}d", x, (3, 2, 1), {"return_indices": True, "ceil_mode": True})]
        cases += [(f"avg_pool{axes}d", x, (3,), {**s, "padding": 1}) for s in shared]
        cases += [(f"avg_pool{axes}d", x, (3, 2, 1), {"count_include_pad": False})]
        if axes > 1:
            cases += [(f"avg_pool{axes}d", x, (2,), {"divisor_override": 3})]
        for size in (1, 2, 3, *([(None,) * axes] if axes > 1 else [])):
            cases.append((f"adaptive_avg_pool{axes}d", x, (size,), {}))
            cases.append((f"adaptive_max_pool{axes}d", x, (size,), {}))
        cases.append((f"adaptive_max_pool{axes}d", x[0], (2, True), {}))
        cases.append((f"lp_pool{axes}d", np.abs(x), (2.0, 2), {"stride": 1}))
        cases.append((f"lp_pool{axes}d", np.abs(x), (3.0, 2), {"ceil_mode": axes < 3}))
    return cases


def resizings() -> list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]]:
    cases: list[Any] = []
    smooth = {1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}
    for axes, x in SPATIAL.items():
        for mode in ("nearest", "nearest-exact", "area", *smooth[axes]):
            aligned = [{}, {"align_corners": True}] if mode in smooth[axes] else [{}]
            for options in aligned:
                cases += [
                    ("interpolate", x, (), {"mode": mode, **how, **options})
                    for how in (
                        {"size": 5},
                        {"scale_factor": 2},
                        {"scale_factor": 0.6},
                        {"scale_factor": 1.7, "recompute_scale_factor": True},
                    )
                ]
    return cases


def samplings() -> list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]]:
    cases: list[Any] = []
    for axes, x in ((2, IMAGE), (3, VOLUME)):
        batch, channels, *sizes = x.shape
        grid = RNG.uniform(-1.4, 1.4, (batch, *sizes[::-1], axes))
        for align in (False, True):
            theta = normal(batch, axes, axes + 1)
            cases.append(("affine_grid", theta, ((batch, channels, *sizes), align), {}))
            cases += [
                ("grid_sample", x, (grid, "bilinear", padding, align), {})
                for padding in ("zeros", "border", "reflection")
            ]
    return cases


EDGES: list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]] = [
    ("prelu", np.array(-1.0), (np.array([0.3]),), {}),
    ("pad", normal(2, 3), ((-1, 3), "replicate"), {}),
    (
        "conv_transpose2d",
        IMAGE,
        (normal(4, 2, 2, 2),),
        {"stride": 1, "dilation": 2, "output_padding": 1},
    ),
    ("max_pool2d_with_indices", IMAGE, (2,), {}),
    ("pdist", normal(4, 3), (), {}),
    ("pdist", normal(4, 3), (1.0,), {}),
]

CASES = [
    *[(name, X, args, {}) for name, args in ELEMENTWISE],
    *channelled(),
    *convolutions(),
    *poolings(),
    *resizings(),
    *samplings(),
    *EDGES,
]


def called(function: Any, x: Any, args: Any, settings: Any, leaf: Any) -> tuple[list[Any], Any]:
    """Return the leaves and the result of a call with arrays as leaves; running ones without."""
    is_running = "norm" in function.__name__ and len(args) > 1 and args[0] is not None
    running = args[:2] if is_running and function.__name__[:5] in ("batch", "insta") else ()
    made: dict[int, Any] = {}

    def of(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        constant = any(value is each for each in running)
        made[id(value)] = leaf(value.copy(), requires_grad=not constant)
        return made[id(value)]

    result = function(of(x), *map(of, args), **{k: of(v) for k, v in settings.items()})
    return [t for t in made.values() if t.requires_grad], result


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[3]}")
def test_values_and_derivatives_are_pytorchs(case: Any) -> None:
    name, x, args, settings = case
    ours, result = called(getattr(F, name), x, args, settings, tg.tensor)
    theirs, expected = called(getattr(TF, name), x, args, settings, torch.tensor)
    pairs = list(zip(flattened(result), flattened(expected), strict=True))
    for mine, other in pairs:
        close(mine, other)
    mine, other = pairs[0]
    cotangent = RNG.normal(size=mine.shape)
    ours.append(tg.tensor(cotangent, requires_grad=True))
    theirs.append(torch.tensor(cotangent, requires_grad=True))
    gradients = tg.grad((mine * ours[-1]).sum(), ours, create_graph=True)
    others = torch.autograd.grad((other * theirs[-1]).sum(), theirs, create_graph=True)
    for a, b in zip(gradients, others, strict=True):
        close(a, b)
    if name in ("hardsigmoid", "pdist"):
        return  # PyTorch has no second derivative
    second = tg.grad(sum((a * a).sum() for a in gradients), ours)
    seconds = torch.autograd.grad(sum((b * b).sum() for b in others), theirs)
    for a, b in zip(second, seconds, strict=True):
        close(a, b)


def close(mine: Any, other: Any) -> None:
    np.testing.assert_allclose(
        mine.detach().numpy(), other.detach().numpy(), rtol=1e-7, atol=1e-9, equal_nan=True
    )
