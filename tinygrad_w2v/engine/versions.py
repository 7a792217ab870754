"""Changes in place: one version counter for all Tensors that share memory."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tape import Node, Variable
from tinygrad_w2v.engine.types import Array

_FEW = 64


class _Counter:
    """A number of changes, and the nodes of Tensors of this memory that saved their result."""

    __slots__ = ("count", "nodes")

    def __init__(self, count: int) -> None:
        self.count = count
        self.nodes: list[Any] = []


class SharedVersion:
    """The version counter of Tensors that share memory, in place of the integer of each.

    Attributes
    ----------
    count
        Number of changes.
    nodes
        Weak references to the nodes of these Tensors that saved their result.
    views
        Weak references to the Tensors that are views of one another. A recorded change of one
        changes the history of the others. A detached Tensor has the same count but other views.
    limit
        Length of `views` above which those that are gone are dropped.
    """

    __slots__ = ("_counter", "limit", "views")

    def __init__(self, count: int) -> None:
        self._counter = _Counter(count)
        self.views: list[weakref.ref[Any]] = []
        self.limit = _FEW

    def detached(self) -> SharedVersion:
        """Return the version of a detached Tensor of the same memory."""
        other = SharedVersion(0)
        other._counter = self._counter
        return other

    def drop_dead_views(self) -> None:
        """Drop the references to Tensors that are gone; called when there are many."""
        self.views = [view for view in self.views if view() is not None]
        self.limit = _FEW + 2 * len(self.views)

    @property
    def count(self) -> int:
        """Number of changes."""
        return self._counter.count

    @property
    def nodes(self) -> list[Any]:
        """Weak references to the nodes that saved their result."""
        return self._counter.nodes

    def __iadd__(self, changes: int) -> SharedVersion:  # type: ignore[misc]
        self._counter.count += changes
        for reference in self._counter.nodes:
            node = reference()
            if node is not None:
                node.version -= 1  # see `invalidate`
        return self

    def __add__(self, other: Any) -> Any:
        return self._counter.count + other

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
    owner = memory_owner(view._data)
    for source in inputs:
        if isinstance(source, Variable) and memory_owner(source._data) is owner:
            shared = source.version if type(source.version) is not int else shared_version(source)
            view.version = shared
            shared.views.append(weakref.ref(view))
            if len(shared.views) > shared.limit:
                shared.drop_dead_views()
            if view.node is not None:
                _invalidate_with(view)
            return


def shared_version(source: Variable) -> SharedVersion:
    """Return the version counter of a Tensor in the form that others can share."""
    if type(source.version) is int:
        source.version = SharedVersion(source.version)
        source.version.views.append(weakref.ref(source))
        _invalidate_with(source)
    shared: SharedVersion = source.version
    return shared


def memory_owner(array: Array) -> Array:
    """Return the array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _invalidate_with(variable: Variable) -> None:
    """Let a change of the memory invalidate the node of a Tensor, if it saved its result."""
    if variable.node is not None and "out" in variable.node.plan.names:
        variable.version.nodes.append(weakref.ref(variable.node))


def invalidate(node: Node | None) -> None:
    """Make the walk raise at a node that saved its result, which was changed in place.

    The node saved the result as an array, since a reference to its Tensor would be a cycle, so it
    cannot read the counter. Counters only grow, so a smaller number is never found again.
    """
    if node is not None and "out" in node.plan.names:
        node.version -= 1
