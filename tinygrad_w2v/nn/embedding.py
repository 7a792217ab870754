"""Embedding and EmbeddingBag: tables of vectors read by index."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Size
from tinygrad_w2v.nn.parameter import Parameter, new_parameter
from tinygrad_w2v.validation import above_zero


class _Table(Initialized, declared=True):
    """A table of vectors.

    Parameters
    ----------
    num_embeddings, embedding_dim
        Rows and columns of the table.
    padding_idx
        Index of a row without a gradient, initially zeros. A negative one counts from the end.
    max_norm, norm_type
        Scale the rows that are read down to this norm first, in place.
    scale_grad_by_freq
        Whether to divide the gradient of each row by the number of times that it is read.
    sparse
        Accepted for compatibility. The gradient is a :class:`RowSparse` for either value, and the
        optimizers state how they treat it.
    scale
        Initial values are uniform in ±scale; None: normal with a standard deviation of 1.
    _weight
        Initial values, (num_embeddings, embedding_dim); the array is wrapped, not copied.
    _freeze
        Whether the table is constant: it requires no gradient.
    """

    num_embeddings: Size
    embedding_dim: Size
    _: KW_ONLY
    scale: float | None = None

    def _create(
        self,
        padding_idx: int | None,
        weight: TensorLike | None,
        freeze: bool,
        rng: Seed,
        dtype: npt.DTypeLike,
    ) -> int | None:
        """Create the table; return the index of the padding row counted from the start."""
        shape = self.num_embeddings, self.embedding_dim
        if padding_idx is not None:
            if not -shape[0] <= padding_idx < shape[0]:
                raise InputError(
                    f"padding_idx is {padding_idx}: it must be within {-shape[0]} to {shape[0] - 1}"
                )
            padding_idx %= shape[0]
        if weight is None:
            self.weight = new_parameter(shape, dtype)
            self._draw(padding_idx, rng)
        else:
            values = array_of(weight)
            if values.shape != shape:
                raise InputError(f"_weight has shape {values.shape}: it must be {shape}")
            self.weight = Parameter(values)
        self.weight.requires_grad_(not freeze)
        return padding_idx

    def _draw(self, padding_idx: int | None, rng: Seed) -> None:
        if self.scale is None:
            init.normal_(self.weight, generator=rng)
        else:
            above_zero(scale=self.scale)
            init.uniform_(self.weight, -self.scale, self.scale, rng)
        if padding_idx is not None:
            array_of(self.weight)[padding_idx] = 0

    def reset_parameters(self) -> None:
        """Draw the initial values again, from the default generator."""
        self._draw(vars(self)["padding_idx"], None)

    @classmethod
    def from_pretrained(
        cls, embeddings: TensorLike, freeze: bool = True, *settings: Any, **named: Any
    ) -> Self:
        """Return a layer with the table `embeddings`, (num_embeddings, embedding_dim).

        Parameters
        ----------
        embeddings
            Values of the table; an array is wrapped, not copied.
        freeze
            Whether the table is constant: it requires no gradient.
        *settings, **named
            Arguments of the constructor, from the third.

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_w2v import nn
        >>> layer = nn.Embedding.from_pretrained(np.eye(3, dtype=np.float32))
        >>> layer([2]).tolist(), layer.weight.requires_grad
        ([[0.0, 0.0, 1.0]], False)
        """
        if np.ndim(embeddings) != 2:
            raise InputError(
                f"from_pretrained: embeddings have shape {np.shape(embeddings)}: they must be "
                f"(num_embeddings, embedding_dim)"
            )
        rows, columns = np.shape(embeddings)
        make: Any = cls
        made: Self = make(rows, columns, *settings, _weight=embeddings, _freeze=freeze, **named)
        return made

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments; the values of the table belong to the state."""
        arguments = super().spec_arguments()
        arguments.pop("_weight", None)
        return arguments


class Embedding(
    _Table,
    declared=True,
    shown="num_embeddings embedding_dim | padding_idx? max_norm? norm_type? scale_grad_by_freq? "
    "sparse?",
):
    """A table of vectors, read by index; its gradient is row-sparse.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> nn.Embedding(7, 3)([[1, 0], [3, 0]]).shape
    (2, 2, 3)
    """

    padding_idx: int | None = None
    max_norm: float | None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False
    _weight: InitVar[Any] = None
    _freeze: InitVar[bool] = False

    def _initialize(
        self, _weight: TensorLike | None, _freeze: bool, rng: Seed, dtype: npt.DTypeLike
    ) -> None:
        self.padding_idx = self._create(self.padding_idx, _weight, _freeze, rng, dtype)

    def forward(self, input: TensorLike) -> Any:
        """Return the rows at the indices `input`, (...) → (..., embedding_dim)."""
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
        )


class EmbeddingBag(
    _Table,
    declared=True,
    shown="num_embeddings embedding_dim | max_norm? norm_type? scale_grad_by_freq? mode "
    "padding_idx?",
):
    """A table of vectors, reduced over bags of indices to their mean, sum or maximum.

    Parameters
    ----------
    mode
        ``"mean"``, ``"sum"`` or ``"max"``.
    include_last_offset
        Whether `offsets` has one more entry, the end of the last bag.
    padding_idx
        Index of a row that is no member of any bag, initially zeros. None: −1 pads bags.
    """

    max_norm: float | None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    mode: Literal["mean", "sum", "max"] = "mean"
    sparse: bool = False
    _weight: InitVar[Any] = None
    include_last_offset: bool = False
    padding_idx: int | None = None
    _: KW_ONLY
    _freeze: InitVar[bool] = False

    def _initialize(
        self, _weight: TensorLike | None, _freeze: bool, rng: Seed, dtype: npt.DTypeLike
    ) -> None:
        self.padding_idx = self._create(self.padding_idx, _weight, _freeze, rng, dtype)

    def forward(
        self,
        input: TensorLike,
        offsets: TensorLike | None = None,
        per_sample_weights: TensorLike | None = None,
    ) -> Any:
        """Return a vector for each bag, (B, embedding_dim); see :func:`embedding_bag`."""
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )
