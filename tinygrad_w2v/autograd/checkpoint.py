"""checkpoint: recompute part of the graph in the backward pass instead of saving its values.

This is ``torch.utils.checkpoint``; files that resume a training are in ``training.checkpoint``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.backward import grad
from tinygrad_w2v.engine.grad_mode import MODE, enable_grad
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tape import Node
from tinygrad_w2v.engine.tensor import Tensor


def checkpoint(function: Callable[..., Tensor], *inputs: Any) -> Tensor:
    """Return ``function(*inputs)`` without saving its intermediate values for the backward pass.

    The backward pass calls the function again, which trades a second forward for memory.
    After Chen et al., "Training deep nets with sublinear memory cost", arXiv 1604.06174.

    Parameters
    ----------
    function
        Must compute the same both times: it must not draw random numbers unless it seeds them.
        Tensors that it uses besides its inputs, such as a module's parameters, get gradients too.
    inputs
        Tensors, or any other arguments of the function.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = tg.checkpoint(lambda x: np.exp(np.tanh(x)), x)
    >>> y.node.op.name
    'checkpoint'
    """
    if not MODE.enabled:
        return function(*inputs)
    tensors = [value for value in inputs if isinstance(value, Tensor)]
    inner = [_leaf_like(tensor) for tensor in tensors]
    output = function(*_with_tensors(inputs, inner))
    if not isinstance(output, Tensor):
        raise TypeError(
            f"checkpoint: the function returned {type(output).__name__}: it must return one Tensor"
        )
    own = set(map(id, inner))
    captured = tuple(leaf for leaf in _leaves(output) if id(leaf) not in own)
    if not any(tensor.requires_grad for tensor in (*tensors, *captured)):
        return output.detach()

    def again(*values: Tensor) -> Tensor:
        return function(*_with_tensors(inputs, values))

    result: Tensor = _checkpoint(
        *tensors, *captured, function=again, result=output._data, captured=captured
    )
    return result


def _leaf_like(tensor: Tensor) -> Tensor:
    return Tensor(tensor._data, requires_grad=tensor.requires_grad)


def _with_tensors(inputs: tuple[Any, ...], tensors: Any) -> list[Any]:
    """Return the inputs with their Tensors replaced, in order."""
    replacements = iter(tensors)
    return [next(replacements) if isinstance(value, Tensor) else value for value in inputs]


def _leaves(output: Tensor) -> list[Tensor]:
    """Return the leaves that a tensor was computed from."""
    found: dict[int, Tensor] = {}
    seen: set[int] = set()
    stack: list[Any] = [output.node or output]
    while stack:
        edge = stack.pop()
        if edge is None or id(edge) in seen:
            continue
        seen.add(id(edge))
        if isinstance(edge, Node):
            stack.extend(edge.next_functions)
        elif edge.requires_grad:
            found[id(edge)] = edge
    return list(found.values())


@op(
    name="checkpoint",
    samples=lambda rng: [
        Sample(rng.normal(size=3), function=np.exp, result=None, captured=()),
        Sample(rng.normal(size=3), rng.normal(size=(2, 3)), function=np.multiply),
    ],
)
def _checkpoint(
    *tensors: Any,
    function: Callable[..., Any],
    result: Any = None,
    captured: tuple[Tensor, ...] = (),
) -> Any:
    """Record a function that its rule computes again; see :func:`checkpoint`."""
    own = tensors[: len(tensors) - len(captured)]
    return function(*own) if result is None else result


@_checkpoint.backward("tensors")
def _recompute(
    g: Any,
    needs: tuple[bool, ...],
    tensors: list[Any],
    function: Callable[..., Any],
    captured: tuple[Tensor, ...],
) -> list[Any]:
    own = tensors[: len(tensors) - len(captured)]
    traced = isinstance(g, Tensor)
    with enable_grad():
        # Under create_graph the inputs are Tensors of the graph; otherwise new leaves are created.
        inner = [
            value if isinstance(value, Tensor) else Tensor(value, requires_grad=wanted)
            for value, wanted in zip(own, needs, strict=False)
        ]
        output = function(*inner)
        sources = [*inner, *captured]
        wanted = [source for source, need in zip(sources, needs, strict=True) if need]
        found = grad(output, wanted, [g], create_graph=traced, retain_graph=True, allow_unused=True)
    gradients = iter(found)
    return [
        _given(next(gradients), source, traced) if need else None
        for source, need in zip(sources, needs, strict=True)
    ]


def _given(gradient: Any, source: Tensor, traced: bool) -> Any:
    if gradient is None:
        return np.zeros(source.shape, source.dtype)
    return gradient._data if isinstance(gradient, Tensor) and not traced else gradient
