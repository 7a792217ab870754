"""NegativeSamplingLoss, and UnigramSampler, which draws its negatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.kernels.alias import build_alias_table, draw_alias
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.loss import REDUCTIONS
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Buffer, new_parameter
from tinygrad_w2v.ops.loss import Reduction
from tinygrad_w2v.validation import as_counts, at_least, one_of, within


class UnigramSampler(Stochastic):
    """Draws words with probabilities proportional to count ** power.

    The counts are part of the state; the spec contains only their number.

    Parameters
    ----------
    counts : (V,)
        The number of occurrences of each word, or only the number of words.
    power
        0.75 in word2vec, which draws rare words more often than 1 does; 0 is uniform.
    rng
        Seed or Generator.

    Examples
    --------
    >>> sampler = UnigramSampler([90, 10], power=1.0, rng=0)
    >>> float((sampler.draw((10_000,)) == 1).mean().round(1))
    0.1
    """

    def __init__(self, counts: npt.ArrayLike, power: float = 0.75, rng: Seed = None) -> None:
        within(0, math.inf, power=power)
        self.counts = Buffer(as_counts(counts))
        self.power = power
        self.rng = np.random.default_rng(rng)
        self._table: tuple[int, Array, Array] | None = None

    def __len__(self) -> int:
        return len(self.counts)

    def forward(self, shape: tuple[int, ...]) -> Array:
        """Do the same as :meth:`draw`."""
        return self.draw(shape)

    def draw(self, shape: tuple[int, ...]) -> Array:
        """Draw word indices of the given shape, intp."""
        table = self._table
        if table is None or table[0] != self.counts.version:
            table = self._table = (self.counts.version, *self._alias_table())
        return draw_alias(table[1], table[2], shape, self.rng)

    def _alias_table(self) -> tuple[Array, Array]:
        weights = self.counts.data.astype(np.float64)
        # A word that never occurs is never drawn, even at power 0.
        return build_alias_table(np.where(weights > 0, weights**self.power, 0.0))

    def spec_arguments(self) -> dict[str, Any]:
        """Return the arguments, with the number of words instead of their counts."""
        return {**super().spec_arguments(), "counts": len(self.counts)}

    def extra_repr(self) -> str:
        """Return the number of words and the power."""
        return f"{len(self.counts)}, power={self.power:g}"


class NegativeSamplingLoss(Module):
    """The loss of discriminating each target word from a few random words.

    Contains the output table (`weight`) and the sampler; see
    :func:`nn.functional.negative_sampling` for the formula.

    Parameters
    ----------
    embedding_dim
        Size of the input vectors.
    sampler
        A :class:`UnigramSampler`, or the counts of the words, from which one is made.
    negative
        The number k of negatives per target.
    shared
        The number of negatives drawn for each block of targets, each with the weight
        ``negative / shared``. None draws `negative` for each target separately, as in word2vec.c.
    block
        The number of targets that share their negatives.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    rng
        Seed or Generator, if `sampler` is counts.
    dtype
        Of the table, which is initialized to zeros.

    Examples
    --------
    >>> import numpy as np
    >>> loss = NegativeSamplingLoss(2, [5, 3, 1, 1], negative=2, rng=0)
    >>> loss(np.ones((3, 2), dtype=np.float32), np.array([0, 1, 3])).item() > 0
    True
    """

    def __init__(
        self,
        embedding_dim: int,
        sampler: UnigramSampler | npt.ArrayLike,
        *,
        negative: int = 5,
        shared: int | None = None,
        block: int = 64,
        reduction: Reduction = "mean",
        rng: Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, embedding_dim=embedding_dim, negative=negative, block=block)
        if shared is not None:
            at_least(1, shared=shared)
        one_of(REDUCTIONS, reduction=reduction)
        if not isinstance(sampler, UnigramSampler):
            sampler = UnigramSampler(sampler, rng=rng)
        self.weight = new_parameter((len(sampler), embedding_dim), dtype, 0)
        self.sampler = sampler
        self.negative = negative
        self.shared = shared
        self.block = block
        self.reduction: Reduction = reduction

    def draw(self, targets: int) -> Array:
        """Draw negatives for a number of targets, (G, K), as the op requires."""
        if self.shared is None:
            return self.sampler.draw((targets, self.negative))
        return self.sampler.draw((-(-targets // self.block), self.shared))

    def forward(
        self, hidden: TensorLike, target: TensorLike, negatives: TensorLike | None = None
    ) -> Tensor:
        """Return the loss of vectors (B, D) and targets (B,); negatives are drawn if None."""
        target = np.asarray(target)
        if negatives is None:
            negatives = self.draw(len(target))
        loss: Tensor = F.negative_sampling(
            hidden,
            self.weight,
            target,
            negatives,
            negative_weight=self.negative / np.shape(negatives)[1],
            reduction=self.reduction,
        )
        return loss

    def skip_gram(
        self,
        hidden: TensorLike,
        tokens: npt.ArrayLike,
        left: npt.ArrayLike,
        right: npt.ArrayLike,
        negatives: npt.ArrayLike | None = None,
    ) -> Tensor:
        """Return the mean loss over all pairs of a word of a run and a word in its window.

        See :func:`nn.functional.skip_gram`; `hidden` is (T, D). The pairs of a word share its
        negatives, which are drawn if None.
        """
        if negatives is None:
            negatives = self.draw(len(np.asarray(tokens)))
        loss: Tensor = F.skip_gram(
            hidden,
            self.weight,
            tokens,
            left,
            right,
            negatives,
            negative_weight=self.negative / np.shape(negatives)[1],
        )
        return loss

    def spec_arguments(self) -> dict[str, Any]:
        """Return the arguments, with the sampler in use."""
        return {**super().spec_arguments(), "sampler": self.sampler}

    def extra_repr(self) -> str:
        """Return the sizes and how negatives are drawn."""
        words, width = self.weight.shape
        drawn = "each its own" if self.shared is None else f"{self.shared} shared by {self.block}"
        return f"{words}, {width}, negative={self.negative} ({drawn})"
