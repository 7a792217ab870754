"""Derivatives of functions: vjp, jvp, jacobian, hessian and hvp, named as in PyTorch.

Each takes a function of one or several tensors and the point at which it is differentiated.
Results have the structure of the inputs: one value for a single input, a tuple for several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.backward import grad
from tinygrad_w2v.engine.grad_mode import enable_grad
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import TensorLike

Inputs: TypeAlias = "Tensor | Sequence[Tensor]"


def vjp(
    func: Callable[..., Tensor],
    inputs: Inputs,
    v: TensorLike | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Any]:
    """Return the value and vᵀJ: the gradient of the output weighted by `v`.

    Parameters
    ----------
    func
        Returns one tensor.
    inputs
        The point: a tensor or several.
    v
        Weights, in the shape of the output; optional for a single value.
    create_graph
        Record the result, so that it can be differentiated with respect to `inputs`.
    strict
        Has no effect, here and in the other functions, as have PyTorch's `vectorize` and
        `strategy`: the results do not depend on them.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> value, slope = vjp(lambda x: (x**2).sum(), tg.tensor([1.0, 2.0]))
    >>> slope
    tensor([2., 4.])
    """
    points, output = _evaluate(func, inputs, create_graph)
    gradients = _gradients(output, points, v, create_graph)
    return (output if create_graph else output.detach()), _like(inputs, gradients)


def jvp(
    func: Callable[..., Tensor],
    inputs: Inputs,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return the value and Jv: the derivative of the output along the direction `v`.

    Computed by two backward passes: uᵀJ is linear in u, and its gradient with respect to u,
    weighted by v, is Jv.

    Parameters
    ----------
    func, inputs, create_graph
        As for :func:`vjp`.
    v
        A direction, in the structure and shapes of `inputs`; optional for single values.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x, direction = tg.tensor([1.0, 2.0]), tg.tensor([1.0, 0.0])
    >>> jvp(lambda x: x**2, x, direction)[1]
    tensor([2., 0.])
    """
    points, output = _evaluate(func, inputs, create_graph)
    directions = _directions(points, v)
    u = Tensor(np.zeros(output.shape, output.dtype), requires_grad=True)
    weighted = _gradients(output, points, u, True)
    live = [(g, d) for g, d in zip(weighted, directions, strict=True) if g.requires_grad]
    if not live:
        return output.detach(), Tensor(np.zeros(output.shape, output.dtype))
    (change,) = grad(
        [g for g, _ in live], u, [d for _, d in live], create_graph=create_graph, allow_unused=True
    )
    assert not isinstance(change, RowSparse)
    if change is None:
        change = Tensor(np.zeros(output.shape, output.dtype))
    return (output if create_graph else output.detach()), change


