"""The recurrences of RNN, LSTM and GRU, and their cells, which make one step."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Size
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import new_parameter
from tinygrad_w2v.ops.recurrent import gru_sequence, lstm_sequence, rnn_sequence
from tinygrad_w2v.random.distributions import source_of


class Recurrence(Module):
    """One layer in one direction: how a sequence of projected inputs changes the states.

    Attributes
    ----------
    gates
        Number of vectors of the hidden size that a step computes from the input.
    states
        Number of state vectors; the first is the output.
    """

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1

    def _run(
        self, sequence: Any, states: list[Any], weights: dict[str, Any], active: Any = None
    ) -> tuple[Any, list[Any]]:
        """Return the outputs, (T, N, H), and the last states, (N, H) each.

        `weights` are those of one layer in one direction, ``weight_ih``, ``bias_hh`` and so on.
        """
        raise NotImplementedError


class ElmanRecurrence(Recurrence):
    """See :class:`RNN`."""

    nonlinearity: Literal["tanh", "relu"]

    def _run(
        self, sequence: Any, states: list[Any], weights: dict[str, Any], active: Any = None
    ) -> tuple[Any, list[Any]]:
        outputs = rnn_sequence(
            _projected(sequence, weights, "bias_ih", "bias_hh"),
            states[0],
            weights["weight_hh"],
            nonlinearity=self.nonlinearity,
            active=active,
        )
        return outputs, [outputs[-1]]


class LSTMRecurrence(Recurrence):
    """See :class:`LSTM`."""

    gates = 4
    states = 2

    def _run(
        self, sequence: Any, states: list[Any], weights: dict[str, Any], active: Any = None
    ) -> tuple[Any, list[Any]]:
        width, weight_hh = states[0].shape[-1], weights["weight_hh"]
        none = np.zeros((0, weight_hh.shape[0] // self.gates), weight_hh.dtype)
        both = lstm_sequence(
            _projected(sequence, weights, "bias_ih", "bias_hh"),
            *states,
            weight_hh,
            weights.get("weight_hr", none),
            active=active,
        )
        outputs = both[:, :, :width]
        return outputs, [outputs[-1], both[-1, :, width:]]


class GRURecurrence(Recurrence):
    """See :class:`GRU`."""

    gates = 3

    def _run(
        self, sequence: Any, states: list[Any], weights: dict[str, Any], active: Any = None
    ) -> tuple[Any, list[Any]]:
        weight_hh = weights["weight_hh"]
        none = np.zeros(weight_hh.shape[0], weight_hh.dtype)
        outputs = gru_sequence(
            _projected(sequence, weights, "bias_ih"),
            states[0],
            weight_hh,
            weights.get("bias_hh", none),
            active=active,
        )
        return outputs, [outputs[-1]]


def _projected(sequence: Any, weights: dict[str, Any], *biases: str) -> Any:
    """Return the inputs of all times times their weight, plus the biases."""
    product = sequence @ weights["weight_ih"].T
    given = [weights[name] for name in biases if name in weights]
    return product + sum(given[1:], given[0]) if given else product


def shapes_of(
    recurrence: type[Recurrence], inputs: int, hidden: int, bias: bool, projection: int = 0
) -> dict[str, Shape]:
    """Return the shapes of the parameters of one layer in one direction."""
    rows = recurrence.gates * hidden
    shapes: dict[str, Shape] = {
        "weight_ih": (rows, inputs),
        "weight_hh": (rows, projection or hidden),
    }
    if bias:
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    if projection:
        shapes["weight_hr"] = (projection, hidden)
    return shapes


def draw_uniform(module: Module, hidden: int, rng: Seed) -> None:
    """Fill all parameters with values uniform within ±1/√hidden, in PyTorch's order."""
    bound, source = 1.0 / math.sqrt(hidden), source_of(rng)
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound, source)


# --- cells --------------------------------------------------------------------------------------


class RNNCellBase(Recurrence, Initialized, declared=True, shown="input_size hidden_size | bias?"):
    """One step of a recurrent network.

    Parameters
    ----------
    input_size, hidden_size
        Sizes of the input and of the hidden state.
    bias
        Whether to add biases.
    rng
        Seed or Generator of the initial values, uniform within ±1/√hidden_size.
    """

    input_size: Size
    hidden_size: Size
    bias: bool = True

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        shapes = shapes_of(type(self), self.input_size, self.hidden_size, self.bias)
        self._kinds = tuple(shapes)
        for name, shape in shapes.items():
            setattr(self, name, new_parameter(shape, dtype))
        draw_uniform(self, self.hidden_size, rng)

    def reset_parameters(self) -> None:
        """Draw the initial values again, from the default generator."""
        draw_uniform(self, self.hidden_size, None)

    def forward(self, input: TensorLike, hx: Any = None) -> Any:
        """Return the next state.

        Parameters
        ----------
        input : (N, input_size) or (input_size,)
        hx : (N, hidden_size) or (hidden_size,)
            The state; a pair (hidden, cell) for an LSTM; zeros by default.
        """
        x: Any = operand(input)
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise InputError(
                f"{type(self).__name__}: the input has shape {tuple(x.shape)}: it must be (batch, "
                f"{self.input_size}) or ({self.input_size},)"
            )
        shape = (*x.shape[:-1], self.hidden_size)
        if hx is None:
            states = [np.zeros(shape, x.dtype)] * self.states
        else:
            states = list(hx) if self.states > 1 else [hx]
        for state in states:
            if tuple(state.shape) != shape:
                raise InputError(
                    f"{type(self).__name__}: the state has shape {tuple(state.shape)}: it must be "
                    f"{shape}"
                )
        if x.ndim == 1:
            states = [np.expand_dims(state, 0) for state in states]
        weights = {name: getattr(self, name) for name in self._kinds}
        _, last = self._run(np.reshape(x, (1, -1, self.input_size)), states, weights)
        if x.ndim == 1:
            last = [state[0] for state in last]
        return tuple(last) if self.states > 1 else last[0]


class RNNCell(
    ElmanRecurrence,
    RNNCellBase,
    declared=True,
    shown="input_size hidden_size | bias? nonlinearity?",
):
    """One step of an :class:`RNN`; returns the hidden state.

    Parameters
    ----------
    nonlinearity
        ``"tanh"`` or ``"relu"``.
    """

    nonlinearity: Literal["tanh", "relu"] = "tanh"


class LSTMCell(LSTMRecurrence, RNNCellBase, declared=True):
    """One step of an :class:`LSTM`; takes and returns the pair (hidden, cell)."""


class GRUCell(GRURecurrence, RNNCellBase, declared=True):
    """One step of a :class:`GRU`; returns the hidden state."""
