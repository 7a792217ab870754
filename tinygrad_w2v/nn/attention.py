"""Multi-head attention."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Fraction, Initialized, Size
from tinygrad_w2v.nn.linear import NonDynamicallyQuantizableLinear
from tinygrad_w2v.nn.parameter import Parameter, new_parameter
from tinygrad_w2v.random.distributions import source_of


class MultiheadAttention(Stochastic, Initialized, declared=True, shown=""):
    """Scaled dot-product attention, ``softmax(Q · Kᵀ / √d) · V`` in several heads of size d.

    Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762, section 3.2. Parameters
    have PyTorch's names and shapes.

    Parameters
    ----------
    embed_dim
        Size of queries and outputs.
    num_heads
        Number of heads; it must divide `embed_dim`.
    dropout
        Probability of dropout of the attention weights.
    bias
        Whether the projections add a bias.
    add_bias_kv
        Whether to add one key and one value that are parameters.
    add_zero_attn
        Whether to add a key and a value of zeros.
    kdim, vdim
        Sizes of keys and values; by default `embed_dim`.
    batch_first
        Whether arrays are (N, T, E) instead of (T, N, E).
    rng
        Seed or Generator of the initial values and the dropout.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros((5, 2, 8), np.float32)
    >>> output, weights = MultiheadAttention(8, num_heads=2)(x, x, x)
    >>> tuple(output.shape), tuple(weights.shape)
    ((5, 2, 8), (2, 5, 5))
    """

    embed_dim: Size
    num_heads: Size
    dropout: Fraction = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    kdim: int | None = None
    vdim: int | None = None
    batch_first: bool = False

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        if self.embed_dim % self.num_heads:
            raise InputError(
                f"num_heads is {self.num_heads}: it must divide embed_dim, {self.embed_dim}"
            )
        size, self.rng = self.embed_dim, None if rng is None else source_of(rng)
        self.head_dim = size // self.num_heads
        sizes = size, self.kdim or size, self.vdim or size
        if sizes == (size, size, size):
            self.in_proj_weight: Parameter | None = new_parameter((3 * size, size), dtype)
        else:
            self.in_proj_weight = None
            for name, given in zip("qkv", sizes, strict=True):
                setattr(self, f"{name}_proj_weight", new_parameter((size, given), dtype))
        self.in_proj_bias = new_parameter((3 * size,), dtype, 0) if self.bias else None
        added = [new_parameter((1, 1, size), dtype) for _ in range(2 * self.add_bias_kv)]
        self.bias_k: Parameter | None = added[0] if added else None
        self.bias_v: Parameter | None = added[1] if added else None
        # Values are drawn in PyTorch's order.
        self.out_proj = NonDynamicallyQuantizableLinear(
            size, size, self.bias, rng=self.rng, dtype=dtype
        )
        self._reset_parameters(self.rng)

    def _reset_parameters(self, rng: Seed = None) -> None:
        """Draw the initial values of all parameters but the weight of ``out_proj``."""
        for name, parameter in self.named_parameters():
            if name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
                init.xavier_uniform_(parameter, generator=rng)
            elif name in ("in_proj_bias", "out_proj.bias"):
                init.zeros_(parameter)
        for row in (self.bias_k, self.bias_v):
            if row is not None:
                init.xavier_normal_(row, generator=rng)

    def forward(
        self,
        query: TensorLike,
        key: TensorLike,
        value: TensorLike,
        key_padding_mask: TensorLike | None = None,
        need_weights: bool = True,
        attn_mask: TensorLike | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Compute attention.

        Parameters
        ----------
        query : (T, N, E)
        key : (S, N, kdim)
        value : (S, N, vdim)
            (N, T, E) and so on with `batch_first`; all of them may lack the axis N.
        key_padding_mask : (N, S)
            Booleans, True where a key is padding and must not be attended to; or numbers added to
            the scores.
        need_weights
            Whether to return the weights.
        attn_mask : (T, S), or (N · heads, T, S)
            Booleans, True where a query must not attend to a key; or numbers added to the scores.
            A query that attends to no key results in zeros before the last projection.
        average_attn_weights
            Whether to average the weights over the heads.
        is_causal
            States that `attn_mask`, which is required then, is causal.

        Returns
        -------
        output : (T, N, E)
            In the shape of the query.
        weights : (N, T, S), or (N, heads, T, S), or None
            The weights after the dropout.
        """
        q, k, v = map(operand, (query, key, value))
        is_swapped = self.batch_first and q.ndim == 3
        if is_swapped:
            q, k, v = (np.swapaxes(x, 0, 1) for x in (q, k, v))
        separate: dict[str, Any] = {}
        if self.in_proj_weight is None:
            names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
            separate = {name: getattr(self, name) for name in names}
        output, weights = F.multi_head_attention_forward(
            q,
            k,
            v,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=bool(separate),
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
            rng=self.rng,
            **separate,
        )
        return (np.swapaxes(output, 0, 1) if is_swapped else output), weights