def jacobian(
    func: Callable[..., Any],
    inputs: Inputs,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the Jacobian of the output for each input, of shape (*output.shape, *input.shape).

    For several outputs, a tuple of what is returned for each.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> jacobian(lambda x: x**2, tg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    points, output = _evaluate(func, inputs, create_graph, many=True)
    if not isinstance(output, Tensor):
        return tuple(
            jacobian(lambda *xs, k=k: func(*xs)[k], inputs, create_graph)
            for k in range(len(output))
        )
    rows: list[list[Tensor]] = [[] for _ in points]
    for index in range(output.numel()):
        unit = np.zeros(output.shape, output.dtype)
        unit.flat[index] = 1
        for found, gradient in zip(
            rows, _gradients(output, points, unit, create_graph), strict=True
        ):
            found.append(gradient)
    matrices = [_stacked(found, output, point) for found, point in zip(rows, points, strict=True)]
    return _like(inputs, matrices)


def hessian(
    func: Callable[..., Tensor],
    inputs: Inputs,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Return the second derivatives of a function that returns a single value.

    For one input a tensor of shape (*shape, *shape); for several, a tuple of tuples of them.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> hessian(lambda x: (x**3).sum(), tg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """

    def slope(position: int) -> Callable[..., Tensor]:
        def of(*points: Tensor) -> Tensor:
            output = _single(func(*points))
            return _gradients(output, points, None, True)[position]

        return of

    if isinstance(inputs, Tensor):
        return jacobian(slope(0), inputs, create_graph=create_graph)
    return tuple(
        jacobian(slope(position), inputs, create_graph=create_graph)
        for position in range(len(inputs))
    )


def hvp(
    func: Callable[..., Tensor],
    inputs: Inputs,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Any]:
    """Return the value and Hv for a function that returns a single value, without the Hessian.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> hvp(lambda x: (x**3).sum(), tg.tensor([1.0, 2.0]), tg.tensor([0.0, 1.0]))[1]
    tensor([ 0., 12.])
    """
    points, output = _evaluate(func, inputs, create_graph)
    directions = _directions(points, v)
    slopes = _gradients(_single(output), points, None, True)
    live = [(g, d) for g, d in zip(slopes, directions, strict=True) if g.requires_grad]
    if live:
        outputs, weights = [g for g, _ in live], [d for _, d in live]
        found = grad(outputs, points, weights, create_graph=create_graph, allow_unused=True)
    else:
        found = (None,) * len(points)
    products = [_dense(g, point) for g, point in zip(found, points, strict=True)]
    return (output if create_graph else output.detach()), _like(inputs, products)


vhp = hvp
"""vᵀH, which is Hv, since a Hessian is symmetric."""


def _evaluate(
    function: Callable[..., Any], inputs: Inputs, create_graph: bool, many: bool = False
) -> tuple[list[Tensor], Any]:
    """Call the function at the inputs, as new leaves unless `create_graph` asks for the graph."""
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    points = []
    for point in given:
        is_traced = create_graph and point.requires_grad
        points.append(point if is_traced else Tensor(point._data, requires_grad=True))
    with enable_grad():
        output = function(*points)
    if isinstance(output, tuple) and many:
        return points, output
    if not isinstance(output, Tensor):
        raise TypeError(f"the function returned {type(output).__name__}: it must return one Tensor")
    return points, output


def _gradients(
    output: Tensor, points: Sequence[Tensor], v: TensorLike | None, create_graph: bool
) -> list[Tensor]:
    if not output.requires_grad:
        return [_dense(None, point) for point in points]
    found = grad(
        output,
        points,
        None if v is None else [v],
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=True,
    )
    return [_dense(gradient, point) for gradient, point in zip(found, points, strict=True)]


def _dense(gradient: Tensor | RowSparse | None, point: Tensor) -> Tensor:
    if gradient is None:
        return Tensor(np.zeros(point.shape, point.dtype))
    if isinstance(gradient, RowSparse):
        full = gradient.to_dense()
        return full if isinstance(full, Tensor) else Tensor(full)
    return gradient


def _directions(points: Sequence[Tensor], v: Any) -> list[Any]:
    if v is None:
        if any(point.numel() != 1 for point in points):
            raise ValueError("an input with several values needs a direction: pass v")
        return [np.ones(point.shape, point.dtype) for point in points]
    directions = list(v) if isinstance(v, list | tuple) else [v]
    for point, direction in zip(points, directions, strict=True):
        if np.shape(direction) != point.shape:
            raise ValueError(
                f"v has shape {np.shape(direction)}, its input {point.shape}: they must be equal"
            )
    return directions


def _single(output: Tensor) -> Tensor:
    if output.numel() != 1:
        raise ValueError(
            f"second derivatives need a function that returns a single value, it returned shape "
            f"{output.shape}: sum or index it"
        )
    return output


def _stacked(rows: list[Tensor], output: Tensor, point: Tensor) -> Tensor:
    shape = (*output.shape, *point.shape)
    if not rows:
        return Tensor(np.zeros(shape, point.dtype))
    flat: list[Any] = [np.reshape(row, (1, -1)) for row in rows]
    stacked: Any = np.reshape(np.concatenate(flat), shape)
    result: Tensor = stacked
    return result


def _like(inputs: Inputs, values: Sequence[Any]) -> Any:
    return values[0] if isinstance(inputs, Tensor) else tuple(values)
