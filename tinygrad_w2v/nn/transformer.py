"""Transformers: encoder and decoder layers, stacks of them, and the whole model."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import InitVar
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.attention import MultiheadAttention
from tinygrad_w2v.nn.container import ModuleList
from tinygrad_w2v.nn.dropout import Dropout, Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Layer, Size
from tinygrad_w2v.nn.linear import Linear
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.normalization import LayerNorm
from tinygrad_w2v.ops.creation import full
from tinygrad_w2v.random.distributions import source_of

Activation = str | Callable[[Any], Any]


class _Settings(Initialized, declared=True, shown=""):
    """Layers of attention and a feed-forward network, with residual connections and layer norms.

    Source: Vaswani et al., "Attention is all you need", arXiv 1706.03762, section 3.1; with
    `norm_first`, Xiong et al., arXiv 2002.04745. Parameters have PyTorch's names and shapes.

    Parameters
    ----------
    d_model
        Size of the vectors.
    nhead
        Number of heads; it must divide `d_model`.
    dim_feedforward
        Size of the hidden layer of the feed-forward network.
    dropout
        Probability of dropout, of the attention weights as well.
    activation
        Activation of the hidden layer: a function, or the name of one of ``nn.functional``.
    layer_norm_eps
        See :class:`LayerNorm`.
    batch_first
        Whether arrays are (N, T, E) instead of (T, N, E).
    norm_first
        Whether to normalize the input of each part instead of its result.
    bias
        Whether linear maps and norms add a bias.
    rng
        Seed or Generator of the initial values and the dropout.
    """


class _TransformerLayer(_Settings, declared=True):
    """Attention and a feed-forward network, each with a residual connection and a layer norm."""

    attentions: ClassVar[tuple[str, ...]]
    """Names of the attentions; each has a norm, and so has the feed-forward network."""

    d_model: Size
    nhead: Size
    dim_feedforward: Size = 2048
    dropout: InitVar[float] = 0.1
    activation: Activation = "relu"
    layer_norm_eps: InitVar[float] = 1e-5
    batch_first: InitVar[bool] = False
    norm_first: bool = False
    bias: InitVar[bool] = True

    def _initialize(
        self,
        dropout: float,
        layer_norm_eps: float,
        batch_first: bool,
        bias: bool,
        rng: Seed,
        dtype: npt.DTypeLike,
    ) -> None:
        source = None if rng is None else source_of(rng)
        made: dict[str, Any] = {"rng": source, "dtype": dtype}
        size, hidden = self.d_model, self.dim_feedforward
        for name in self.attentions:
            options = made | {"bias": bias, "batch_first": batch_first}
            setattr(self, name, MultiheadAttention(size, self.nhead, dropout, **options))
        self.linear1 = Linear(size, hidden, bias, **made)
        vars(self).pop("dropout", None)
        self.dropout = Dropout(dropout, rng=source)
        self.linear2 = Linear(hidden, size, bias, **made)
        numbers = range(1, len(self.attentions) + 2)
        for number in numbers:
            setattr(self, f"norm{number}", LayerNorm(size, layer_norm_eps, bias=bias, dtype=dtype))
        for number in numbers:
            setattr(self, f"dropout{number}", Dropout(dropout, rng=source))
        _activation(self.activation)

    def _residual(self, number: int, x: Any, part: Callable[[Any], Any]) -> Any:
        """Add the result of a part to its input, and normalize one of the two."""
        norm, dropout = getattr(self, f"norm{number}"), getattr(self, f"dropout{number}")
        if self.norm_first:
            return x + dropout(part(norm(x)))
        return norm(x + dropout(part(x)))

    def _attend(
        self, name: str, x: Any, memory: Any, mask: Any, padding: Any, is_causal: bool
    ) -> Any:
        output, _ = getattr(self, name)(
            *(x, memory, memory),
            attn_mask=mask,
            key_padding_mask=padding,
            is_causal=is_causal,
            need_weights=False,
        )
        return output

    def _feed_forward(self, x: Any) -> Any:
        layer: Any = self  # `dropout` is a module here, and a number in the constructor
        return self.linear2(layer.dropout(_activation(self.activation)(self.linear1(x))))


def _activation(activation: Activation) -> Callable[[Any], Any]:
    if not isinstance(activation, str):
        return activation
    found: Callable[[Any], Any] | None = getattr(F, activation, None)
    if not callable(found):
        hint = nearest_names(activation, dir(F)) or "name a function of nn.functional"
        raise InputError(f"activation is {activation!r}: {hint}")
    return found


class TransformerEncoderLayer(_TransformerLayer, declared=True):
    """Self-attention and a feed-forward network.

    Examples
    --------
    >>> import numpy as np
    >>> layer = TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> tuple(layer(np.zeros((3, 5, 8), np.float32)).shape)
    (3, 5, 8)
    """

    attentions = ("self_attn",)

    def forward(
        self,
        src: TensorLike,
        src_mask: TensorLike | None = None,
        src_key_padding_mask: TensorLike | None = None,
        is_causal: bool = False,
    ) -> Any:
        """Return an array in the shape of `src`; see :class:`MultiheadAttention` for the masks."""

        def attend(x: Any) -> Any:
            return self._attend("self_attn", x, x, src_mask, src_key_padding_mask, is_causal)

        return self._residual(2, self._residual(1, src, attend), self._feed_forward)


class TransformerDecoderLayer(_TransformerLayer, declared=True):
    """Self-attention, attention to the encoder's result, and a feed-forward network."""

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: TensorLike,
        memory: TensorLike,
        tgt_mask: TensorLike | None = None,
        memory_mask: TensorLike | None = None,
        tgt_key_padding_mask: TensorLike | None = None,
        memory_key_padding_mask: TensorLike | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """Return an array in the shape of `tgt`; see :class:`MultiheadAttention` for the masks."""

        def attend(x: Any) -> Any:
            return self._attend("self_attn", x, x, tgt_mask, tgt_key_padding_mask, tgt_is_causal)

        def attend_to_memory(x: Any) -> Any:
            masks = memory_mask, memory_key_padding_mask, memory_is_causal
            return self._attend("multihead_attn", x, memory, *masks)

        x = self._residual(1, tgt, attend)
        return self._residual(3, self._residual(2, x, attend_to_memory), self._feed_forward)


