"""SharedVersion: one counter of changes in place for Tensors that share memory."""

from __future__ import annotations

import weakref
from typing import Any

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
                node.version -= 1  # see `tape.invalidate`
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
