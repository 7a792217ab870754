"""Watching the engine: what the profiler and the anomaly detector hook into.

While nobody watches, a call and a node each pay for one look at an empty list.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tinygrad_w2v.engine.grad_mode import SWITCHES

if TYPE_CHECKING:
    from typing_extensions import Self

    from tinygrad_w2v.engine.node import Node
    from tinygrad_w2v.engine.op import Op
    from tinygrad_w2v.engine.tensor import Tensor


class Observer:
    """Is told of every call on Tensors and of every node whose rules ran.

    Entered as a context manager, it watches all threads until the block ends. Subclasses
    override what they want to see; they are called in the thread that did the work.
    """

    def called(self, op: Op, args: tuple[Any, ...], result: Tensor, began: float) -> None:
        """`op`, called on `args` at a ``time.perf_counter()``, has just returned."""

    def walked(self, node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
        """`node` has just run its rules; they gave gradients for inputs at these positions."""

    def __enter__(self) -> Self:
        OBSERVERS.append(self)
        SWITCHES.append(None)
        return self

    def __exit__(self, *exc_info: object) -> None:
        SWITCHES.pop()
        OBSERVERS.remove(self)


OBSERVERS: list[Observer] = []

now = time.perf_counter


def tell_called(op: Op, args: tuple[Any, ...], result: Tensor, began: float) -> None:
    """Tell all observers of a call."""
    for observer in tuple(OBSERVERS):
        observer.called(op, args, result, began)


def tell_walked(node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
    """Tell all observers of a node whose rules ran."""
    for observer in tuple(OBSERVERS):
        observer.walked(node, gradients, began)
