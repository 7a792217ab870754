"""Recurrent layers and cells: every option as in PyTorch, packed sequences, gradients."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from tests.nn.torch_parity import (
    assert_close,
    assert_layers_agree,
    assert_same_values_after_a_seed,
    normal,
    values,
)
from tinygrad_w2v import Tensor, nn, tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from tinygrad_w2v.testing import gradcheck_module

KINDS = ["RNN", "LSTM", "GRU"]
F64: dict[str, Any] = {"dtype": np.float64}
SETTINGS: list[dict[str, Any]] = [
    {},
    {"num_layers": 2, "bias": False},
    {"batch_first": True, "bidirectional": True},
    {"num_layers": 3, "bidirectional": True, "dropout": 0.0},
]
LENGTHS = {True: np.array([5, 3, 3, 1]), False: np.array([2, 5, 1, 4])}


def pairs(kind: str) -> list[dict[str, Any]]:
    extra: dict[str, list[dict[str, Any]]] = {
        "RNN": [{"nonlinearity": "relu"}],
        "LSTM": [{"proj_size": 2, "num_layers": 2, "bidirectional": True}],
    }
    return SETTINGS + extra.get(kind, [])


CASES = [(kind, settings) for kind in KINDS for settings in pairs(kind)]


def initial(kind: str, settings: dict[str, Any], *batch: int) -> Any:
    layers = settings.get("num_layers", 1) * (1 + settings.get("bidirectional", False))
    hidden = normal(layers, *batch, settings.get("proj_size", 3))
    return (hidden, normal(layers, *batch, 3)) if kind == "LSTM" else hidden


def pair(kind: str, settings: dict[str, Any]) -> tuple[nn.Module, Any]:
    torch = pytest.importorskip("torch")
    return getattr(nn, kind)(4, 3, **settings, **F64), getattr(torch.nn, kind)(4, 3, **settings)


@pytest.mark.parametrize(("kind", "settings"), CASES, ids=str)
def test_layers_agree_with_pytorch(kind: str, settings: dict[str, Any]) -> None:
    shape = (2, 5, 4) if settings.get("batch_first") else (5, 2, 4)
    assert_layers_agree(*pair(kind, settings), normal(*shape))
    assert_layers_agree(*pair(kind, settings), normal(*shape), initial(kind, settings, 2))
    single = normal(5, 4)
    assert_layers_agree(*pair(kind, settings), single, initial(kind, settings))


class Packed(nn.Module):
    """A layer applied to packed sequences, which returns padded ones."""

    def __init__(self, layer: nn.Module, lengths: Any, is_sorted: bool) -> None:
        super().__init__()
        self.layer, self.lengths, self.is_sorted = layer, lengths, is_sorted

    def forward(self, x: Any, *state: Any) -> Any:
        first = self.layer.batch_first
        packed = pack_padded_sequence(x, self.lengths, first, self.is_sorted)
        output, last = self.layer(packed, *state)
        padded, lengths = pad_packed_sequence(output, first, -1.0, 6)
        return padded, last, lengths


@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize(("kind", "settings"), CASES, ids=str)
def test_packed_sequences_agree_with_pytorch(
    kind: str, settings: dict[str, Any], is_sorted: bool
) -> None:
    torch = pytest.importorskip("torch")
    rnn = torch.nn.utils.rnn

    class Theirs(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, layer: Any) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, x: Any, *state: Any) -> Any:
            first, lengths = self.layer.batch_first, torch.tensor(LENGTHS[is_sorted])
            packed = rnn.pack_padded_sequence(x, lengths, first, is_sorted)
            output, last = self.layer(packed, *state)
            padded, lengths = rnn.pad_packed_sequence(output, first, -1.0, 6)
            return padded, last, lengths

    ours, theirs = pair(kind, settings)
    shape = (4, 5, 4) if settings.get("batch_first") else (5, 4, 4)
    packed = Packed(ours, LENGTHS[is_sorted], is_sorted)
    assert_layers_agree(packed, Theirs(theirs), normal(*shape), initial(kind, settings, 4))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("RNNCell", {}),
        ("RNNCell", {"nonlinearity": "relu", "bias": False}),
        ("LSTMCell", {}),
        ("GRUCell", {}),
        ("GRUCell", {"bias": False}),
    ],
    ids=str,
)
def test_cells_agree_with_pytorch(kind: str, settings: dict[str, Any]) -> None:
    for batch in ((2,), ()):
        state: Any = normal(*batch, 3)
        state = (state, normal(*batch, 3)) if kind == "LSTMCell" else state
        assert_layers_agree(*pair(kind, settings), normal(*batch, 4), state)
        assert_layers_agree(*pair(kind, settings), normal(*batch, 4))


def test_dropout_applies_between_layers_in_training_only() -> None:
    layer, x = nn.LSTM(3, 2, num_layers=2, dropout=0.9), normal(4, 2, 3).astype(np.float32)
    assert not np.array_equal(values(layer(x)[0]), values(layer(x)[0]))
    layer.eval()
    np.testing.assert_array_equal(values(layer(x)[0]), values(layer(x)[0]))


def test_networks_are_instances_of_the_base() -> None:
    assert all(isinstance(getattr(nn, kind)(2, 2), nn.RNNBase) for kind in KINDS)


@pytest.mark.parametrize("kind", [*KINDS, "RNNCell", "LSTMCell", "GRUCell"])
def test_positional_arguments_are_pytorchs(kind: str) -> None:
    order = {
        "RNN": "num_layers nonlinearity bias batch_first dropout bidirectional",
        "LSTM": "num_layers bias batch_first dropout bidirectional proj_size",
        "GRU": "num_layers bias batch_first dropout bidirectional",
        "RNNCell": "bias nonlinearity",
    }.get(kind, "bias")
    parameters = inspect.signature(getattr(nn, kind)).parameters.values()
    names = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
    assert names == ["input_size", "hidden_size", *order.split()]


class States(nn.Module):
    """The last states of a layer, side by side."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *args: Any) -> Any:
        output, last = self.layer(*args)
        ends = last if isinstance(last, tuple) else (last,)
        return np.concatenate([np.reshape(output, -1), *(np.reshape(e, -1) for e in ends)])


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_layers(kind: str) -> None:
    layer = getattr(nn, kind)(2, 2, num_layers=2, bidirectional=True, **F64)
    gradcheck_module(States(layer), normal(3, 2, 2))


