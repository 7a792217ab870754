"""Dispatch of a hot routine to its NumPy or its Numba implementation.

A routine is written in NumPy and decorated with :func:`kernel`. While the Numba backend is on,
the function of the same name in ``kernels.compiled`` is called instead. The two must agree on

- the arguments, none of which is modified except one documented as changed in place;
- the shapes of the results, the values of integers, and the dtype of floating-point numbers;
- the values of floating-point numbers, up to the rounding of another order of additions;
- the errors raised, with their messages, and the cases in which the result is None.

A Numba implementation may support fewer arguments: it states the dtypes, and returns
NotImplemented for a memory layout it cannot handle. The NumPy implementation then runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"
Function = TypeVar("Function", bound=Callable[..., Any])


class CompiledKernel(NamedTuple):
    """A Numba implementation, and the arguments it supports."""

    function: Callable[..., Any]
    dtypes: frozenset[np.dtype[Any]]
    """Of the first argument."""
    same_dtype: tuple[int, ...] = ()
    """Positions of the arguments that must have the dtype of the first."""

    def supports(self, args: tuple[Any, ...]) -> bool:
        """Whether the dtypes of the arguments are supported."""
        first = args[0]
        # With create_graph=True, rules pass Tensors, which only NumPy's functions accept.
        if type(first) is not np.ndarray:
            return False
        dtype = first.dtype
        if dtype not in self.dtypes:
            return False
        for position in self.same_dtype:
            other = args[position]
            if type(other) is not np.ndarray or (other.dtype is not dtype and other.dtype != dtype):
                return False
        return True


compiled_kernels: dict[str, CompiledKernel] = {}
"""The Numba implementations in use, by name; empty while the backend is NumPy."""


def kernel(numpy_implementation: Function) -> Function:
    """Let a Numba implementation in use take the calls of a NumPy function.

    The NumPy implementation stays available as the attribute ``numpy_implementation``.
    """
    name = numpy_implementation.__name__

    @functools.wraps(numpy_implementation)
    def call(*args: Any) -> Any:
        compiled = compiled_kernels.get(name)
        if compiled is not None and compiled.supports(args):
            result = compiled.function(*args)
            if result is not NotImplemented:
                return result
        return numpy_implementation(*args)

    call.numpy_implementation = numpy_implementation  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]
