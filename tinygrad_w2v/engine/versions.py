"""Version counters: changes in place are counted, also through views of a Tensor."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tape import Node, Variable
from tinygrad_w2v.engine.types import Array


class SharedVersion:
    """The version counter of Tensors that share memory, in place of the integer of each."""

    __slots__ = ("count", "nodes")

    def __init__(self, count: int) -> None:
        self.count = count
        self.nodes: list[weakref.ref[Node]] = []  # of the Tensors, if they saved their result

    def __iadd__(self, changes: int) -> SharedVersion:  # type: ignore[misc]
        self.count += changes
        for reference in self.nodes:
            invalidate(reference())
        return self

    def __add__(self, other: Any) -> Any:
        return self.count + other

    __radd__ = __add__

    def __eq__(self, other: object) -> bool:
        return self.count == other

    __hash__ = None  # type: ignore[assignment]

    def __index__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return str(self.count)


def share_version(view: Variable, inputs: Iterable[Any]) -> None:
    """Give a Tensor that is a view of one of `inputs` the version counter of this input."""
    owner = _owner(view._data)
    for source in inputs:
        if isinstance(source, Variable) and _owner(source._data) is owner:
            if type(source.version) is int:
                source.version = SharedVersion(source.version)
                _invalidate_with(source)
            view.version = source.version
            _invalidate_with(view)
            return


def _owner(array: Array) -> Array:
    """Return the array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _invalidate_with(variable: Variable) -> None:
    if variable.node is not None and "out" in variable.node.plan.names:
        variable.version.nodes.append(weakref.ref(variable.node))


def invalidate(node: Node | None) -> None:
    """Make the walk raise at a node that saved its result, which was changed in place.

    The node saved the result as an array, since a reference to its Tensor would be a cycle, so it
    cannot read the counter. Counters only grow, so a smaller number is never found again.
    """
    if node is not None and "out" in node.plan.names:
        node.version -= 1
