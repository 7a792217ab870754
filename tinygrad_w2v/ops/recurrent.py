"""Recurrent networks over a whole sequence: one layer in one direction is one op.

The input's product with its weight is computed for all times at once, outside of these ops, and
passed as `projected`, (T, N, gates · H). Sequences of different lengths are padded: `active`,
(T, N) booleans, is False where a sequence has ended or not begun, and its state does not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import Sample
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.activation import sigmoid
from tinygrad_w2v.ops.piecewise import relu


def _samples(gates: int, states: int, biases: int, projection: bool = False) -> Any:
    """Return a sampler: sequences of equal and of different lengths, and one step."""

    def samples(rng: np.random.Generator) -> list[Sample]:
        made = []
        active = np.array([[True, True], [True, False], [False, True]])
        calls: list[tuple[int, dict[str, Any]]] = [(3, {}), (3, {"active": active}), (1, {})]
        for steps, attributes in calls:
            width = 1 if projection and attributes else 2  # of the hidden state
            args = [rng.normal(size=(steps, 2, gates * 2)), rng.normal(size=(2, width))]
            args += [rng.normal(size=(2, 2)) for _ in range(states - 1)]
            args.append(rng.normal(size=(gates * 2, width)))
            args += [rng.normal(size=gates * 2) for _ in range(biases)]
            if projection:
                args.append(rng.normal(size=(1 if width == 1 else 0, 2)))
            made.append(Sample(*args, **attributes))
        return made

    return samples


def _advanced(new: Any, old: Any, active: Array | None, t: int) -> Any:
    """Return the new state of the sequences that are active, and the old one of the others."""
    return new if active is None else np.where(active[t][:, None], new, old)


def _divided(g: Any, active: Array | None, t: int) -> tuple[Any, Any]:
    """Return the gradient of the new states, and that of the states that did not change."""
    if active is None:
        return g, 0
    is_active = active[t][:, None]
    return np.where(is_active, g, 0), np.where(is_active, 0, g)


def _before(first: Any, states: Any) -> Any:
    """Return the states before each step, (T, N, H)."""
    return np.concatenate([np.expand_dims(first, 0), states[:-1]])


def _of_weight(gradients: Any, inputs: Any) -> Any:
    """Return the gradient of a weight (O, I) from those of its products, (T, N, O)."""
    rows = gradients.shape[0] * gradients.shape[1]
    flat = np.reshape(gradients, (rows, gradients.shape[2]))
    return flat.T @ np.reshape(inputs, (rows, inputs.shape[2]))


def _in_order(reversed_steps: Sequence[Any]) -> Any:
    return np.stack(list(reversed_steps)[::-1])


# --- RNN ----------------------------------------------------------------------------------------


@op(
    name="rnn",
    promotes="projected hidden weight_hh",
    samples=_samples(1, 1, 0),
)
def rnn_sequence(
    projected: Array,
    hidden: Array,
    weight_hh: Array,
    *,
    nonlinearity: Literal["tanh", "relu"] = "tanh",
    active: Array | None = None,
) -> Any:
    """Return the hidden states, (T, N, H): h ← tanh(projected + weight_hh · h)."""
    function: Any = np.tanh if nonlinearity == "tanh" else relu
    states = []
    for t in range(len(projected)):
        new = function(projected[t] + hidden @ weight_hh.T)
        hidden = _advanced(new, hidden, active, t)
        states.append(hidden)
    return np.stack(states)


@rnn_sequence.backward("projected", "hidden", "weight_hh")
def _rnn_rule(
    g: Any, needs: Any, hidden: Any, weight_hh: Any, out: Any, nonlinearity: str, active: Any
) -> Any:
    steps = []
    later: Any = 0
    for t in range(len(out) - 1, -1, -1):
        of_new, later = _divided(g[t] + later, active, t)
        slope = 1 - out[t] * out[t] if nonlinearity == "tanh" else np.greater(out[t], 0)
        steps.append(of_new * slope)
        later = later + steps[-1] @ weight_hh
    of_projected = _in_order(steps)
    of_weight = _of_weight(of_projected, _before(hidden, out)) if needs.weight_hh else None
    return of_projected, later, of_weight


# --- LSTM ---------------------------------------------------------------------------------------


@op(
    name="lstm",
    residuals=True,
    promotes="projected hidden cell weight_hh weight_hr",
    samples=_samples(4, 2, 0, projection=True),
)
def lstm_sequence(
    projected: Array,
    hidden: Array,
    cell: Array,
    weight_hh: Array,
    weight_hr: Array,
    *,
    active: Array | None = None,
) -> Any:
    """Return the hidden states and the cells side by side, (T, N, R + H).

    ``c ← σ(f) · c + σ(i) · tanh(g)`` and ``h ← σ(o) · tanh(c)``, where i, f, g, o are the parts of
    ``projected + weight_hh · h``. With a `weight_hr`, (R, H), h is multiplied by it; one of shape
    (0, H) represents none, and then R = H. The residuals are the four gates, (T, N, 4 · H).
    """
    size = weight_hh.shape[0] // 4
    states, gates = [], []
    for t in range(len(projected)):
        total = projected[t] + hidden @ weight_hh.T
        inward, new = sigmoid(total[:, : 2 * size]), np.tanh(total[:, 2 * size : 3 * size])
        outward = sigmoid(total[:, 3 * size :])
        next_cell = inward[:, size:] * cell + inward[:, :size] * new
        next_hidden = outward * np.tanh(next_cell)
        if weight_hr.shape[0]:
            next_hidden = next_hidden @ weight_hr.T
        hidden = _advanced(next_hidden, hidden, active, t)
        cell = _advanced(next_cell, cell, active, t)
        gates.append(np.concatenate([inward, new, outward], axis=1))
        states.append(np.concatenate([hidden, cell], axis=1))
    return np.stack(states), np.stack(gates)


@lstm_sequence.backward("projected", "hidden", "cell", "weight_hh", "weight_hr")
def _lstm_rule(
    g: Any,
    needs: Any,
    hidden: Any,
    cell: Any,
    weight_hh: Any,
    weight_hr: Any,
    out: Any,
    residuals: Any,
    active: Any,
) -> Any:
    size, width = weight_hh.shape[0] // 4, hidden.shape[1]
    cells, is_projected = out[:, :, width:], weight_hr.shape[0] > 0
    cells_before = _before(cell, cells)
    steps, of_outputs, outputs = [], [], []
    of_hidden: Any = 0
    of_cell: Any = 0
    for t in range(len(out) - 1, -1, -1):
        of_new, of_hidden = _divided(g[t, :, :width] + of_hidden, active, t)
        of_next_cell, of_cell = _divided(g[t, :, width:] + of_cell, active, t)
        gate = residuals[t]
        inward, forget = gate[:, :size], gate[:, size : 2 * size]
        new, outward = gate[:, 2 * size : 3 * size], gate[:, 3 * size :]
        # A sequence that is not active has the old cell here; its gradient is 0.
        squashed = np.tanh(cells[t])
        if is_projected:
            of_outputs.append(of_new)
            outputs.append(outward * squashed)
            of_new = of_new @ weight_hr
        of_next_cell = of_next_cell + of_new * outward * (1 - squashed * squashed)
        parts = (
            of_next_cell * new * (inward * (1 - inward)),
            of_next_cell * cells_before[t] * (forget * (1 - forget)),
            of_next_cell * inward * (1 - new * new),
            of_new * squashed * (outward * (1 - outward)),
        )
        steps.append(np.concatenate(parts, axis=1))
        of_hidden = of_hidden + steps[-1] @ weight_hh
        of_cell = of_cell + of_next_cell * forget
    of_projected = _in_order(steps)
    of_weight, of_projection = None, None
    if needs.weight_hh:
        of_weight = _of_weight(of_projected, _before(hidden, out[:, :, :width]))
    if needs.weight_hr:
        of_projection = np.zeros_like(weight_hr)
        if is_projected:
            of_projection = _of_weight(np.stack(of_outputs), np.stack(outputs))
    return of_projected, of_hidden, of_cell, of_weight, of_projection


# --- GRU ----------------------------------------------------------------------------------------


@op(
    name="gru",
    residuals=True,
    promotes="projected hidden weight_hh bias_hh",
    samples=_samples(3, 1, 1),
)
def gru_sequence(
    projected: Array,
    hidden: Array,
    weight_hh: Array,
    bias_hh: Array,
    *,
    active: Array | None = None,
) -> Any:
    """Return the hidden states, (T, N, H).

    ``h ← n + σ(z) · (h − n)`` with ``n = tanh(n_x + σ(r) · n_h)``, where r, z and n are the parts
    of ``projected`` and of ``weight_hh · h + bias_hh``; r and z are the sums of the two. The
    residuals are σ(r), σ(z), n and n_h, (T, N, 4 · H).
    """
    size = weight_hh.shape[0] // 3
    states, gates = [], []
    for t in range(len(projected)):
        from_input, from_hidden = projected[t], hidden @ weight_hh.T + bias_hh
        gate = sigmoid(from_input[:, : 2 * size] + from_hidden[:, : 2 * size])
        reset, update, new_h = gate[:, :size], gate[:, size:], from_hidden[:, 2 * size :]
        new = np.tanh(from_input[:, 2 * size :] + reset * new_h)
        hidden = _advanced(new + update * (hidden - new), hidden, active, t)
        gates.append(np.concatenate([gate, new, new_h], axis=1))
        states.append(hidden)
    return np.stack(states), np.stack(gates)


@gru_sequence.backward("projected", "hidden", "weight_hh", "bias_hh")
def _gru_rule(
    g: Any, needs: Any, hidden: Any, weight_hh: Any, out: Any, residuals: Any, active: Any
) -> Any:
    size, before = weight_hh.shape[0] // 3, _before(hidden, out)
    steps, steps_h = [], []
    later: Any = 0
    for t in range(len(out) - 1, -1, -1):
        of_next, later = _divided(g[t] + later, active, t)
        gate = residuals[t]
        reset, update = gate[:, :size], gate[:, size : 2 * size]
        new, new_h = gate[:, 2 * size : 3 * size], gate[:, 3 * size :]
        of_new = of_next * (1 - update) * (1 - new * new)
        of_update = of_next * (before[t] - new) * (update * (1 - update))
        of_reset = of_new * new_h * (reset * (1 - reset))
        steps.append(np.concatenate([of_reset, of_update, of_new], axis=1))
        steps_h.append(np.concatenate([of_reset, of_update, of_new * reset], axis=1))
        later = later + of_next * update + steps_h[-1] @ weight_hh
    of_hidden_side = _in_order(steps_h)
    of_weight = _of_weight(of_hidden_side, before) if needs.weight_hh else None
    of_bias = np.sum(of_hidden_side, axis=(0, 1)) if needs.bias_hh else None
    return _in_order(steps), later, of_weight, of_bias
