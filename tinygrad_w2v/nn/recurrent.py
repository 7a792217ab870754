"""Recurrent networks: RNN, LSTM and GRU, with several layers and both directions.

Parameters have PyTorch's names and shapes (``weight_ih_l0``, ``bias_hh_l1_reverse``, ...), so that
state dicts can be exchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed, uniform_parameter
from tinygrad_w2v.nn.layer import Fraction, Initialized, Size
from tinygrad_w2v.random.distributions import source_of


class _Recurrent(Stochastic, Initialized, declared=True):
    """A recurrent network; a subclass states the number of gates and defines ``_step``.

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

    gates: ClassVar[int]
    """Number of vectors of the hidden size that a step computes from the input."""
    states: ClassVar[int] = 1
    """Number of state vectors; the first is the output."""

    input_size: Size
    hidden_size: Size
    num_layers: Size = 1
    bias: bool = True
    batch_first: bool = False
    dropout: Fraction = 0.0
    bidirectional: bool = False

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        self.rng = None if rng is None else source_of(rng)
        self.directions = ("", "_reverse") if self.bidirectional else ("",)
        bound = 1.0 / math.sqrt(self.hidden_size)
        rows = self.gates * self.hidden_size
        for layer in range(self.num_layers):
            width = self.hidden_size * len(self.directions) if layer else self.input_size
            shapes: dict[str, Shape] = {
                "weight_ih": (rows, width),
                "weight_hh": (rows, self.hidden_size),
            }
            if self.bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            for direction in self.directions:
                for name, shape in shapes.items():
                    parameter = uniform_parameter(shape, bound, self.rng, dtype)
                    setattr(self, f"{name}_l{layer}{direction}", parameter)

    def forward(self, x: TensorLike, start: Any = None) -> tuple[Tensor, Any]:
        """Run over a sequence.

        Parameters
        ----------
        x : (T, N, input_size)
            (N, T, input_size) with `batch_first`.
        start : (num_layers · directions, N, hidden_size)
            The initial state; a pair (hidden, cell) for an LSTM; zeros by default.

        Returns
        -------
        outputs : (T, N, directions · hidden_size)
            The last layer's hidden states; (N, T, ...) with `batch_first`.
        last
            The last states, in the shape of `start`.
        """
        sequence: Any = operand(x)
        if sequence.ndim != 3 or sequence.shape[2] != self.input_size:
            order = "(batch, time" if self.batch_first else "(time, batch"
            raise InputError(
                f"{type(self).__name__}: the input has shape {sequence.shape}: it must be {order}, "
                f"{self.input_size})"
            )
        if self.batch_first:
            sequence = np.swapaxes(sequence, 0, 1)
        initial = self._initial_states(start, sequence)
        last: list[list[Any]] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in self.directions:
                states = [state[len(last)] for state in initial]
                steps, states = self._run_cell(f"_l{layer}{direction}", sequence, states)
                outputs.append(steps)
                last.append(states)
            sequence = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=2)
            if layer < self.num_layers - 1:
                sequence = F.dropout(sequence, self.dropout, self.training, self.rng)
        ends = tuple(F.stack(list(states)) for states in zip(*last, strict=True))
        result: Tensor = np.swapaxes(sequence, 0, 1) if self.batch_first else sequence
        return result, ends if self.states > 1 else ends[0]

    def _initial_states(self, start: Any, sequence: Any) -> Sequence[Any]:
        """Return each state as an array, or a list, of the states of all layers and directions."""
        shape = (self.num_layers * len(self.directions), sequence.shape[1], self.hidden_size)
        if start is None:  # one array of zeros for all: rules save it, and nothing changes it
            return [[np.zeros(shape[1:], sequence.dtype)] * shape[0]] * self.states
        states = start if self.states > 1 else (start,)
        for state in states:
            if tuple(state.shape) != shape:
                raise InputError(
                    f"{type(self).__name__}: the initial state has shape {tuple(state.shape)}: it "
                    f"must be {shape}"
                )
        return states

    def _step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        """Return the next states, (N, H) each, from the two products, (N, gates · H) each."""
        raise NotImplementedError

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
            states = self._step(from_input, from_hidden, states)
            outputs.append(states[0])
        return F.stack(outputs[::-1] if backwards else outputs), states


class RNN(_Recurrent, declared=True):
    """``h ← tanh(weight_ih · x + bias_ih + weight_hh · h + bias_hh)``.

    Source: Elman, "Finding structure in time", 1990.

    Parameters
    ----------
    nonlinearity
        ``"tanh"`` or ``"relu"``.
    """

    gates = 1

    _: KW_ONLY
    nonlinearity: Literal["tanh", "relu"] = "tanh"

    def _step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        total = from_input + from_hidden
        return [np.tanh(total) if self.nonlinearity == "tanh" else F.relu(total)]


class LSTM(_Recurrent, declared=True):
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

    def _step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        i, f, g, o = F.chunk(from_input + from_hidden, 4, axis=1)
        cell = F.sigmoid(f) * states[1] + F.sigmoid(i) * np.tanh(g)
        return [F.sigmoid(o) * np.tanh(cell), cell]


class GRU(_Recurrent, declared=True):
    """Gated recurrent unit: an update gate z interpolates between the old and a new state n.

    ``h ← n + σ(z) · (h − n)`` with ``n = tanh(n_x + σ(r) · n_h)``. The parts r, z and n of
    ``weight_ih · x + bias_ih`` and of ``weight_hh · h + bias_hh`` are in PyTorch's order; r and z
    are the sums of the two.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv
    1406.1078, with the reset gate after the product, as in PyTorch and cuDNN.
    """

    gates = 3

    def _step(self, from_input: Any, from_hidden: Any, states: list[Any]) -> list[Any]:
        reset_x, update_x, new_x = F.chunk(from_input, 3, axis=1)
        reset_h, update_h, new_h = F.chunk(from_hidden, 3, axis=1)
        update = F.sigmoid(update_x + update_h)
        new = np.tanh(new_x + F.sigmoid(reset_x + reset_h) * new_h)
        return [new + update * (states[0] - new)]
