"""Tools on the tape: functional derivatives, custom functions, graphs, profiling, anomalies."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from tinygrad_w2v.autograd.anomaly import detect_anomaly, set_detect_anomaly
from tinygrad_w2v.autograd.function import Function
from tinygrad_w2v.autograd.variable import Variable
from tinygrad_w2v.engine.backward import grad
from tinygrad_w2v.engine.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from tinygrad_w2v.engine.tensor import Tensor

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

PROVIDED: dict[str, str] = {}
"""``module:name`` of functions from higher folders; filled by the top-level package."""


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Call :meth:`Tensor.backward` of one tensor or several, with a cotangent for each."""
    outputs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    given = [grad_tensors] if isinstance(grad_tensors, Tensor) else grad_tensors
    cotangents = [None] * len(outputs) if given is None else list(given)
    for number, (output, cotangent) in enumerate(zip(outputs, cotangents, strict=True)):
        is_last = number == len(outputs) - 1  # the outputs may share parts of the graph
        output.backward(cotangent, retain_graph if is_last else True, create_graph, inputs)


def __getattr__(name: str) -> Any:
    if name in PROVIDED:
        module, _, member = PROVIDED[name].partition(":")
        return getattr(importlib.import_module(module), member)
    if name in ("functional", "profiler", "graph", "profile"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# PyTorch has a module and a function of this name; the attribute is the function.
_module = ModuleType(f"{__name__}.gradcheck", "PyTorch's module of gradcheck and gradgradcheck.")
vars(_module)["__getattr__"] = __getattr__
sys.modules[_module.__name__] = _module