def test_parameter_names_are_pytorchs() -> None:
    names = [name for name, _ in nn.LSTM(2, 3, bidirectional=True, proj_size=1).named_parameters()]
    kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"]
    assert names == [f"{kind}_l0{end}" for end in ("", "_reverse") for kind in kinds]
    weights = nn.GRU(2, 3, 2).all_weights
    assert [len(layer) for layer in weights] == [4, 4]


@pytest.mark.parametrize(("kind", "settings"), CASES, ids=str)
def test_values_after_a_seed_are_pytorchs(kind: str, settings: dict[str, Any]) -> None:
    assert_same_values_after_a_seed(kind, 4, 3, **settings)
    assert_same_values_after_a_seed(f"{kind}Cell", 4, 3)


def test_reset_draws_again() -> None:
    for layer in (nn.LSTM(2, 3), nn.GRUCell(2, 3)):
        before = {name: values(p).copy() for name, p in layer.named_parameters()}
        layer.reset_parameters()
        assert all((values(p) != before[n]).any() for n, p in layer.named_parameters())


def test_flatten_parameters_does_nothing() -> None:
    layer = nn.GRU(2, 3)
    before = [values(p).copy() for p in layer.parameters()]
    layer.flatten_parameters()
    for p, value in zip(layer.parameters(), before, strict=True):
        np.testing.assert_array_equal(values(p), value)


def test_padding_does_not_reach_outputs_or_gradients() -> None:
    layer = nn.GRU(2, 3, bidirectional=True, **F64)
    x = normal(4, 2, 2)
    x[2:, 1] = np.nan  # padding
    mine = tensor(x, requires_grad=True)
    output, last = layer(pack_padded_sequence(mine, [4, 2]))
    assert np.isfinite(values(output.data)).all()
    (output.data.sum() + last.sum()).backward()
    gradient = values(mine.grad)
    assert np.isfinite(gradient).all()
    assert not gradient[2:, 1].any()
    alone, _ = layer(x[:2, 1])
    padded, lengths = pad_packed_sequence(output)
    np.testing.assert_allclose(values(padded)[:2, 1], values(alone))
    assert values(lengths).tolist() == [4, 2]


def test_cell_steps_equal_the_layer() -> None:
    layer, cell = nn.LSTM(3, 2, **F64), nn.LSTMCell(3, 2, **F64)
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    x = normal(4, 2, 3)
    state = None
    for step in x:
        state = cell(step, state)
    assert state is not None
    _, expected = layer(x)
    for found, end in zip(state, expected, strict=True):
        assert_close(found, end[0])


def test_wrong_inputs_raise() -> None:
    for call, message in (
        (lambda: nn.LSTM(3, 2)(np.ones((2, 4))), r"shape \(2, 4\): it must be \(time, batch, 3\)"),
        (lambda: nn.GRU(3, 2, batch_first=True)(np.ones((1, 2, 2, 3))), r"\(batch, time, 3\)"),
        (lambda: nn.RNN(3, 2)(np.ones((0, 1, 3))), "with one step or more"),
        (lambda: nn.GRU(3, 2)(np.ones((4, 1, 3)), np.ones((2, 1, 2))), r"must be \(1, 1, 2\)"),
        (lambda: nn.GRUCell(3, 2)(np.ones((4, 2))), r"it must be \(batch, 3\) or \(3,\)"),
        (lambda: nn.GRUCell(3, 2)(np.ones((4, 3)), np.ones(2)), r"state has shape \(2,\)"),
        (lambda: nn.LSTM(3, 2, proj_size=2), "proj_size is 2: it must be at least 0 and below"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_state_of_tensors_continues_a_sequence() -> None:
    layer, x = nn.LSTM(3, 2, num_layers=2, **F64), normal(6, 2, 3)
    whole, _ = layer(x)
    first, state = layer(x[:4])
    second, _ = layer(x[4:], state)
    assert all(isinstance(part, Tensor) for part in state)
    np.testing.assert_allclose(np.concatenate([values(first), values(second)]), values(whole))


def test_initial_values_are_within_the_bound() -> None:
    for parameter in nn.LSTM(3, 16).parameters():
        assert np.abs(values(parameter)).max() <= 0.25
