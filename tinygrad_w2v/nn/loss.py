"""Losses as modules."""

from __future__ import annotations

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.ops.softmax import Reduction


class CrossEntropyLoss(Module):
    """Cross-entropy of the softmax of scores against target classes.

    Parameters
    ----------
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        self.reduction: Reduction = reduction

    def forward(self, logits: TensorLike, target: TensorLike) -> Tensor:
        """Return the loss of scores (N, C) and classes (N,)."""
        return F.cross_entropy(logits, target, reduction=self.reduction)

    def extra_repr(self) -> str:
        """Return the reduction."""
        return f"reduction={self.reduction!r}"
