"""Losses as modules."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Literal

from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Fraction, Layer, Positive
from tinygrad_w2v.ops.cross_entropy import IGNORED
from tinygrad_w2v.ops.loss import Reduction


class _Loss(Layer, declared=True):
    """A loss of predictions and targets.

    Parameters
    ----------
    reduction
        ``"mean"`` or ``"sum"`` of the losses; ``"none"`` returns the loss of each item.
    """

    reduction: Reduction = "mean"


class CrossEntropyLoss(_Loss, function=F.cross_entropy):
    """Cross-entropy, ``−log softmax(logits)[target]``.

    Inputs are logits (N, C) and target classes (N,), or target probabilities (N, C). Further axes
    may follow: (N, C, ...) and (N, ...). The mean is over the items that are not ignored.

    Examples
    --------
    >>> import numpy as np
    >>> float(CrossEntropyLoss()(np.zeros((2, 4)), np.array([1, 3])))  # log 4
    1.386...
    """

    _: KW_ONLY
    ignore_index: int = IGNORED
    label_smoothing: Fraction = 0.0


class NLLLoss(_Loss, function=F.nll_loss):
    """Negative log-likelihood, ``−log_probs[target]``.

    Inputs are log-probabilities, as of :class:`LogSoftmax`, and target classes.
    """


class BCELoss(_Loss, function=F.binary_cross_entropy):
    """Binary cross-entropy, ``−y · log p − (1 − y) · log(1 − p)``.

    Prefer :class:`BCEWithLogitsLoss`, which is exact for any logit.
    """


class BCEWithLogitsLoss(_Loss, function=F.binary_cross_entropy_with_logits):
    """Binary cross-entropy of the sigmoid, ``−y · log σ(x) − (1 − y) · log(1 − σ(x))``."""


class MSELoss(_Loss, function=F.mse_loss):
    """Squared error, ``(x − target)²``."""


class L1Loss(_Loss, function=F.l1_loss):
    """Absolute error, ``|x − target|``."""


class HuberLoss(_Loss, function=F.huber_loss):
    """Huber loss: ``d²/2`` where ``d = |x − target|`` ≤ delta, ``delta · (d − delta/2)`` elsewhere.

    Parameters
    ----------
    delta
        Where the loss changes from quadratic to linear.
    """

    delta: Positive = 1.0


class SmoothL1Loss(_Loss, function=F.smooth_l1_loss):
    """Huber loss divided by its threshold, so that the slope of the linear part is 1.

    Parameters
    ----------
    beta
        Where the loss changes from quadratic to linear.
    """

    beta: Positive = 1.0


class KLDivLoss(Layer, function=F.kl_div):
    """Kullback-Leibler divergence, ``Σ t · (log t − x)``."""

    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean"
