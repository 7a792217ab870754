"""Losses as modules. The arguments and their order are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, InitVar
from typing import Any, Literal

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Fraction, Layer, Positive
from tinygrad_w2v.nn.parameter import Buffer
from tinygrad_w2v.ops.cross_entropy import IGNORED
from tinygrad_w2v.ops.loss import Reduction, former_reduction


class _Loss(Layer, declared=True, shown=""):
    """A loss of predictions and targets.

    Parameters
    ----------
    reduction
        ``"mean"`` or ``"sum"`` of the losses; ``"none"`` returns the loss of each item.
    size_average
        False: a former keyword for the reduction ``"sum"``.
    reduce
        False: a former keyword for the reduction ``"none"``.
    """

    def _initialize(self, size_average: bool | None = None, reduce: bool | None = None) -> None:
        if size_average is not None or reduce is not None:
            vars(self)["reduction"] = former_reduction(size_average, reduce)
        for name in ("weight", "pos_weight"):
            factors = vars(self).get(name)
            is_variable = isinstance(factors, Tensor) and factors.requires_grad
            if factors is not None and not is_variable:
                setattr(self, name, Buffer(factors))

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments; weights as lists."""
        arguments = super().spec_arguments()
        return {k: v.tolist() if isinstance(v, Tensor) else v for k, v in arguments.items()}


# --- classification -----------------------------------------------------------------------------


class CrossEntropyLoss(_Loss, function=F.cross_entropy):
    """Cross-entropy, ``−log softmax(input)[target]``.

    Inputs are logits (N, C) and target classes (N,), or target probabilities (N, C). Further axes
    may follow: (N, C, ...) and (N, ...). The mean is over the items that are not ignored.

    Examples
    --------
    >>> import numpy as np
    >>> float(CrossEntropyLoss()(np.zeros((2, 4)), np.array([1, 3])))  # log 4
    1.386...
    """

    weight: Any = None
    size_average: InitVar[bool | None] = None
    ignore_index: int = IGNORED
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"
    label_smoothing: Fraction = 0.0


class NLLLoss(_Loss, function=F.nll_loss):
    """Negative log-likelihood, ``−input[target]``.

    Inputs are log-probabilities, as of :class:`LogSoftmax`, and target classes.
    """

    weight: Any = None
    size_average: InitVar[bool | None] = None
    ignore_index: int = IGNORED
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class NLLLoss2d(NLLLoss, function=F.nll_loss):
    """Former name of :class:`NLLLoss` for inputs (N, C, H, W) and targets (N, H, W)."""


class BCELoss(_Loss, function=F.binary_cross_entropy):
    """Binary cross-entropy, ``−y · log p − (1 − y) · log(1 − p)``.

    Prefer :class:`BCEWithLogitsLoss`, which is exact for any logit.
    """

    weight: Any = None
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class BCEWithLogitsLoss(_Loss, function=F.binary_cross_entropy_with_logits):
    """Binary cross-entropy of the sigmoid, ``−y · log σ(x) − (1 − y) · log(1 − σ(x))``."""

    weight: Any = None
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"
    pos_weight: Any = None


class SoftMarginLoss(_Loss, function=F.soft_margin_loss):
    """Logistic loss of scores and targets ±1, ``log(1 + exp(−y · x))``."""

    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class MultiLabelSoftMarginLoss(_Loss, function=F.multilabel_soft_margin_loss):
    """Binary cross-entropy of each class's logit, averaged over the classes."""

    weight: Any = None
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class MultiLabelMarginLoss(_Loss, function=F.multilabel_margin_loss):
    """Hinge loss of several labels of each item, which are padded with −1."""

    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class MultiMarginLoss(_Loss, function=F.multi_margin_loss):
    """Hinge loss of several classes, ``Σ max(0, margin − x[y] + x[i])ᵖ / C`` over i ≠ y."""

    p: int = 1
    margin: float = 1.0
    weight: Any = None
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class CTCLoss(_Loss, function=F.ctc_loss):
    """Connectionist temporal classification: the loss of label sequences without an alignment."""

    blank: int = 0
    reduction: Reduction = "mean"
    zero_infinity: bool = False


