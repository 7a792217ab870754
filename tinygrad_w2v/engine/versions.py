"""SharedVersion: one counter of changes in place for Tensors that share memory."""

from __future__ import annotations

from typing import Any


class SharedVersion:
    """The version counter of Tensors that share memory, in place of the integer of each.

    Attributes
    ----------
    count
        Number of changes.
    nodes
        Weak references to the nodes of these Tensors that saved their result.
    """

    __slots__ = ("count", "nodes")

    def __init__(self, count: int) -> None:
        self.count = count
        self.nodes: list[Any] = []

    def __iadd__(self, changes: int) -> SharedVersion:  # type: ignore[misc]
        self.count += changes
        for reference in self.nodes:
            node = reference()
            if node is not None:
                node.version -= 1  # see `tape.invalidate`
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
