"""GradFn: the node of a tensor as PyTorch's ``grad_fn`` shows it."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.engine.tape import Edge, Node


class GradFn:
    """Where the gradient of a tensor flows: to a recorded call, or to a leaf.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor(2.0, requires_grad=True)
    >>> (x * x).grad_fn, (x * x).grad_fn.next_functions[0][0].name()
    (<MultiplyBackward>, 'AccumulateGrad')
    """

    __slots__ = ("_edge",)

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def name(self) -> str:
        """Return the name of the op, followed by Backward; AccumulateGrad for a leaf."""
        if not isinstance(self._edge, Node):
            return "AccumulateGrad"
        return (
            "".join(part[:1].upper() + part[1:] for part in self._edge.op.name.split("_"))
            + "Backward"
        )

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """For each input, where its gradient flows, and 0.

        Inputs without a gradient are last, as None: ``2 * x`` is ``x * 2``, as in PyTorch.
        """
        edges = self._edge.next_functions if isinstance(self._edge, Node) else ()
        ordered = sorted(edges, key=lambda edge: edge is None)
        return tuple((None if edge is None else GradFn(edge), 0) for edge in ordered)

    @property
    def variable(self) -> Any:
        """The leaf of an AccumulateGrad."""
        if isinstance(self._edge, Node):
            raise AttributeError(f"{self.name()} has no leaf: only AccumulateGrad has one")
        return self._edge

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and other._edge is self._edge

    def __hash__(self) -> int:
        return hash(self._edge)

    def __repr__(self) -> str:
        return f"<{self.name()}>"