# --- regression and distributions ---------------------------------------------------------------


class MSELoss(_Loss, function=F.mse_loss):
    """Squared error, ``(input − target)²``."""

    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class L1Loss(_Loss, function=F.l1_loss):
    """Absolute error, ``|input − target|``."""

    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class HuberLoss(_Loss, function=F.huber_loss):
    """Huber loss: ``d²/2`` where ``d = |x − target|`` ≤ delta, ``delta · (d − delta/2)`` elsewhere.

    Parameters
    ----------
    delta
        Where the loss changes from quadratic to linear.
    """

    reduction: Reduction = "mean"
    delta: Positive = 1.0


class SmoothL1Loss(_Loss, function=F.smooth_l1_loss):
    """Huber loss divided by its threshold, so that the slope of the linear part is 1.

    Parameters
    ----------
    beta
        Where the loss changes from quadratic to linear; 0 for the absolute error.
    """

    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"
    beta: float = 1.0


class KLDivLoss(_Loss, function=F.kl_div):
    """Kullback-Leibler divergence, ``Σ t · (log t − x)``."""

    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Literal["mean", "sum", "none", "batchmean"] = "mean"
    log_target: bool = False


class PoissonNLLLoss(_Loss, function=F.poisson_nll_loss):
    """Negative log-likelihood of counts under a Poisson distribution."""

    log_input: bool = True
    full: bool = False
    size_average: InitVar[bool | None] = None
    eps: float = 1e-8
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class GaussianNLLLoss(_Loss, function=F.gaussian_nll_loss):
    """Negative log-likelihood under a normal distribution of given means and variances."""

    _: KW_ONLY
    full: bool = False
    eps: float = 1e-6
    reduction: Reduction = "mean"


# --- similarities and distances -----------------------------------------------------------------


class HingeEmbeddingLoss(_Loss, function=F.hinge_embedding_loss):
    """Loss of distances: ``x`` for a target of 1, ``max(0, margin − x)`` for −1."""

    margin: float = 1.0
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class MarginRankingLoss(_Loss, function=F.margin_ranking_loss):
    """Loss of two scores of which one should be larger, ``max(0, margin − y · (x1 − x2))``."""

    margin: float = 0.0
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class CosineEmbeddingLoss(_Loss, function=F.cosine_embedding_loss):
    """Loss of similarities: ``1 − cos`` for a target of 1, ``max(0, cos − margin)`` for −1."""

    margin: float = 0.0
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class TripletMarginLoss(_Loss, function=F.triplet_margin_loss):
    """Loss of distances from an anchor, ``max(0, d(a, positive) − d(a, negative) + margin)``."""

    margin: Positive = 1.0
    p: float = 2.0
    eps: float = 1e-6
    swap: bool = False
    size_average: InitVar[bool | None] = None
    reduce: InitVar[bool | None] = None
    reduction: Reduction = "mean"


class TripletMarginWithDistanceLoss(_Loss, function=F.triplet_margin_with_distance_loss):
    """Loss of :class:`TripletMarginLoss` with a distance of one's own."""

    _: KW_ONLY
    distance_function: Callable[[Any, Any], Any] | None = None
    margin: Positive = 1.0
    swap: bool = False
    reduction: Reduction = "mean"


class PairwiseDistance(Layer, function=F.pairwise_distance, shown=""):
    """The p-norm of ``x1 − x2 + eps`` along the last axis.

    Parameters
    ----------
    p
        Order of the norm.
    eps
        Added to the differences.
    keepdim
        Whether to keep the last axis, with size 1.
    """

    p: float = 2.0
    eps: float = 1e-6
    keepdim: bool = False
