"""gradcheck and gradgradcheck in PyTorch's call, for ``autograd``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.testing.gradcheck import gradcheck as _gradcheck


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **_: Any,
) -> bool:
    """Return whether the gradients of a function are right; see :func:`testing.gradcheck`.

    Parameters
    ----------
    func, inputs
        The function, and its arguments as a tuple or a single Tensor.
    eps, atol, rtol
        Have no effect: the step and the tolerance are chosen from the values.
    raise_exception
        Raise the error of a wrong gradient instead of returning False.
    """
    return _check(func, inputs, raise_exception, 1)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    **_: Any,
) -> bool:
    """Return whether the second derivatives of a function are right; see :func:`gradcheck`."""
    return _check(func, inputs, raise_exception, 2)


def _check(func: Callable[..., Any], inputs: Any, raise_exception: bool, order: int) -> bool:
    arguments: Sequence[Any] = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [i for i, a in enumerate(arguments) if isinstance(a, Tensor) and a.requires_grad]
    return _gradcheck(
        func, arguments, argnums=checked, raise_exception=raise_exception, order=order
    ).ok
