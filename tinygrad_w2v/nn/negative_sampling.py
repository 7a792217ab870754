"""NegativeSamplingLoss, and UnigramSampler, which draws negatives from the counts of words."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, InitVar
from functools import partial
from typing import Annotated, Any, cast

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.kernels.negative_sampling import build_alias_table, draw_alias
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Layer, Size
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Buffer, new_parameter
from tinygrad_w2v.ops.loss import Reduction
from tinygrad_w2v.random.distributions import numpy_generator
from tinygrad_w2v.validation import as_counts, at_least, within


class Counted(Module):
    """A module whose counts are part of its state; the spec contains only their number."""

    counts: Buffer
    _derived: tuple[int, Any] = (-1, None)

    def _derive(self) -> Any:
        """Compute what depends on the counts alone."""
        raise NotImplementedError

    def _current(self) -> Any:
        """Return the result of ``_derive``, computed again when the counts have changed."""
        if self._derived[0] != int(self.counts.version):
            as_counts(self.counts._data)  # another state may have been loaded
            self._derived = (int(self.counts.version), self._derive())
        return self._derived[1]

    def spec_arguments(self) -> dict[str, Any]:
        """Return the arguments, with the number of words instead of their counts."""
        return {**super().spec_arguments(), "counts": len(self.counts)}

    def extra_repr(self) -> str:
        """Return the number of words and the settings."""
        return f"counts={len(self.counts)}, {super().extra_repr()}"


class UnigramSampler(Stochastic, Counted, Layer, declared=True):
    """Draws words with probabilities proportional to count ** power.

    Parameters
    ----------
    counts
        The number of occurrences of each word, (V,), or only the number of words. They are part of
        the state; the spec contains only their number.
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

    counts: InitVar[npt.ArrayLike]
    power: Annotated[float, partial(within, 0, math.inf)] = 0.75
    rng: InitVar[Seed] = None

    def _initialize(self, counts: npt.ArrayLike, rng: Seed) -> None:
        self.counts = Buffer(as_counts(counts))
        self.rng = numpy_generator(rng)

    def __len__(self) -> int:
        return len(self.counts)

    def forward(self, shape: tuple[int, ...]) -> Array:
        """Draw word indices of the given shape, intp."""
        share, alias = self._current()
        return draw_alias(share, alias, shape, cast(np.random.Generator, self.rng))

    draw = forward

    def _derive(self) -> tuple[Array, Array]:
        weights = self.counts._data.astype(np.float64)
        # A word that never occurs is never drawn, even at power 0.
        return build_alias_table(np.where(weights > 0, weights**self.power, 0.0))


class _Sampling(Module):
    sampler: UnigramSampler  # the constructor also takes counts


class NegativeSamplingLoss(_Sampling, Initialized, declared=True):
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

    embedding_dim: Size
    sampler: InitVar[UnigramSampler | npt.ArrayLike]
    _: KW_ONLY
    negative: Size = 5
    shared: int | None = None
    block: Size = 64
    reduction: Reduction = "mean"

    def _initialize(
        self, sampler: UnigramSampler | npt.ArrayLike, rng: Seed, dtype: npt.DTypeLike
    ) -> None:
        if self.shared is not None:
            at_least(1, shared=self.shared)
        if not isinstance(sampler, UnigramSampler):
            sampler = UnigramSampler(sampler, rng=rng)
        self.sampler = sampler
        self.weight = new_parameter((len(sampler), self.embedding_dim), dtype, 0)

    def draw(self, targets: int) -> Array:
        """Draw negatives for a number of targets, (G, K), as the op requires."""
        if self.shared is None:
            return self.sampler.draw((targets, self.negative))
        return self.sampler.draw((-(-targets // self.block), self.shared))

    def forward(
        self, hidden: TensorLike, target: TensorLike, negatives: TensorLike | None = None
    ) -> Any:
        """Return the loss of vectors (B, D) and targets (B,); negatives are drawn if None."""
        target = np.asarray(target)
        if negatives is None:
            negatives = self.draw(len(target))
        factor = self.negative / np.shape(negatives)[1]
        return F.negative_sampling(
            hidden, self.weight, target, negatives, negative_weight=factor, reduction=self.reduction
        )

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
        factor = self.negative / np.shape(negatives)[1]
        loss: Tensor = F.skip_gram(
            hidden, self.weight, tokens, left, right, negatives, negative_weight=factor
        )
        return loss

    def spec_arguments(self) -> dict[str, Any]:
        """Return the arguments, with the sampler in use."""
        return {**super().spec_arguments(), "sampler": self.sampler}
