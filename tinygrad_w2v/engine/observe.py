"""Observers: the profiler and the anomaly detector are told of calls and of rules that ran.

Without an observer, a call and a node each cost one test of an empty list.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tinygrad_w2v.engine.grad_mode import ACTIVE
from tinygrad_w2v.engine.rule import OpRecord
from tinygrad_w2v.engine.tape import Node
from tinygrad_w2v.engine.tensor import Tensor

if TYPE_CHECKING:
    from typing_extensions import Self


class Observer:
    """Base class of context managers that are told of calls on Tensors and of rules that ran.

    An observer is told of the work of all threads until its block ends, in the thread that did
    the work. Subclasses override the methods they need.
    """

    def called(self, op: OpRecord, args: tuple[Any, ...], result: Tensor, began: float) -> None:
        """`op` was called on `args` at time `began` (``time.perf_counter()``) and has returned."""

    def walked(self, node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
        """Take note that the rules of `node` ran, from `began`; gradients by input position."""

    def __enter__(self) -> Self:
        OBSERVERS.append(self)
        ACTIVE.append(None)
        return self

    def __exit__(self, *exc_info: object) -> None:
        ACTIVE.pop()
        OBSERVERS.remove(self)


OBSERVERS: list[Observer] = []

now = time.perf_counter


def tell_called(op: OpRecord, args: tuple[Any, ...], result: Tensor, began: float) -> None:
    """Tell all observers of a call."""
    for observer in tuple(OBSERVERS):
        observer.called(op, args, result, began)


def tell_walked(node: Node, gradients: list[tuple[int, Any]], began: float) -> None:
    """Tell all observers that the rules of a node ran."""
    for observer in tuple(OBSERVERS):
        observer.walked(node, gradients, began)
