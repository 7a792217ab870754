"""Slips in hand-written layers that keep state between ``forward`` and ``backward``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import Maker, distinct, normal, positive, slip
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.testing import Verdict


def of_layer(layer: Callable[[], Any]) -> Maker:
    """Make a function of a layer whose ``backward(g)`` uses what ``forward`` stored."""

    def make() -> Op:
        made = layer()
        return unregistered(made.forward, x=lambda g: made.backward(g))

    return make


class Layer:
    """Stores in ``self.kept``, by :meth:`keep`, what ``backward`` needs."""

    first_only = False

    def __init__(self) -> None:
        self.kept: Any = None

    def keep(self, value: Any) -> None:
        if self.kept is None or not self.first_only:
            self.kept = value


class Relu(Layer):
    def forward(self, x: Any) -> Any:
        self.keep(x > 0)
        return np.maximum(x, 0)

    def backward(self, g: Any) -> Any:
        return g * self.kept


class Sigmoid(Layer):
    def forward(self, x: Any) -> Any:
        out = 1 / (1 + np.exp(-x))
        self.keep(out)
        return out.copy()

    def backward(self, g: Any) -> Any:
        return g * self.kept * (1 - self.kept)


class Square(Layer):
    def forward(self, x: Any) -> Any:
        self.keep(x.copy())
        return x * x

    def backward(self, g: Any) -> Any:
        return 2 * g * self.kept


class Maximum(Layer):
    def forward(self, x: Any) -> Any:
        self.keep(x.argmax(axis=1))
        return x.max(axis=1)

    def backward(self, g: Any) -> Any:
        return g[:, None] * (np.arange(4) == self.kept[:, None])


class Sort(Layer):
    def forward(self, x: Any) -> Any:
        order = np.argsort(x, axis=1)
        self.keep(np.argsort(order, axis=1))
        return np.take_along_axis(x, order, axis=1)

    def backward(self, g: Any) -> Any:
        return np.take_along_axis(g, self.kept, axis=1)


class Clip(Layer):
    def forward(self, x: Any) -> Any:
        self.keep(np.abs(x) < 0.7)
        return np.clip(x, -0.7, 0.7)

    def backward(self, g: Any) -> Any:
        return g * self.kept


class Normalise(Layer):
    def forward(self, x: Any) -> Any:
        size = np.sqrt((x * x).sum())
        self.keep((x / size, size))
        return x / size

    def backward(self, g: Any) -> Any:
        unit, size = self.kept
        return (g - unit * (g * unit).sum()) / size


class Standardise(Layer):
    def forward(self, x: Any) -> Any:
        deviation = np.sqrt(x.var(axis=0) + 1e-5)
        self.keep(((x - x.mean(axis=0)) / deviation, deviation))
        return (x - x.mean(axis=0)) / deviation

    def backward(self, g: Any) -> Any:
        out, deviation = self.kept
        return (g - g.mean(axis=0) - out * (g * out).mean(axis=0)) / deviation


class Softmax(Layer):
    def forward(self, x: Any) -> Any:
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.keep(e / e.sum(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, g: Any) -> Any:
        return self.kept * (g - (g * self.kept).sum(axis=1, keepdims=True))


class MaxPool(Layer):
    def forward(self, x: Any) -> Any:
        windows = x.reshape(6, 2)
        self.keep(windows == windows.max(axis=1, keepdims=True))
        return windows.max(axis=1)

    def backward(self, g: Any) -> Any:
        return (g[:, None] * self.kept).reshape(3, 4)


def fresh(layer: type[Layer]) -> Maker:
    """Make the twin: the values are computed again from the saved input."""

    def rule(g: Any, x: Any) -> Any:
        made = layer()
        made.forward(x)
        return made.backward(g)

    return lambda: unregistered(layer().forward, x=rule)


LAYERS = {
    Relu: distinct((3, 4)),
    Sigmoid: normal((3, 4)),
    Square: normal((3, 4)),
    Maximum: distinct((3, 4)),
    Sort: distinct((3, 4)),
    Clip: distinct((3, 4)),
    Normalise: normal((3, 4)),
    Standardise: normal((3, 4)),
    Softmax: normal((3, 4)),
    MaxPool: distinct((3, 4)),
}
for layer, points in LAYERS.items():
    title = f"layer {layer.__name__}"
    first = type(layer.__name__, (layer,), {"first_only": True})
    slip(
        f"{title}: keeps the last call's values",
        points,
        of_layer(layer),
        fresh(layer),
        Verdict.NOT_DETERMINISTIC,
    )
    slip(
        f"{title}: keeps the first call's values",
        points,
        of_layer(first),
        fresh(layer),
        Verdict.NOT_DETERMINISTIC,
    )


# --- layers with memory or statistics of their own -----------------------------------------------


class Running(Layer):
    """Normalises by a running mean that every call updates."""

    def forward(self, x: Any) -> Any:
        mean = x.mean(axis=0)
        self.kept = mean if self.kept is None else 0.9 * self.kept + 0.1 * mean + 1e-3
        return x - self.kept

    def backward(self, g: Any) -> Any:
        return g * 1.0


class Queue(Layer):
    """Pushes what backward needs; backward takes the oldest."""

    def forward(self, x: Any) -> Any:
        self.kept = [*(self.kept or []), x.copy()]
        return x * x

    def backward(self, g: Any) -> Any:
        return 2 * g * self.kept.pop(0)


class Stack(Queue):
    """Pushes what backward needs; backward takes the newest."""

    def backward(self, g: Any) -> Any:
        return 2 * g * self.kept.pop()


class Accumulating(Square):
    """Adds each gradient to a buffer, and returns the buffer."""

    total: Any = 0.0

    def backward(self, g: Any) -> Any:
        self.total = self.total + super().backward(g)
        return self.total * 1.0


class Workspace(Layer):
    """Computes the gradient into the same array at each call."""

    def forward(self, x: Any) -> Any:
        return x * x

    def backward(self, g: Any) -> Any:
        if self.kept is None:
            self.kept = np.zeros(g.shape)
        return np.multiply(g, 2.0, out=self.kept)


class Buffered(Layer):
    """Computes the result into the same array at each call."""

    def forward(self, x: Any) -> Any:
        if self.kept is None:
            self.kept = np.zeros(x.shape)
        return np.multiply(x, 3.0, out=self.kept)

    def backward(self, g: Any) -> Any:
        return 3 * g


def twin(forward: Callable[[Any], Any], rule: Callable[..., Any]) -> Maker:
    return lambda: unregistered(forward, x=rule)


def centred(x: Any) -> Any:
    return x - np.array([0.1, 0.2, 0.3, 0.4])


slip(
    "layer Running: statistics change at every call",
    normal((3, 4)),
    of_layer(Running),
    twin(centred, lambda g: g * 1.0),
    Verdict.NOT_DETERMINISTIC,
)
for other in (Queue, Stack, Accumulating):
    slip(
        f"layer {other.__name__}: backward consumes its state",
        normal((3, 4)),
        of_layer(other),
        fresh(Square),
        Verdict.NOT_DETERMINISTIC,
    )
slip(
    "layer Buffered: returns its buffer",
    positive((3, 4)),
    of_layer(Buffered),
    twin(lambda x: 3 * x, lambda g: 3 * g),
    Verdict.ALIASED,
)


def workspace() -> Op:
    made = Workspace()
    return unregistered(lambda x: 2 * x, x=lambda g: made.backward(g))


slip(
    "layer Workspace: returns its workspace",
    normal((3, 4)),
    workspace,
    twin(lambda x: 2 * x, lambda g: 2 * g),
    Verdict.ALIASED,
)


class SwappedWeights(Layer):
    """A linear layer that updates its weights in backward."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = np.linspace(-1, 1, 12).reshape(4, 3)

    def forward(self, x: Any) -> Any:
        return x @ self.weight

    def backward(self, g: Any) -> Any:
        found = g @ self.weight.T
        self.weight = self.weight - 0.01 * g.sum(axis=0)
        return found


WEIGHT = np.linspace(-1, 1, 12).reshape(4, 3)
slip(
    "layer SwappedWeights: backward updates the weights",
    normal((3, 4)),
    of_layer(SwappedWeights),
    twin(lambda x: x @ WEIGHT, lambda g: g @ WEIGHT.T),
    Verdict.NOT_DETERMINISTIC,
)
