"""tinygrad_w2v: a NumPy autograd engine small enough to read in an afternoon, and word2vec on it.

>>> import tinygrad_w2v as tg
>>> w = tg.tensor([1.0, 2.0], requires_grad=True)
>>> loss = (w * w).sum()
>>> loss.backward()
>>> w.grad
tensor([2., 4.])
"""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any

import tinygrad_w2v.ops  # noqa: F401  (registers the ops and binds them to Tensor)
from tinygrad_w2v import autograd as _autograd
from tinygrad_w2v import defaults as _defaults
from tinygrad_w2v.absent import missing_attribute
from tinygrad_w2v.autograd.anomaly import AnomalyError, detect_anomaly
from tinygrad_w2v.autograd.checkpoint import checkpoint
from tinygrad_w2v.engine import (
    Op,
    RowSparse,
    RuleError,
    Sample,
    Tensor,
    enable_grad,
    get_op,
    grad,
    inference_mode,
    is_grad_enabled,
    named,
    no_grad,
    op,
    registered_ops,
    set_grad_enabled,
    tensor,
)
from tinygrad_w2v.engine import surfaces as _surfaces
from tinygrad_w2v.engine.device import MEMORY_FORMATS as _MEMORY_FORMATS
from tinygrad_w2v.engine.device import STRIDED as strided  # noqa: N811  (named as in PyTorch)
from tinygrad_w2v.engine.device import device
from tinygrad_w2v.engine.dtypes import DTYPES as _DTYPES
from tinygrad_w2v.engine.printing import set_printoptions
from tinygrad_w2v.engine.size import Size
from tinygrad_w2v.ops.dtypes import CONSTRUCTORS as _CONSTRUCTORS
from tinygrad_w2v.random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

if TYPE_CHECKING:
    from tinygrad_w2v import (
        data,
        distributions,
        functional,
        linalg,
        masked,
        models,
        nn,
        optim,
        signal,
        special,
        testing,
        training,
        utils,
        word2vec,
    )
    from tinygrad_w2v._functions import *  # noqa: F403
    from tinygrad_w2v.autograd.graph import graph
    from tinygrad_w2v.autograd.profile import profile

_autograd.PROVIDED.update(
    gradcheck="tinygrad_w2v.testing.pytorch_call:gradcheck",
    gradgradcheck="tinygrad_w2v.testing.pytorch_call:gradgradcheck",
)

with contextlib.suppress(ModuleNotFoundError):  # the accelerator's folder may be deleted
    importlib.import_module("tinygrad_w2v.engine.unrolled").install_unless_disabled()

__version__ = "0.1.0"

_LAZY = {
    "load": "nn.objects:load",
    "save": "nn.objects:save",
    "graph": "autograd.graph:graph",
    "profile": "autograd.profile:profile",
    **{
        name: name
        for name in (
            "accelerator",
            "backends",
            "cuda",
            "data",
            "distributions",
            "functional",
            "linalg",
            "masked",
            "models",
            "nn",
            "optim",
            "random",
            "serialization",
            "signal",
            "special",
            "testing",
            "training",
            "utils",
            "version",
            "word2vec",
        )
    },
}


def __getattr__(name: str) -> Any:
    """Import a part when it is first used, so that ``import tinygrad_w2v`` stays quick."""
    if name in _LAZY:
        module, _, member = _LAZY[name].partition(":")
        part = importlib.import_module(f"{__name__}.{module}")
        return getattr(part, member) if member else part
    raise missing_attribute(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


__all__ = [
    "AnomalyError",
    "Generator",
    "Op",
    "RowSparse",
    "RuleError",
    "Sample",
    "Size",
    "Tensor",
    "checkpoint",
    "data",
    "default_generator",
    "detect_anomaly",
    "device",
    "distributions",
    "enable_grad",
    "functional",
    "get_op",
    "get_rng_state",
    "grad",
    "graph",
    "inference_mode",
    "initial_seed",
    "is_grad_enabled",
    "linalg",
    "manual_seed",
    "masked",
    "models",
    "named",
    "nn",
    "no_grad",
    "op",
    "optim",
    "profile",
    "registered_ops",
    "seed",
    "set_grad_enabled",
    "set_printoptions",
    "set_rng_state",
    "signal",
    "special",
    "strided",
    "tensor",
    "testing",
    "training",
    "utils",
    "word2vec",
]

__all__ += _defaults.__all__

_surfaces.expose("tg", globals())
globals().update({name: getattr(_defaults, name) for name in _defaults.__all__})
dtype = type(_DTYPES["float32"]).__base__  # the type of all dtypes
# Last: they hide the built-in types `float`, `int` and `bool` in this module.
globals().update(_MEMORY_FORMATS | _DTYPES | _CONSTRUCTORS)
