"""Layers agree with PyTorch's: constructor, printed form, state, outputs, gradients, buffers."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.nn.torch_parity import assert_close, assert_layers_agree, normal
from tinygrad_w2v import nn

torch = pytest.importorskip("torch")

X, SEQUENCE, IMAGE, VOLUME = (
    normal(3, 4),
    normal(2, 4, 7),
    normal(2, 4, 6, 5),
    normal(1, 2, 4, 3, 5),
)
SPATIAL = {1: SEQUENCE, 2: IMAGE, 3: VOLUME}

PLAIN = """
    ReLU ReLU6 LeakyReLU PReLU Hardtanh Hardswish Hardshrink Softshrink ELU CELU SELU GELU SiLU Mish
    Sigmoid LogSigmoid Tanh Tanhshrink Softsign Softplus GLU Identity Flatten
"""
# Name, arguments, settings, input.
LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any], Any]] = [
    *[(name, (), {}, X) for name in PLAIN.split()],
    *[(name, (1,), {}, X) for name in ("Softmax", "LogSoftmax", "Softmin")],
    ("RReLU", (0.1, 0.3), {}, X),
    ("LeakyReLU", (0.3,), {"inplace": False}, X),
    ("Threshold", (0.1, 5.0), {}, X),
    ("Hardtanh", (-0.5, 0.25), {}, X),
    ("ELU", (0.5,), {}, X),
    ("GELU", ("tanh",), {}, X),
    ("Softplus", (2.0, 1.0), {}, X),
    ("PReLU", (4,), {"init": 0.1}, IMAGE),
    ("Softmax2d", (), {}, IMAGE),
    ("GLU", (0,), {}, normal(4, 3)),
    ("Linear", (4, 3), {}, X),
    ("Linear", (4, 3), {"bias": False}, SEQUENCE.swapaxes(1, 2)),
    ("Flatten", (1, 2), {}, IMAGE),
    ("Unflatten", (1, (2, 2)), {}, IMAGE),
    ("LayerNorm", (4,), {}, X),
    ("LayerNorm", ((3, 4),), {"elementwise_affine": False}, X),
    ("LayerNorm", (4, 0.1), {"bias": False}, X),
    ("RMSNorm", (4,), {}, X),
    ("RMSNorm", ((3, 4), 0.1, False), {}, X),
    ("GroupNorm", (2, 4), {}, IMAGE),
    ("GroupNorm", (4, 4, 0.1, False), {}, SEQUENCE),
    ("LocalResponseNorm", (2,), {"alpha": 0.1}, IMAGE),
    *[(f"BatchNorm{n}d", (x.shape[1],), {}, x) for n, x in SPATIAL.items()],
    ("BatchNorm1d", (4, 0.1, None), {}, X),
    ("BatchNorm1d", (4,), {"affine": False, "momentum": 0.5}, X),
    ("BatchNorm2d", (4,), {"track_running_stats": False}, IMAGE),
    *[(f"InstanceNorm{n}d", (x.shape[1],), {}, x) for n, x in SPATIAL.items()],
    ("InstanceNorm1d", (4,), {"affine": True}, SEQUENCE[0]),
    ("InstanceNorm2d", (4,), {"affine": True, "track_running_stats": True}, IMAGE),
    *[(f"Dropout{n}", (0.0,), {}, IMAGE) for n in ("", "2d", "3d")],
    *[(name, (0.0,), {}, IMAGE) for name in ("AlphaDropout", "FeatureAlphaDropout")],
    ("Dropout1d", (0.0,), {}, SEQUENCE),
    *[
        (f"Conv{n}d", (x.shape[1], 4, 3), settings, x)
        for n, x in SPATIAL.items()
        for settings in (
            {},
            {"stride": 2, "padding": 1, "bias": False},
            {"padding": "same", "dilation": 2},
            {"padding": 2, "groups": 2},
            {"padding": 1, "padding_mode": "reflect"},
            {"padding": "same", "padding_mode": "circular"},
            {"padding": "valid", "padding_mode": "replicate"},
        )
        if not (n == 3 and settings in ({}, {"padding": "valid", "padding_mode": "replicate"}))
    ],
    ("Conv2d", (4, 2, (3, 2), (2, 1)), {"padding": (0, 1)}, IMAGE[0]),
    *[
        (f"ConvTranspose{n}d", (x.shape[1], 4, 3), settings, x)
        for n, x in SPATIAL.items()
        for settings in (
            {},
            {"stride": 2, "padding": 1, "output_padding": 1, "bias": False},
            {"dilation": 2, "groups": 2},
        )
    ],
    *[
        (f"{kind}Pool{n}d", (2,), settings, x)
        for n, x in SPATIAL.items()
        for kind in ("Max", "Avg")
        for settings in ({}, {"stride": 1, "padding": 1}, {"ceil_mode": True})
    ],
    ("MaxPool2d", (2,), {"dilation": 2, "return_indices": True}, IMAGE),
    ("AvgPool2d", ((3, 2),), {"padding": 1, "count_include_pad": False}, IMAGE),
    ("AvgPool2d", (3,), {"divisor_override": 2}, IMAGE),
    *[(f"LPPool{n}d", (2, 2), {}, np.abs(x)) for n, x in SPATIAL.items()],
    *[
        (f"Adaptive{kind}Pool{n}d", (2,), {}, x)
        for n, x in SPATIAL.items()
        for kind in ("Max", "Avg")
    ],
    ("AdaptiveAvgPool2d", ((None, 3),), {}, IMAGE),
    ("FractionalMaxPool2d", (2,), {"output_size": (5, 4)}, IMAGE),  # the windows fit in one way
    ("AdaptiveMaxPool2d", ((3, 1), True), {}, IMAGE),
    *[
        (f"{kind}Pad{n}d", (1, *([2.5] if kind == "Constant" else [])), {}, x)
        for n, x in SPATIAL.items()
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
    ],
    ("ConstantPad2d", ((1, -2, 0, 3), 1.5), {}, IMAGE),
    ("Upsample", (), {"scale_factor": 2}, IMAGE),
    ("Upsample", ((3, 9),), {"mode": "bilinear", "align_corners": True}, IMAGE),
    ("UpsamplingNearest2d", (), {"scale_factor": 2}, IMAGE),
    ("UpsamplingBilinear2d", ((5, 3),), {}, IMAGE),
    ("PixelShuffle", (2,), {}, IMAGE),
    ("PixelUnshuffle", (2,), {}, IMAGE[..., :4]),
    ("ChannelShuffle", (2,), {}, IMAGE),
    ("Unfold", ((2, 3),), {"stride": 2}, IMAGE),
    ("Fold", ((6, 5), 2), {}, normal(2, 8, 20)),
]
IDS = [f"{name}-{args}-{settings}" for name, args, settings, _ in LAYERS]


def pair(name: str, args: Any, settings: Any) -> tuple[nn.Module, Any]:
    """Return our layer and PyTorch's, in float64."""
    cls = getattr(nn, name)
    takes_dtype = "dtype" in inspect.signature(cls).parameters
    ours = cls(*args, **settings, **({"dtype": np.float64} if takes_dtype else {}))
    return ours, getattr(torch.nn, name)(*args, **settings).double()


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(("name", "args", "settings", "x"), LAYERS, ids=IDS)
def test_outputs_and_gradients_are_pytorchs(name: str, args: Any, settings: Any, x: Any) -> None:
    for is_training in (True, False):
        if name == "RReLU" and is_training:
            continue  # draws slopes
        ours, theirs = pair(name, args, settings)
        for parameter in ours.parameters():
            nn.init.normal_(parameter)
        theirs.train(is_training)
        assert_layers_agree(ours.train(is_training), theirs, x)
        for key, buffer in theirs.named_buffers():
            assert_close(dict(ours.named_buffers())[key], buffer, key)


