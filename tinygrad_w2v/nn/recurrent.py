"""Recurrent networks: RNN, LSTM and GRU, in several layers and both directions.

Parameters have PyTorch's names and shapes (``weight_ih_l0``, ``bias_hh_l1_reverse``, ...), so
that states can be exchanged.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import at_least, one_of, within


class _Recurrent(Module):
    """What recurrent networks share: parameters, layers, directions; subclasses define a step."""

    gates: int
    """How many vectors of the hidden size a step computes from the input."""
    states: int = 1
    """How many vectors go from step to step; the first of them is the output."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        within(0, 1, dropout=dropout)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.batch_first = batch_first
        self.dropout = dropout
        self.directions = ("", "_reverse") if bidirectional else ("",)
        self.rng = np.random.default_rng(rng)
        bound = 1.0 / math.sqrt(hidden_size)
        rows = self.gates * hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * len(self.directions)
            for direction in self.directions:
                shapes: dict[str, Shape] = {
                    "weight_ih": (rows, width),
                    "weight_hh": (rows, hidden_size),
                }
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    parameter = init.new(shape, bound, self.rng, dtype)
                    setattr(self, f"{name}_l{layer}{direction}", parameter)

    def run(self, x: TensorLike, start: list[Any] | None) -> tuple[Tensor, list[Any]]:
        """Run over a sequence; return the outputs, and each state's last values."""
        sequence = self._by_time(x)
        if start is None:  # one array of zeros for all: rules keep it, and change nothing
            zeros = np.zeros((sequence.shape[1], self.hidden_size), sequence.dtype)
        last: list[list[Any]] = []
        for layer in range(self.num_layers):
            outputs = []
            for place, direction in enumerate(self.directions):
                cell = layer * len(self.directions) + place
                if start is None:
                    begin = [zeros] * self.states
                else:
                    begin = [self._start(state, cell, sequence) for state in start]
                steps, end = self._run_cell(f"_l{layer}{direction}", sequence, begin, place == 1)
                outputs.append(steps)
                last.append(end)
            sequence = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=2)
            if layer < self.num_layers - 1:
                sequence = F.dropout(sequence, self.dropout, self.training, self.rng)
        result: Tensor = np.swapaxes(sequence, 0, 1) if self.batch_first else sequence
        return result, [F.stack(list(states)) for states in zip(*last, strict=True)]

    def _by_time(self, x: TensorLike) -> Any:
        array: Any = x if isinstance(x, Tensor) else np.asarray(x)
        if array.ndim != 3 or array.shape[2] != self.input_size:
            order = "(batch, time" if self.batch_first else "(time, batch"
            raise InputError(
                f"{type(self).__name__}: the input has shape {array.shape}: it must be {order}, "
                f"{self.input_size})"
            )
        return np.swapaxes(array, 0, 1) if self.batch_first else array

    def _start(self, state: Any, cell: int, sequence: Any) -> Any:
        batch, cells = sequence.shape[1], self.num_layers * len(self.directions)
        if tuple(state.shape) != (cells, batch, self.hidden_size):
            raise InputError(
                f"{type(self).__name__}: the initial state has shape {tuple(state.shape)}: it must "
                f"be {(cells, batch, self.hidden_size)}"
            )
        return state[cell]

    def _run_cell(
        self, suffix: str, sequence: Any, states: list[Any], is_reversed: bool
    ) -> tuple[Any, list[Any]]:
        """Run one direction of one layer over the sequence, (T, N, ·)."""
        weight_ih, weight_hh = (getattr(self, f"weight_{kind}{suffix}") for kind in ("ih", "hh"))
        bias_ih, bias_hh = (getattr(self, f"bias_{kind}{suffix}", None) for kind in ("ih", "hh"))
        from_x, from_h = weight_ih.T, weight_hh.T
        # The input is cut into times before the product, not after: the gradient of each piece
        # is as large as what it was cut from, and the gates are several times as wide.
        times = F.unbind(sequence)
        outputs = []
        for now in reversed(times) if is_reversed else times:
            from_input, from_hidden = now @ from_x, states[0] @ from_h
            if bias_ih is not None and bias_hh is not None:
                from_input, from_hidden = from_input + bias_ih, from_hidden + bias_hh
            states = self.step(from_input, from_hidden, states)
            outputs.append(states[0])
        return F.stack(outputs[::-1] if is_reversed else outputs), states

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next states, (N, H) each, from the two products, (N, gates · H) each."""
        raise NotImplementedError

    def get_extra_state(self) -> Any:
        """Return where the random numbers of the dropout are."""
        return self.rng.bit_generator.state if self.dropout else None

    def set_extra_state(self, state: Any) -> None:
        """Go on with the random numbers from there."""
        self.rng.bit_generator.state = state

    def extra_repr(self) -> str:
        """Return the sizes."""
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        both = ", bidirectional" if len(self.directions) > 1 else ""
        return f"{self.input_size}, {self.hidden_size}{layers}{both}"


class RNN(_Recurrent):
    """``h ← tanh(weight_ih · x + bias_ih + weight_hh · h + bias_hh)``.

    Source: Elman, "Finding structure in time", 1990.

    Parameters
    ----------
    input_size, hidden_size
        Sizes of the input and of the state.
    num_layers
        How many are stacked.
    bias
        Whether to add biases.
    batch_first
        The input is (batch, time, size), not (time, batch, size).
    dropout
        Between the layers.
    bidirectional
        Whether a second network reads backward; the outputs of both stand side by side.
    nonlinearity
        ``"tanh"`` or ``"relu"``.
    rng
        Seed or Generator, of the initial values, uniform within ±1/√hidden_size, and the dropout.
    dtype
        Of the parameters.
    """

    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        nonlinearity: Literal["tanh", "relu"] = "tanh",
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        one_of(("tanh", "relu"), nonlinearity=nonlinearity)
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            rng=rng,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity

    def forward(self, x: TensorLike, start: Any = None) -> tuple[Tensor, Tensor]:
        """Return the outputs, (T, N, directions · H), and the last states, (cells, N, H)."""
        output, (last,) = self.run(x, None if start is None else [start])
        return output, last

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next state."""
        total = from_input + from_hidden
        return [np.tanh(total) if self.nonlinearity == "tanh" else F.relu(total)]


