"""Losses as modules."""

from __future__ import annotations

from typing import Any, Literal

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.ops.loss import Reduction
from tinygrad_w2v.validation import above_zero, one_of, within

REDUCTIONS = ("mean", "sum", "none")


class _Loss(Module):
    """What losses share: the reduction."""

    def __init__(self, reduction: Reduction = "mean") -> None:
        one_of(REDUCTIONS, reduction=reduction)
        self.reduction: Reduction = reduction

    def extra_repr(self) -> str:
        """Return the reduction."""
        return f"reduction={self.reduction!r}"


class CrossEntropyLoss(_Loss):
    """Cross-entropy of the softmax of scores against target classes or probabilities.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    ignore_index
        A target class that counts for nothing.
    label_smoothing
        The share of each target that is spread evenly over all classes.
    """

    def __init__(
        self,
        reduction: Reduction = "mean",
        *,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        within(0, 1, label_smoothing=label_smoothing)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, logits: TensorLike, target: TensorLike) -> Tensor:
        """Return the loss of scores (N, C) and classes (N,), or probabilities (N, C)."""
        loss: Tensor = F.cross_entropy(
            logits,
            target,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )
        return loss


class NLLLoss(_Loss):
    """Negative log-likelihood of target classes, from log-probabilities.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, log_probs: TensorLike, target: TensorLike) -> Any:
        """Return the loss of log-probabilities (N, C) and classes (N,)."""
        return F.nll_loss(log_probs, target, reduction=self.reduction)


class BCELoss(_Loss):
    """Cross-entropy of probabilities of a yes; prefer :class:`BCEWithLogitsLoss`.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, probs: TensorLike, target: TensorLike) -> Any:
        """Return the loss of probabilities and targets of one shape."""
        return F.binary_cross_entropy(probs, target, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Cross-entropy of the sigmoid of scores against probabilities of a yes.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, logits: TensorLike, target: TensorLike) -> Any:
        """Return the loss of scores and targets of one shape."""
        return F.binary_cross_entropy_with_logits(logits, target, reduction=self.reduction)


class MSELoss(_Loss):
    """Squared error.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, x: TensorLike, target: TensorLike) -> Any:
        """Return the loss of values and targets of one shape."""
        return F.mse_loss(x, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Absolute error.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def forward(self, x: TensorLike, target: TensorLike) -> Any:
        """Return the loss of values and targets of one shape."""
        return F.l1_loss(x, target, reduction=self.reduction)


class HuberLoss(_Loss):
    """Squared error up to a distance, from there growing linearly.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    delta
        The distance.
    """

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        above_zero(delta=delta)
        self.delta = delta

    def forward(self, x: TensorLike, target: TensorLike) -> Any:
        """Return the loss of values and targets of one shape."""
        return F.huber_loss(x, target, delta=self.delta, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Huber's loss divided by its distance, so that the far slope is 1.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    beta
        The distance; above 0.
    """

    def __init__(self, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        above_zero(beta=beta)
        self.beta = beta

    def forward(self, x: TensorLike, target: TensorLike) -> Any:
        """Return the loss of values and targets of one shape."""
        return F.smooth_l1_loss(x, target, beta=self.beta, reduction=self.reduction)


class KLDivLoss(Module):
    """Kullback-Leibler divergence of target probabilities from log-probabilities.

    Parameters
    ----------
    reduction
        ``"batchmean"``, the divergence; or ``"mean"`` (over the classes, too), ``"sum"``,
        ``"none"``.
    """

    def __init__(self, reduction: Literal["mean", "sum", "none", "batchmean"] = "mean") -> None:
        one_of((*REDUCTIONS, "batchmean"), reduction=reduction)
        self.reduction: Literal["mean", "sum", "none", "batchmean"] = reduction

    def forward(self, log_probs: TensorLike, target: TensorLike) -> Any:
        """Return the loss of log-probabilities and probabilities of one shape."""
        return F.kl_div(log_probs, target, reduction=self.reduction)
