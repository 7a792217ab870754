"""Recurrent networks: RNN, LSTM and GRU, with several layers and both directions.

Parameters have PyTorch's names and shapes (``weight_ih_l0``, ``bias_hh_l1_reverse``, ...), so that
state dicts can be exchanged.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.layer import inherit_parameters
from tinygrad_w2v.validation import at_least, one_of, within


class _Recurrent(Stochastic):
    """A recurrent network; a subclass states the number of gates and defines :meth:`step`.

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
    dtype
        Dtype of the parameters.
    """

    gates: ClassVar[int]
    """Number of vectors of the hidden size that a step computes from the input."""
    states: ClassVar[int] = 1
    """Number of state vectors; the first is the output."""

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
            shapes: dict[str, Shape] = {
                "weight_ih": (rows, width),
                "weight_hh": (rows, hidden_size),
            }
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for direction in self.directions:
                for name, shape in shapes.items():
                    parameter = init.uniform_parameter(shape, bound, self.rng, dtype)
                    setattr(self, f"{name}_l{layer}{direction}", parameter)

    def forward(self, x: TensorLike, start: Any = None) -> tuple[Tensor, Any]:
        """Run over a sequence.

        Parameters
        ----------
        x : (T, N, input_size)
            (N, T, input_size) with `batch_first`.
        start : (num_layers · directions, N, hidden_size)
            The initial state; zeros by default.

        Returns
        -------
        outputs : (T, N, directions · hidden_size)
            The last layer's hidden states; (N, T, ...) with `batch_first`.
        last
            The last states, in the shape of `start`.
        """
        outputs, (last,) = self._run(x, None if start is None else [start])
        return outputs, last

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next states, (N, H) each, from the two products, (N, gates · H) each."""
        raise NotImplementedError

    def _run(self, x: TensorLike, start: list[Any] | None) -> tuple[Tensor, list[Any]]:
        """Run over a sequence; return the outputs and the last values of each state."""
        sequence = self._time_first(x)
        if start is None:  # one array of zeros for all: rules save it, and nothing changes it
            zeros = np.zeros((sequence.shape[1], self.hidden_size), sequence.dtype)
        last: list[list[Any]] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in self.directions:
                if start is None:
                    states = [zeros] * self.states
                else:
                    states = [self._initial(state, len(last), sequence) for state in start]
                steps, states = self._run_cell(f"_l{layer}{direction}", sequence, states)
                outputs.append(steps)
                last.append(states)
            sequence = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=2)
            if layer < self.num_layers - 1:
                sequence = F.dropout(sequence, self.dropout, self.training, self.rng)
        result: Tensor = np.swapaxes(sequence, 0, 1) if self.batch_first else sequence
        return result, [F.stack(list(states)) for states in zip(*last, strict=True)]

    def _time_first(self, x: TensorLike) -> Any:
        array = operand(x)
        if array.ndim != 3 or array.shape[2] != self.input_size:
            order = "(batch, time" if self.batch_first else "(time, batch"
            raise InputError(
                f"{type(self).__name__}: the input has shape {array.shape}: it must be {order}, "
                f"{self.input_size})"
            )
        return np.swapaxes(array, 0, 1) if self.batch_first else array

    def _initial(self, state: Any, cell: int, sequence: Any) -> Any:
        shape = (self.num_layers * len(self.directions), sequence.shape[1], self.hidden_size)
        if tuple(state.shape) != shape:
            raise InputError(
                f"{type(self).__name__}: the initial state has shape {tuple(state.shape)}: it must "
                f"be {shape}"
            )
        return state[cell]

    def _run_cell(self, suffix: str, sequence: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Run one direction of one layer over the sequence, (T, N, ·)."""
        weight_ih, weight_hh = (getattr(self, f"weight_{kind}{suffix}") for kind in ("ih", "hh"))
        bias_ih, bias_hh = (getattr(self, f"bias_{kind}{suffix}", None) for kind in ("ih", "hh"))
        from_x, from_h = weight_ih.T, weight_hh.T
        backwards = suffix.endswith("_reverse")
        # Unbind before the product, not after: the gradient of each piece is as large as the array
        # it was taken from, and the gates are several times as wide as the input.
        times = F.unbind(sequence)
        outputs = []
        for now in reversed(times) if backwards else times:
            from_input, from_hidden = now @ from_x, states[0] @ from_h
            if bias_ih is not None and bias_hh is not None:
                from_input, from_hidden = from_input + bias_ih, from_hidden + bias_hh
            states = self.step(from_input, from_hidden, states)
            outputs.append(states[0])
        return F.stack(outputs[::-1] if backwards else outputs), states

    def extra_repr(self) -> str:
        """Return the sizes."""
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        both = ", bidirectional" if len(self.directions) > 1 else ""
        return f"{self.input_size}, {self.hidden_size}{layers}{both}"


@inherit_parameters
class RNN(_Recurrent):
    """``h ← tanh(weight_ih · x + bias_ih + weight_hh · h + bias_hh)``.

    Source: Elman, "Finding structure in time", 1990.

    Parameters
    ----------
    nonlinearity
        ``"tanh"`` or ``"relu"``.
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
        sizes = (input_size, hidden_size, num_layers)
        super().__init__(*sizes, bias, batch_first, dropout, bidirectional, rng=rng, dtype=dtype)
        self.nonlinearity = nonlinearity

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next state."""
        total = from_input + from_hidden
        return [np.tanh(total) if self.nonlinearity == "tanh" else F.relu(total)]


@inherit_parameters
class LSTM(_Recurrent):
    """Long short-term memory: a cell state controlled by an input, a forget and an output gate.

    ``c ← σ(f) · c + σ(i) · tanh(g)`` and ``h ← σ(o) · tanh(c)``, where ``i, f, g, o`` are the parts
    of ``weight_ih · x + bias_ih + weight_hh · h + bias_hh``, in PyTorch's order. The state is the
    pair (h, c).

    Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the forget gate of
    Gers et al., 2000.

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
        """Return the outputs and the last (hidden, cell) states; see :meth:`RNN.forward`."""
        outputs, (hidden, cell) = self._run(x, None if start is None else list(start))
        return outputs, (hidden, cell)

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next hidden state and cell state."""
        i, f, g, o = F.chunk(from_input + from_hidden, 4, axis=1)
        cell = F.sigmoid(f) * states[1] + F.sigmoid(i) * np.tanh(g)
        return [F.sigmoid(o) * np.tanh(cell), cell]


@inherit_parameters
class GRU(_Recurrent):
    """Gated recurrent unit: an update gate z interpolates between the old and a new state n.

    ``h ← n + σ(z) · (h − n)`` with ``n = tanh(n_x + σ(r) · n_h)``. The parts r, z and n of
    ``weight_ih · x + bias_ih`` and of ``weight_hh · h + bias_hh`` are in PyTorch's order; r and z
    are the sums of the two.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv
    1406.1078, with the reset gate after the product, as in PyTorch and cuDNN.
    """

    gates = 3

    def step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next state."""
        reset_x, update_x, new_x = F.chunk(from_input, 3, axis=1)
        reset_h, update_h, new_h = F.chunk(from_hidden, 3, axis=1)
        update = F.sigmoid(update_x + update_h)
        new = np.tanh(new_x + F.sigmoid(reset_x + reset_h) * new_h)
        return [new + update * (states[0] - new)]