class LSTM(_Recurrent):
    """Long short-term memory: a cell that gates let in, keep and put out.

    Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the forget gate of
    Gers et al. 2000.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng, dtype
        As for :class:`RNN`. The gates stand in PyTorch's order: in, forget, cell, out.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> output, (hidden, cell) = nn.LSTM(3, 5)(np.zeros((7, 2, 3), np.float32))
    >>> output.shape, hidden.shape, cell.shape
    ((7, 2, 5), (1, 2, 5), (1, 2, 5))
    """

    gates = 4
    states = 2

    def forward(
        self, x: TensorLike, start: tuple[Any, Any] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the outputs and the last (hidden, cell) states; see :class:`RNN`."""
        output, (hidden, cell) = self.run(x, None if start is None else list(start))
        return output, (hidden, cell)

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next hidden state and cell."""
        let_in, keep, new, put_out = F.chunk(from_input + from_hidden, 4, axis=1)
        cell = F.sigmoid(keep) * states[1] + F.sigmoid(let_in) * np.tanh(new)
        return [F.sigmoid(put_out) * np.tanh(cell), cell]


class GRU(_Recurrent):
    """Gated recurrent unit: a state that is partly kept and partly replaced.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv
    1406.1078, with the reset gate after the product, as in PyTorch and cuDNN.

    Parameters
    ----------
    input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng, dtype
        As for :class:`RNN`. The gates stand in PyTorch's order: reset, update, new.
    """

    gates = 3

    def forward(self, x: TensorLike, start: Any = None) -> tuple[Tensor, Tensor]:
        """Return the outputs and the last states; see :class:`RNN`."""
        output, (last,) = self.run(x, None if start is None else [start])
        return output, last

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next state."""
        reset_x, update_x, new_x = F.chunk(from_input, 3, axis=1)
        reset_h, update_h, new_h = F.chunk(from_hidden, 3, axis=1)
        update = F.sigmoid(update_x + update_h)
        new = np.tanh(new_x + F.sigmoid(reset_x + reset_h) * new_h)
        return [new + update * (states[0] - new)]
