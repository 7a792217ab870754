"""Adaptive softmax: cross-entropy over many classes, cheaper for those that are frequent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.container import ModuleList, Sequential
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Positive, Size
from tinygrad_w2v.nn.linear import Linear
from tinygrad_w2v.ops.indexing import check_indices, scatter
from tinygrad_w2v.random.distributions import source_of


class AdaptiveLoss(NamedTuple):
    """The log-probability of each target, (N,), and the negative of their mean."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Initialized, declared=True, shown=""):
    """Negative log-likelihood under a softmax whose rare classes are in clusters.

    Classes are sorted by decreasing frequency. The head scores the frequent classes and the
    clusters; each cluster scores its own classes, from a projection of the input to fewer features.

    Source: Grave et al., "Efficient softmax approximation for GPUs", arXiv 1609.04309.

    Parameters
    ----------
    in_features, n_classes
        Size of the input, and number of classes.
    cutoffs
        The first class of each cluster, ascending.
    div_value
        Cluster i, from 0, has ``in_features / div_value^(i + 1)`` features.
    head_bias
        Whether the head adds a bias.

    Examples
    --------
    >>> import numpy as np
    >>> layer = AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 40])
    >>> tuple(layer.log_prob(np.zeros((2, 16), np.float32)).shape)
    (2, 100)
    """

    in_features: Size
    n_classes: Size
    cutoffs: Sequence[int]
    div_value: Positive = 4.0
    head_bias: bool = False

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        cutoffs = [int(cutoff) for cutoff in self.cutoffs]
        bounds = [0, *cutoffs, self.n_classes]
        if not cutoffs or (np.diff(bounds) < 1).any():
            raise InputError(
                f"cutoffs are {cutoffs}: they must ascend from at least 1 to at most "
                f"{self.n_classes - 1}, the number of classes minus 1"
            )
        self.cutoffs = bounds[1:]
        made: dict[str, Any] = {"rng": None if rng is None else source_of(rng), "dtype": dtype}
        head_size = cutoffs[0] + len(cutoffs)
        self.head = Linear(self.in_features, head_size, self.head_bias, **made)
        self.tail = ModuleList()
        for number, (low, high) in enumerate(zip(cutoffs, self.cutoffs[1:], strict=True), start=1):
            features = int(self.in_features // self.div_value**number)
            projection = Linear(self.in_features, features, bias=False, **made)
            self.tail.append(Sequential(projection, Linear(features, high - low, False, **made)))

    def forward(self, input: TensorLike, target: TensorLike) -> AdaptiveLoss:
        """Return the log-probabilities of the targets and the loss.

        Parameters
        ----------
        input : (N, in_features) or (in_features,)
        target : (N,) or () integers
        """
        x: Any = operand(input)
        classes = array_of(target)
        if x.ndim not in (1, 2) or classes.shape != tuple(x.shape[:-1]):
            raise InputError(
                f"input {tuple(x.shape)} and target {classes.shape}: they must be "
                f"(N, {self.in_features}) and (N,), or ({self.in_features},) and ()"
            )
        check_indices("AdaptiveLogSoftmaxWithLoss", "target", classes, self.n_classes)
        shape = classes.shape
        x, classes = np.reshape(x, (-1, self.in_features)), classes.reshape(-1)
        cluster = np.searchsorted(self.cutoffs, classes, side="right")
        first = self.cutoffs[0]
        place = np.where(cluster == 0, classes, first + cluster - 1)
        output = F.log_softmax(self.head(x), -1)[np.arange(len(classes)), place]
        for number, scores in enumerate(self.tail):
            (rows,) = np.nonzero(cluster == number + 1)
            if len(rows):
                within = F.log_softmax(scores(x[rows]), -1)
                chosen = within[np.arange(len(rows)), classes[rows] - self.cutoffs[number]]
                output = output + scatter(chosen, index=rows, shape=(len(classes),))
        return AdaptiveLoss(np.reshape(output, shape), -np.mean(output))

    def log_prob(self, input: TensorLike) -> Any:
        """Return the log-probabilities of all classes, (N, in_features) → (N, n_classes)."""
        head = F.log_softmax(self.head(operand(input)), -1)
        first = self.cutoffs[0]
        parts = [head[:, :first]]
        for number, scores in enumerate(self.tail):
            of_cluster = head[:, first + number : first + number + 1]
            parts.append(F.log_softmax(scores(operand(input)), -1) + of_cluster)
        return np.concatenate(parts, axis=1)

    def predict(self, input: TensorLike) -> Any:
        """Return the most probable class of each item, (N, in_features) → (N,)."""
        return np.argmax(self.log_prob(input), axis=1)
