"""Recurrent networks, RNN, LSTM and GRU, with several layers and both directions.

Parameters have PyTorch's names and shapes (``weight_ih_l0``, ``bias_hh_l1_reverse``, ...), so that
state dicts can be exchanged. All mathematics is in ``ops.recurrent``.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Fraction, Initialized, Size
from tinygrad_w2v.nn.parameter import Parameter, new_parameter
from tinygrad_w2v.nn.recurrent_cell import (
    ElmanRecurrence,
    GRURecurrence,
    LSTMRecurrence,
    Recurrence,
    draw_uniform,
    shapes_of,
)
from tinygrad_w2v.nn.utils.rnn import Layout, PackedSequence
from tinygrad_w2v.random.distributions import source_of


class _Sizes(Initialized, declared=True):
    """The first arguments of all networks."""

    input_size: Size
    hidden_size: Size
    num_layers: Size = 1


class _Nonlinear(_Sizes, declared=True):
    """The fourth argument of RNN."""

    nonlinearity: Literal["tanh", "relu"] = "tanh"


class _Options(Initialized, declared=True):
    """The arguments of all networks that follow."""

    bias: bool = True
    batch_first: bool = False
    dropout: Fraction = 0.0
    bidirectional: bool = False


class RNNBase(
    Recurrence,
    Stochastic,
    _Options,
    _Sizes,
    declared=True,
    shown="input_size hidden_size | num_layers? bias? batch_first? dropout? bidirectional?",
):
    """A recurrent network: :class:`RNN`, :class:`LSTM` or :class:`GRU`.

    Parameters
    ----------
    input_size, hidden_size
        Sizes of the input and of the hidden state.
    num_layers
        Number of stacked layers.
    bias
        Whether to add biases.
    batch_first
        Whether the input is (N, T, input_size) instead of (T, N, input_size).
    dropout
        Probability of dropout between layers.
    bidirectional
        Whether a second network reads the sequence in reverse. Its outputs are concatenated to
        the first's.
    rng
        Seed or Generator of the dropout and of the initial values, uniform within ±1/√hidden_size.
    """

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        self.rng = None if rng is None else source_of(rng)
        width = self.input_size
        for layer in range(self.num_layers):
            shapes = shapes_of(type(self), width, self.hidden_size, self.bias, self._projection())
            for direction in self._directions():
                for name, shape in shapes.items():
                    setattr(self, f"{name}_l{layer}{direction}", new_parameter(shape, dtype))
            width = (self._projection() or self.hidden_size) * len(self._directions())

        draw_uniform(self, self.hidden_size, self.rng)

    def reset_parameters(self) -> None:
        """Draw the initial values again, from the default generator."""
        draw_uniform(self, self.hidden_size, None)

    def _directions(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def _projection(self) -> int:
        """Return the size of the projected hidden state, or 0."""
        return 0

    def _weights(self, layer: int, direction: str) -> dict[str, Parameter]:
        """Return the parameters of one layer in one direction, by kind."""
        kinds = shapes_of(type(self), 1, 1, self.bias, self._projection())
        return {kind: getattr(self, f"{kind}_l{layer}{direction}") for kind in kinds}

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [
            list(self._weights(layer, direction).values())
            for layer in range(self.num_layers)
            for direction in self._directions()
        ]

    def flatten_parameters(self) -> None:
        """Do nothing; there is no copy of the parameters in one piece of memory, as on a GPU."""

    def forward(self, input: TensorLike | PackedSequence, hx: Any = None) -> tuple[Any, Any]:
        """Run over a sequence.

        Parameters
        ----------
        input : (T, N, input_size), (T, input_size) or PackedSequence
            (N, T, input_size) with `batch_first`.
        hx : (num_layers · directions, N, hidden_size)
            The initial state; a pair (hidden, cell) for an LSTM; zeros by default. Without the
            axis N for a single sequence.

        Returns
        -------
        outputs : (T, N, directions · hidden_size)
            The last layer's hidden states; (N, T, ...) with `batch_first`; packed for a packed
            input.
        last
            The last states, in the shape of `hx`.
        """
        if isinstance(input, PackedSequence):
            layout = Layout.of(input.batch_sizes)
            sequence = self._checked(layout.pad(input.data), input.data.shape, 2)
            active = None if layout.active.all() else layout.active
            initial = self._initial_states(hx, sequence, False, input.sorted_indices)
            outputs, last = self._run_layers(sequence, initial, active)
            if input.unsorted_indices is not None:
                order = array_of(input.unsorted_indices)
                last = [state[:, order] for state in last]
            result: Any = input._replace(data=layout.pack(outputs))
            return result, tuple(last) if self.states > 1 else last[0]
        sequence = operand(input)
        is_single = sequence.ndim == 2
        sequence = self._checked(sequence, sequence.shape, 3 - is_single)
        time = 1 if self.batch_first and not is_single else 0
        sequence = np.expand_dims(sequence, 1) if is_single else np.swapaxes(sequence, 0, time)
        initial = self._initial_states(hx, sequence, is_single)
        result, last = self._run_layers(sequence, initial)
        if is_single:
            result, last = result[:, 0], [state[:, 0] for state in last]
        elif time:
            result = np.swapaxes(result, 0, 1)
        return result, tuple(last) if self.states > 1 else last[0]

    def _checked(self, sequence: Any, shape: Shape, ndim: int) -> Any:
        """Return the sequence, or raise if the input has the wrong shape or no steps."""
        if len(shape) != ndim or shape[-1] != self.input_size or not sequence.shape[0]:
            order = "batch, time" if self.batch_first else "time, batch"
            raise InputError(
                f"{type(self).__name__}: the input has shape {tuple(shape)}: it must be ({order}, "
                f"{self.input_size}) or (time, {self.input_size}), with one step or more"
            )
        return sequence

    def _run_layers(
        self, sequence: Any, initial: list[Any], active: Any = None
    ) -> tuple[Any, list[Any]]:
        """Return the last layer's outputs, (T, N, ·), and the last states of all layers."""
        last: list[list[Any]] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in self._directions():
                states = [state[len(last)] for state in initial]
                weights = self._weights(layer, direction)
                if direction:
                    ahead = None if active is None else active[::-1]
                    steps, states = self._run(np.flip(sequence, 0), states, weights, ahead)
                    steps = np.flip(steps, 0)
                else:
                    steps, states = self._run(sequence, states, weights, active)
                outputs.append(steps)
                last.append(states)
            sequence = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=2)
            if layer < self.num_layers - 1:
                sequence = F.dropout(sequence, self.dropout, self.training, rng=self.rng)
        return sequence, [F.stack(list(states)) for states in zip(*last, strict=True)]

    def _initial_states(
        self, hx: Any, sequence: Any, is_single: bool, order: Tensor | None = None
    ) -> list[Any]:
        """Return the states of all layers and directions, (L, N, H) each."""
        lead = (self.num_layers * len(self._directions()), sequence.shape[1])
        widths = (self._projection() or self.hidden_size, self.hidden_size)[: self.states]
        if hx is None:
            return [np.zeros((*lead, width), sequence.dtype) for width in widths]
        states = []
        for state, width in zip(hx if self.states > 1 else (hx,), widths, strict=True):
            shape = (lead[0], width) if is_single else (*lead, width)
            if tuple(state.shape) != shape:
                raise InputError(
                    f"{type(self).__name__}: the initial state has shape {tuple(state.shape)}: it "
                    f"must be {shape}"
                )
            state = np.expand_dims(state, 1) if is_single else state
            states.append(state if order is None else state[:, array_of(order)])
        return states


