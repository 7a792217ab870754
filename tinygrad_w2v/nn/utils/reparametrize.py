"""Weights computed from other parameters before each forward: weight and spectral normalization."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter

_Module = TypeVar("_Module", bound=Module)


class _Reparametrization:
    """A forward hook that computes a weight; a subclass states how."""

    def __init__(self, name: str) -> None:
        self.name = name

    def attach(self, module: Module) -> None:
        """Replace the parameter by others and register the hook."""
        hooks = module._hooks
        for entry in hooks.before_forward if hooks else ():
            if isinstance(entry.hook, _Reparametrization) and entry.hook.name == self.name:
                raise InputError(f"{self.name} of {type(module).__name__} is computed already")
        weight = getattr(module, self.name)
        delattr(module, self.name)
        self.split(module, weight)
        setattr(module, self.name, self.compute(module))
        module.register_forward_pre_hook(self)

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.compute(module))

    def split(self, module: Module, weight: Parameter) -> None:
        """Register what the weight is computed from."""
        raise NotImplementedError

    def compute(self, module: Module) -> Tensor:
        """Return the weight."""
        raise NotImplementedError


class _WeightNorm(_Reparametrization):
    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = None if dim == -1 else dim  # as in PyTorch

    def _norm(self, weight: Any) -> Any:
        kept = () if self.dim is None else (self.dim % weight.ndim,)
        axes = tuple(axis for axis in range(weight.ndim) if axis not in kept)
        norm = np.sqrt(np.sum(weight * weight, axis=axes, keepdims=True))
        return norm if self.dim is not None else np.reshape(norm, ())

    def split(self, module: Module, weight: Parameter) -> None:
        module.register_parameter(f"{self.name}_g", Parameter(self._norm(weight.detach())))
        module.register_parameter(f"{self.name}_v", weight)

    def compute(self, module: Module) -> Tensor:
        v = getattr(module, f"{self.name}_v")
        weight: Tensor = v * (getattr(module, f"{self.name}_g") / self._norm(v))
        return weight


class _SpectralNorm(_Reparametrization):
    def __init__(self, name: str, iterations: int, eps: float, dim: int) -> None:
        super().__init__(name)
        self.iterations, self.eps, self.dim = iterations, eps, dim

    def _matrix(self, weight: Any) -> Any:
        moved = np.moveaxis(weight, self.dim, 0)
        return np.reshape(moved, (moved.shape[0], -1))

    def _unit(self, vector: Array) -> Array:
        return np.asarray(vector / max(float(np.linalg.norm(vector)), self.eps))

    def split(self, module: Module, weight: Parameter) -> None:
        module.register_parameter(f"{self.name}_orig", weight)
        for suffix, size in zip("uv", self._matrix(weight._data).shape, strict=True):
            vector = init.normal_(Tensor(np.empty(size, weight.dtype)))
            module.register_buffer(f"{self.name}_{suffix}", Tensor(self._unit(vector._data)))

    def compute(self, module: Module) -> Tensor:
        weight = getattr(module, f"{self.name}_orig")
        matrix, values = self._matrix(weight), self._matrix(weight._data)
        u, v = (getattr(module, f"{self.name}_{suffix}") for suffix in "uv")
        if module.training:
            for _ in range(self.iterations):
                v._data[...] = self._unit(values.T @ u._data)
                u._data[...] = self._unit(values @ v._data)
            u.bump_version()
            v.bump_version()
        sigma = F.sum(u._data.copy() * (matrix @ v._data.copy()))
        scaled: Tensor = weight / sigma
        return scaled


def weight_norm(module: _Module, name: str = "weight", dim: int | None = 0) -> _Module:
    """Compute a weight as ``g · v / ‖v‖`` from the parameters ``weight_g`` and ``weight_v``.

    Source: Salimans and Kingma, "Weight normalization", arXiv 1602.07868.

    Parameters
    ----------
    module
        Is returned, with a hook that computes the weight before each forward.
    name
        Name of the weight.
    dim
        Axis over whose positions the norms are computed one by one; None or -1 for one norm of
        all.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> layer = nn.utils.weight_norm(nn.Linear(3, 2))
    >>> [(name, tuple(p.shape)) for name, p in layer.named_parameters()]
    [('bias', (2,)), ('weight_g', (2, 1)), ('weight_v', (2, 3))]
    """
    _WeightNorm(name, dim).attach(module)
    return module


def spectral_norm(
    module: _Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> _Module:
    """Divide a weight by its largest singular value, estimated by power iteration in training.

    Source: Miyato et al., "Spectral normalization for generative adversarial networks", arXiv
    1802.05957.

    Parameters
    ----------
    module
        Is returned, with a hook that computes the weight from ``weight_orig`` before each forward.
    name
        Name of the weight.
    n_power_iterations
        Iterations for each forward.
    eps
        Least norm of the vectors.
    dim
        Axis of the outputs; by default 1 for transposed convolutions, else 0.
    """
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    _SpectralNorm(name, n_power_iterations, eps, dim).attach(module)
    return module


def _remove(module: _Module, name: str, kind: type[_Reparametrization]) -> _Module:
    hooks = module._hooks
    for entry in list(hooks.before_forward) if hooks is not None else ():
        if isinstance(entry.hook, kind) and entry.hook.name == name:
            weight = entry.hook.compute(module)
            for suffix in ("g", "v", "orig", "u"):
                if hasattr(module, f"{name}_{suffix}"):
                    delattr(module, f"{name}_{suffix}")
            delattr(module, name)
            module.register_parameter(name, Parameter(weight.detach()))
            hooks.before_forward.remove(entry)  # type: ignore[union-attr]
            return module
    raise InputError(
        f"{name} of {type(module).__name__} is not computed: there is nothing to remove"
    )


def remove_weight_norm(module: _Module, name: str = "weight") -> _Module:
    """Make the weight a parameter again: undo :func:`weight_norm`."""
    return _remove(module, name, _WeightNorm)


def remove_spectral_norm(module: _Module, name: str = "weight") -> _Module:
    """Make the weight a parameter again: undo :func:`spectral_norm`."""
    return _remove(module, name, _SpectralNorm)