class _Stack(Layer, declared=True, shown=""):
    """Copies of a layer, one after the other, and a norm.

    Parameters
    ----------
    num_layers
        Number of copies.
    norm
        A module that is applied to the result.
    """

    def _create(self, layer: Module, count: int, norm: Module | None) -> None:
        modules = list(layer.modules())
        shared = {id(m.rng): m.rng for m in modules if isinstance(m, Stochastic)}
        self.layers = ModuleList(copy.deepcopy(layer, dict(shared)) for _ in range(count))
        self.norm = norm

    def _run(self, x: Any, *inputs: Any) -> Any:
        for layer in self.layers:
            x = layer(x, *inputs)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack, declared=True):
    """A stack of :class:`TransformerEncoderLayer`.

    Parameters
    ----------
    encoder_layer
        The layer, which is copied `num_layers` times.
    enable_nested_tensor, mask_check
        Accepted for compatibility; without effect.
    """

    encoder_layer: InitVar[Module]
    num_layers: Size
    norm: InitVar[Module | None] = None
    enable_nested_tensor: InitVar[bool] = True
    mask_check: InitVar[bool] = True

    def _initialize(self, encoder_layer: Module, norm: Module | None, **ignored: bool) -> None:
        self._create(encoder_layer, self.num_layers, norm)

    def forward(
        self,
        src: TensorLike,
        mask: TensorLike | None = None,
        src_key_padding_mask: TensorLike | None = None,
        is_causal: bool | None = None,
    ) -> Any:
        """Return an array in the shape of `src`; see :class:`TransformerEncoderLayer`."""
        return self._run(src, mask, src_key_padding_mask, bool(is_causal))


