"""NegativeSamplingLoss, and the sampler that draws its negatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.alias import build_alias_table, draw_alias
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.ops.softmax import Reduction


class UnigramSampler:
    """Draws words in proportion to their counts to a power.

    Parameters
    ----------
    counts : (V,)
        How often each word occurs.
    power
        0.75 in word2vec, which gives rare words more than their share; 0 draws evenly.
    rng
        Seed or Generator.

    Examples
    --------
    >>> sampler = UnigramSampler([90, 10], power=1.0, rng=0)
    >>> float((sampler.draw((10_000,)) == 1).mean().round(1))
    0.1
    """

    def __init__(self, counts: npt.ArrayLike, power: float = 0.75, rng: Seed = None) -> None:
        weights = np.asarray(counts, np.float64)
        if weights.ndim != 1 or not len(weights) or (weights < 0).any() or not weights.any():
            raise InputError(
                f"counts of shape {weights.shape}: they must be (V,), not negative and not all 0"
            )
        self.power = power
        self.rng = np.random.default_rng(rng)
        # A word that never occurs is never drawn, even at power 0.
        self._share, self._alias = build_alias_table(np.where(weights > 0, weights**power, 0.0))

    def __len__(self) -> int:
        return len(self._share)

    def draw(self, shape: tuple[int, ...]) -> Array:
        """Return word indices of a shape, intp."""
        return draw_alias(self._share, self._alias, shape, self.rng)


class NegativeSamplingLoss(Module):
    """The loss of telling each target word from a few drawn at random.

    Holds the output table (`weight`) and the sampler; see :func:`nn.functional.negative_sampling`
    for the formula.

    Parameters
    ----------
    embedding_dim
        Size of the vectors it is given.
    sampler
        A :class:`UnigramSampler`, or the words' counts to make one of.
    negative
        How many negatives count for each target, k.
    shared
        How many are drawn for each block of targets, each then weighing ``negative / shared``.
        None draws `negative` for each target alone, as in the original.
    block
        Targets that share their negatives.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    rng
        Seed or Generator, where `sampler` is counts.
    dtype
        Of the table, which starts as zeros.

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
        for name, value in (("negative", negative), ("shared", shared), ("block", block)):
            if value is not None and value < 1:
                raise InputError(f"{name} is {value}: it must be at least 1")
        if not isinstance(sampler, UnigramSampler):
            sampler = UnigramSampler(sampler, rng=rng)
        self.weight = Parameter(np.zeros((len(sampler), embedding_dim), dtype))
        self.sampler = sampler
        self.negative = negative
        self.shared = shared
        self.block = block
        self.reduction: Reduction = reduction

    def draw(self, targets: int) -> Array:
        """Draw negatives for a number of targets, (G, K) as the op takes them."""
        if self.shared is None:
            return self.sampler.draw((targets, self.negative))
        return self.sampler.draw((-(-targets // self.block), self.shared))

    def forward(
        self, hidden: TensorLike, target: TensorLike, negatives: TensorLike | None = None
    ) -> Tensor:
        """Return the loss of vectors (B, D) and targets (B,); draws negatives unless given."""
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

    def get_extra_state(self) -> Any:
        """Return where the sampler's random numbers are."""
        return self.sampler.rng.bit_generator.state

    def set_extra_state(self, state: Any) -> None:
        """Go on with the random numbers from there."""
        self.sampler.rng.bit_generator.state = state

    def extra_repr(self) -> str:
        """Return the sizes and how negatives are drawn."""
        words, width = self.weight.shape
        drawn = "each its own" if self.shared is None else f"{self.shared} shared by {self.block}"
        return f"{words}, {width}, negative={self.negative} ({drawn})"
