"""Slips in Modules, checked by ``gradcheck`` of their inputs and parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.slips.catalogue import Maker, normal, slip
from tinygrad_w2v import nn
from tinygrad_w2v.testing import Verdict


class Model(nn.Module):
    """A Module of a weight and a bias, set by the caller, whose forward is given."""

    weight: Any
    bias: Any

    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.memory: list[Any] = []
        self.function = forward

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def module(forward: Callable[[Any, Any], Any]) -> Maker:
    """Make a function of input, weight and bias that calls a Module with these parameters."""

    def make() -> Callable[..., Any]:
        model = Model(forward)

        def call(x: Any, weight: Any, bias: Any) -> Any:
            model.weight, model.bias = weight, bias
            return model(x)

        return call

    return make


def linear(model: Any, x: Any) -> Any:
    return x @ model.weight + model.bias


def recurrent(model: Any, x: Any, detach: bool = False) -> Any:
    hidden = x
    for _ in range(3):
        hidden = np.tanh(linear(model, hidden.detach() if detach else hidden) + x)
    return hidden


def carried(model: Any, x: Any) -> Any:
    hidden = model.memory[-1] if model.memory else 0 * x.detach()
    out = np.tanh(linear(model, x) + 0.5 * hidden)
    model.memory.append(out.detach())
    return out


def reused_result(model: Any, x: Any) -> Any:
    if not model.memory:
        model.memory.append(np.tanh(linear(model, x)))
    return model.memory[0]


def updated(model: Any, x: Any) -> Any:
    out = linear(model, x)
    model.weight.detach().numpy()[...] *= 0.999
    return out


def normalised(model: Any, x: Any, detach: bool = False) -> Any:
    y = linear(model, x)
    statistics = y.detach() if detach else y
    return (y - statistics.mean(axis=0)) / np.sqrt(statistics.var(axis=0) + 1e-3)


def attention(model: Any, x: Any, detach: bool = False) -> Any:
    scores = (x @ model.weight) @ x.T / 2
    return F.softmax(scores.detach() if detach else scores, axis=-1) @ x + model.bias


def gated(model: Any, x: Any, detach: bool = False) -> Any:
    gate = F.sigmoid(linear(model, x))
    return x * (gate.detach() if detach else gate) + x


MODULES: dict[str, tuple[Callable[..., Any], Callable[..., Any], Verdict]] = {
    "truncates the recurrence": (lambda m, x: recurrent(m, x, True), recurrent, Verdict.WRONG_RULE),
    "carries its state to the next call": (
        carried,
        lambda m, x: np.tanh(linear(m, x)),
        Verdict.NOT_DETERMINISTIC,
    ),
    "returns the first result for ever": (
        reused_result,
        lambda m, x: np.tanh(linear(m, x)),
        Verdict.NOT_DETERMINISTIC,
    ),
    "decays its weights in place": (updated, linear, Verdict.MUTATES_INPUT),
    "detaches the statistics": (
        lambda m, x: normalised(m, x, True),
        normalised,
        Verdict.WRONG_RULE,
    ),
    "detaches the attention": (lambda m, x: attention(m, x, True), attention, Verdict.WRONG_RULE),
    "detaches the gate": (lambda m, x: gated(m, x, True), gated, Verdict.WRONG_RULE),
    "freezes the bias": (lambda m, x: x @ m.weight + m.bias.detach(), linear, Verdict.WRONG_RULE),
    "regularises the values": (
        lambda m, x: linear(m, x).sum() + 0.1 * float((m.weight.detach().numpy() ** 2).sum()),
        lambda m, x: linear(m, x).sum() + 0.1 * (m.weight**2).sum(),
        Verdict.WRONG_RULE,
    ),
    "drops out with its own generator": (
        lambda m, x: F.dropout(linear(m, x), 0.5, training=True),
        linear,
        Verdict.NOT_DETERMINISTIC,
    ),
    "embeds rounded inputs": (
        lambda m, x: x * float(np.abs(m.weight.detach().numpy()).max()) + m.bias + m.weight[0],
        lambda m, x: x + m.bias + m.weight[0],
        Verdict.WRONG_RULE,
    ),
    "computes in float32": (
        lambda m, x: linear(m, x.astype(np.float32).astype(np.float64)),
        linear,
        Verdict.PRECISION,
    ),
}
for what, (wrong, right, verdict) in MODULES.items():
    slip(
        f"module: {what}",
        normal((3, 4), (4, 4), (4,)),
        module(wrong),
        module(right),
        verdict,
        order=1,
    )


def tied(x: Any) -> Any:
    table = tg.tensor(x.detach().numpy(), requires_grad=True)
    return x.sum() * table.sum()


slip(
    "module: a copy of a shared weight",
    normal((4,)),
    lambda: tied,
    lambda: lambda x: x.sum() * x.sum(),
)