class TransformerDecoder(_Stack, declared=True):
    """A stack of :class:`TransformerDecoderLayer`.

    Parameters
    ----------
    decoder_layer
        The layer, which is copied `num_layers` times.
    """

    decoder_layer: InitVar[Module]
    num_layers: Size
    norm: InitVar[Module | None] = None

    def _initialize(self, decoder_layer: Module, norm: Module | None) -> None:
        self._create(decoder_layer, self.num_layers, norm)

    def forward(
        self,
        tgt: TensorLike,
        memory: TensorLike,
        tgt_mask: TensorLike | None = None,
        memory_mask: TensorLike | None = None,
        tgt_key_padding_mask: TensorLike | None = None,
        memory_key_padding_mask: TensorLike | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """Return an array in the shape of `tgt`; see :class:`TransformerDecoderLayer`."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        return self._run(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)


class Transformer(_Settings, declared=True):
    """An encoder and a decoder, each a stack of layers followed by a layer norm.

    Parameters
    ----------
    num_encoder_layers, num_decoder_layers
        Number of layers of the two stacks.
    custom_encoder, custom_decoder
        Modules to use instead of the stacks.
    """

    d_model: Size = 512
    nhead: Size = 8
    num_encoder_layers: Size = 6
    num_decoder_layers: Size = 6
    dim_feedforward: InitVar[int] = 2048
    dropout: InitVar[float] = 0.1
    activation: InitVar[Activation] = "relu"
    custom_encoder: InitVar[Module | None] = None
    custom_decoder: InitVar[Module | None] = None
    layer_norm_eps: InitVar[float] = 1e-5
    batch_first: bool = False
    norm_first: InitVar[bool] = False
    bias: InitVar[bool] = True

    def _initialize(
        self,
        dim_feedforward: int,
        dropout: float,
        activation: Activation,
        custom_encoder: Module | None,
        custom_decoder: Module | None,
        layer_norm_eps: float,
        norm_first: bool,
        bias: bool,
        rng: Seed,
        dtype: npt.DTypeLike,
    ) -> None:
        source = None if rng is None else source_of(rng)
        made: dict[str, Any] = {"dim_feedforward": dim_feedforward, "dropout": dropout}
        made |= {"activation": activation, "layer_norm_eps": layer_norm_eps, "bias": bias}
        made |= {"batch_first": self.batch_first, "norm_first": norm_first}
        made |= {"rng": source, "dtype": dtype}

        def norm() -> LayerNorm:
            return LayerNorm(self.d_model, layer_norm_eps, bias=bias, dtype=dtype)

        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(self.d_model, self.nhead, **made)
            custom_encoder = TransformerEncoder(encoder_layer, self.num_encoder_layers, norm())
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(self.d_model, self.nhead, **made)
            custom_decoder = TransformerDecoder(decoder_layer, self.num_decoder_layers, norm())
        self.decoder = custom_decoder
        self._reset_parameters(source)

    def _reset_parameters(self, rng: Seed = None) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, generator=rng)

    def forward(
        self,
        src: TensorLike,
        tgt: TensorLike,
        src_mask: TensorLike | None = None,
        tgt_mask: TensorLike | None = None,
        memory_mask: TensorLike | None = None,
        src_key_padding_mask: TensorLike | None = None,
        tgt_key_padding_mask: TensorLike | None = None,
        memory_key_padding_mask: TensorLike | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """Return the decoder's result for the target, in its shape.

        Parameters
        ----------
        src : (S, N, E)
        tgt : (T, N, E)
            (N, S, E) and (N, T, E) with `batch_first`.
        src_mask, tgt_mask, memory_mask : (S, S), (T, T), (T, S)
            Masks of the encoder's attention, of the decoder's, and of its attention to the
            encoder's result; see :class:`MultiheadAttention`.
        src_key_padding_mask, tgt_key_padding_mask, memory_key_padding_mask : (N, S) or (N, T)
            True where a key is padding.
        src_is_causal, tgt_is_causal, memory_is_causal
            State that the masks are causal.
        """
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: Any = None, dtype: npt.DTypeLike | None = None
    ) -> Tensor:
        """Return a causal mask, (sz, sz): −∞ above the diagonal and 0 elsewhere.

        Examples
        --------
        >>> Transformer.generate_square_subsequent_mask(2).tolist()
        [[0.0, -inf], [0.0, 0.0]]
        """
        mask: Any = np.triu(full((sz, sz), -math.inf, dtype=dtype, device=device), 1)
        return mask  # type: ignore[no-any-return]