@pytest.mark.parametrize(("name", "args", "settings"), [layer[:3] for layer in LAYERS], ids=IDS)
def test_printed_form_is_pytorchs(name: str, args: Any, settings: Any) -> None:
    ours, theirs = pair(name, args, settings)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(
    "name", sorted({layer[0] for layer in LAYERS} | {"Bilinear", "MaxUnpool2d", "Hardsigmoid"})
)
def test_constructor_takes_pytorchs_arguments(name: str) -> None:
    ours = inspect.signature(getattr(nn, name)).parameters
    theirs = inspect.signature(getattr(torch.nn, name)).parameters
    others = {"device", "dtype", "rng", "args", "kwargs", "min_value", "max_value"}
    positional, own = ([p for p in names if p not in others] for names in (theirs, ours))
    assert own == positional
    assert {"device", "dtype"} & set(theirs) <= set(ours)
    for parameter in positional:
        assert ours[parameter].default == theirs[parameter].default, parameter


def test_initial_values_are_pytorchs() -> None:
    for name, args in (("Linear", (4, 3)), ("Conv2d", (2, 3, 3)), ("ConvTranspose1d", (2, 3, 3))):
        torch.manual_seed(3)
        theirs = getattr(torch.nn, name)(*args).state_dict()
        tg.manual_seed(3)
        for key, value in getattr(nn, name)(*args).state_dict().items():
            np.testing.assert_allclose(value.numpy(), theirs[key].numpy(), rtol=1e-6)


def test_bilinear_and_unpooling() -> None:
    assert_layers_agree(*pair("Bilinear", (4, 3, 2), {}), normal(5, 4), normal(5, 3))
    assert_layers_agree(*pair("CosineSimilarity", (), {}), X, normal(3, 4))
    for x, options in ((IMAGE[..., :4], {}), (IMAGE, {"output_size": (6, 5)})):
        values, places = torch.nn.functional.max_pool2d(torch.tensor(x), 2, return_indices=True)
        layers = pair("MaxUnpool2d", (2,), {})
        assert_layers_agree(*layers, values.numpy(), places.numpy(), **options)


def test_transposed_convolution_to_a_given_size() -> None:
    layers = pair("ConvTranspose2d", (4, 2, 3), {"stride": 2})
    assert_layers_agree(*layers, IMAGE, output_size=(14, 12))