class RNN(ElmanRecurrence, RNNBase, _Nonlinear, declared=True):
    """``h ← tanh(weight_ih · x + bias_ih + weight_hh · h + bias_hh)``.

    Source: Elman, "Finding structure in time", 1990.

    Parameters
    ----------
    nonlinearity
        ``"tanh"`` or ``"relu"``.
    """


class LSTM(
    LSTMRecurrence,
    RNNBase,
    declared=True,
    shown="input_size hidden_size | proj_size? num_layers? bias? batch_first? dropout? "
    "bidirectional?",
):
    """Long short-term memory: a cell state controlled by an input, a forget and an output gate.

    ``c ← σ(f) · c + σ(i) · tanh(g)`` and ``h ← σ(o) · tanh(c)``, where ``i, f, g, o`` are the parts
    of ``weight_ih · x + bias_ih + weight_hh · h + bias_hh``, in PyTorch's order. The state is the
    pair (h, c).

    Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the forget gate of
    Gers et al., 2000, and the projection of Sak et al., arXiv 1402.1128.

    Parameters
    ----------
    proj_size
        Size of the hidden state, if it is projected by ``weight_hr``; it is smaller than
        `hidden_size`, which is that of the cell. 0: no projection.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> output, (hidden, cell) = nn.LSTM(3, 5)(np.zeros((7, 2, 3), np.float32))
    >>> tuple(output.shape), tuple(hidden.shape), tuple(cell.shape)
    ((7, 2, 5), (1, 2, 5), (1, 2, 5))
    """

    proj_size: int = 0

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        if not 0 <= self.proj_size < self.hidden_size:
            raise InputError(
                f"proj_size is {self.proj_size}: it must be at least 0 and below hidden_size, "
                f"{self.hidden_size}"
            )
        super()._initialize(rng, dtype)

    def _projection(self) -> int:
        return self.proj_size


class GRU(GRURecurrence, RNNBase, declared=True):
    """Gated recurrent unit: an update gate z interpolates between the old and a new state n.

    ``h ← n + σ(z) · (h − n)`` with ``n = tanh(n_x + σ(r) · n_h)``. The parts r, z and n of
    ``weight_ih · x + bias_ih`` and of ``weight_hh · h + bias_hh`` are in PyTorch's order; r and z
    are the sums of the two.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv
    1406.1078, with the reset gate after the product, as in PyTorch and cuDNN.
    """
