"""gradcheck_cases: pytest tests that check a function's gradients, one for each case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tinygrad_w2v.errors import MissingExtraError
from tinygrad_w2v.testing.gradcheck import gradcheck


def gradcheck_cases(
    cases: Mapping[str, Sequence[Any]], *, order: int = 1, **options: Any
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Return a decorator that turns a function into gradient checks, one test for each case.

    Parameters
    ----------
    cases
        The inputs of each case by name.
    order
        2 checks second derivatives as well.
    options
        Options of :func:`gradcheck`: ``mode``, ``seed``, ``rtol``, ``argnums``, ``labels``.

    Raises
    ------
    MissingExtraError
        If pytest is not installed.

    Examples
    --------
    In a test file::

        @gradcheck_cases({"small": [np.full(3, 1e-8)], "large": [np.full(3, 1e3)]}, order=2)
        def test_log1p(x):
            return np.log1p(x)
    """
    try:
        import pytest  # lazily: the library works without it
    except ModuleNotFoundError:
        raise MissingExtraError("pytest", "test", "gradcheck_cases") from None

    def decorate(function: Callable[..., Any]) -> Callable[..., None]:
        @pytest.mark.parametrize("gradcheck_inputs", cases.values(), ids=cases.keys())
        def test(gradcheck_inputs: Sequence[Any]) -> None:
            __tracebackhide__ = True  # the report is enough
            for each in range(1, order + 1):
                gradcheck(function, gradcheck_inputs, name=function.__name__, order=each, **options)

        test.__name__, test.__doc__ = function.__name__, function.__doc__
        test.__module__, test.__qualname__ = function.__module__, function.__qualname__
        made: Callable[..., None] = test
        return made

    return decorate
