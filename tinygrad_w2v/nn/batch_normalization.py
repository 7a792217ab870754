"""Batch and instance normalization, with running averages of the mean and the variance."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Positive, Size
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.normalization import Scaled


class _Averaging(Module):
    """A module with running averages, or with None in their places."""

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None


class _Running(
    _Averaging,
    Scaled,
    declared=True,
    shown="num_features | eps momentum affine bias track_running_stats",
):
    """A normalization of channels; a subclass states the numbers of axes of its input.

    Parameters
    ----------
    num_features
        Number of channels C.
    eps
        Added to the variance.
    momentum
        Weight of a batch in the running averages; None weighs all batches equally.
    affine
        Whether there are `weight` and `bias`, initially ones and zeros.
    track_running_stats
        Whether there are running averages, which are used in evaluation mode.
    bias
        Whether there is a bias.
    """

    ranks: ClassVar[tuple[int, ...]]

    num_features: Size
    _: KW_ONLY
    bias: InitVar[bool] = True

    def _create_all(self, affine: bool, bias: bool, track: bool, dtype: npt.DTypeLike) -> None:
        self._create((self.num_features,), dtype, affine, affine and bias)
        names = ("running_mean", "running_var", "num_batches_tracked")
        values = (np.zeros(self.num_features, dtype), np.ones(self.num_features, dtype), 0)
        for name, value in zip(names, values, strict=True):
            self.register_buffer(name, Tensor(np.asarray(value)) if track else None)

    def reset_running_stats(self) -> None:
        """Set the running averages to mean 0 and variance 1."""
        if self.running_mean is not None and self.running_var is not None:
            for buffer, value in ((self.running_mean, 0), (self.running_var, 1)):
                buffer._data[...] = value
                buffer.bump_version()
            self.num_batches_tracked = Tensor(np.asarray(0))

    def reset_parameters(self) -> None:
        """Set the initial values of the parameters and the running averages again."""
        super().reset_parameters()
        self.reset_running_stats()

    def _check_input(self, x: Any) -> None:
        if np.ndim(x) not in self.ranks:
            listed = " or ".join(map(str, self.ranks))
            raise InputError(
                f"{type(self).__name__}: the input has shape {tuple(x.shape)}: it must have "
                f"{listed} axes"
            )

    def _factor(self, momentum: float | None) -> float:
        """Return the weight of a batch, after counting it in training."""
        if not self.training or self.num_batches_tracked is None:
            return momentum or 0.0
        self.num_batches_tracked._data[...] += 1
        self.num_batches_tracked.bump_version()
        return 1.0 / int(self.num_batches_tracked) if momentum is None else momentum


class _BatchNorm(_Running, function=F.batch_norm):
    """``(x − mean) / √(variance + eps) · weight + bias`` over all axes but the channels.

    Source: Ioffe and Szegedy, "Batch normalization", arXiv 1502.03167.
    """

    eps: Positive = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True

    def _initialize(self, bias: bool, dtype: npt.DTypeLike) -> None:
        self._create_all(self.affine, bias, self.track_running_stats, dtype)

    def forward(self, input: TensorLike) -> Any:
        """Normalize (N, C, ...)."""
        self._check_input(input)
        factor = self._factor(self.momentum)
        uses_batch = self.training or (self.running_mean is None and self.running_var is None)
        tracks = not self.training or self.track_running_stats
        averages = (self.running_mean, self.running_var) if tracks else (None, None)
        return self.function(input, *averages, self.weight, self.bias, uses_batch, factor, self.eps)


class BatchNorm1d(_BatchNorm, declared=True):
    """Batch normalization of (N, C) or (N, C, L).

    Examples
    --------
    >>> import numpy as np
    >>> BatchNorm1d(1)(np.array([[1.0], [3.0]], np.float32)).tolist()
    [[-0.99999...], [0.99999...]]
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm, declared=True):
    """Batch normalization of images, (N, C, H, W)."""

    ranks = (4,)


class BatchNorm3d(_BatchNorm, declared=True):
    """Batch normalization of volumes, (N, C, D, H, W)."""

    ranks = (5,)


class _InstanceNorm(_Running, function=F.instance_norm):
    """``(x − mean) / √(variance + eps) · weight + bias`` for each channel of each item.

    Source: Ulyanov et al., "Instance normalization", arXiv 1607.08022.
    """

    eps: Positive = 1e-5
    momentum: float | None = 0.1
    affine: bool = False
    track_running_stats: bool = False

    def _initialize(self, bias: bool, dtype: npt.DTypeLike) -> None:
        self._create_all(self.affine, bias, self.track_running_stats, dtype)

    def forward(self, input: TensorLike) -> Any:
        """Normalize (N, C, ...) or (C, ...)."""
        self._check_input(input)
        x: Any = input
        is_single = np.ndim(x) == self.ranks[0]
        uses_input = self.training or not self.track_running_stats
        out = self.function(
            np.expand_dims(x, 0) if is_single else x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            uses_input,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out[0] if is_single else out


class InstanceNorm1d(_InstanceNorm, declared=True):
    """Instance normalization of sequences, (N, C, L) or (C, L)."""

    ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm, declared=True):
    """Instance normalization of images, (N, C, H, W) or (C, H, W)."""

    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm, declared=True):
    """Instance normalization of volumes, (N, C, D, H, W) or (C, D, H, W)."""

    ranks = (4, 5)
