"""gradcheck, gradgradcheck and gradcheck_module: compare gradients with finite differences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.grad_mode import enable_grad
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import properties, repeatability
from tinygrad_w2v.testing.checked_function import (
    Captured,
    CheckedFunction,
    floating_outputs,
    gradients_of,
)
from tinygrad_w2v.testing.comparison import Comparison, Mode
from tinygrad_w2v.testing.diagnosis import diagnose
from tinygrad_w2v.testing.elsewhere import is_right_elsewhere
from tinygrad_w2v.testing.finite_differences import EPSILON
from tinygrad_w2v.testing.report import (
    CheckFailedError,
    Finding,
    GradcheckError,
    GradcheckReport,
    Verdict,
)

RTOL = 1e-6


def gradcheck(
    fn: Callable[..., Any],
    inputs: Sequence[Any],
    *,
    mode: Mode = "auto",
    seed: int = 0,
    rtol: float = RTOL,
    raise_exception: bool = True,
    argnums: Iterable[int] | None = None,
    labels: Sequence[str] = (),
    name: str = "",
    order: int = 1,
) -> GradcheckReport:
    """Check the gradients of a function of Tensors against finite differences.

    It also checks that the function is deterministic and leaves its inputs unchanged, that
    gradients are linear in the incoming gradient and have memory of their own, and that
    ``backward()`` and ``grad()`` agree to the last bit.

    Parameters
    ----------
    fn
        Takes `inputs`; returns a Tensor or several, nested in any way.
    inputs
        Every floating array or Tensor is checked in float64. Inputs of lower precision are
        promoted, and the report says so. All other values are passed to `fn` unchanged.
    mode
        ``"full"`` compares the whole Jacobian, ``"projection"`` seeded random projections of it,
        ``"auto"`` chooses by the number of values.
    seed
        Seed of the random cotangents and projections.
    rtol
        Tolerance relative to the magnitude of each gradient, in addition to the estimated error
        of the finite difference.
    raise_exception
        If False, a failed report is returned instead of raised.
    argnums
        Positions of the inputs to check; defaults to all floating ones.
    labels
        Names of the inputs, for the report.
    name
        Name of the function, for the report.
    order
        1 checks gradients, 2 second derivatives (see :func:`gradgradcheck`).

    Returns
    -------
    GradcheckReport

    Raises
    ------
    GradcheckError
        If the check fails; its message is the report.
    InputError
        If there is nothing to check.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> print(tg.testing.gradcheck(np.tanh, [np.array([0.5, -1.0])]))  # doctest: +ELLIPSIS
    gradcheck of tanh: passed, all 2 output values against all 2 input values, largest ...
    """
    if mode not in ("auto", "full", "projection"):
        raise InputError(f"gradcheck: mode is {mode!r}: use 'auto', 'full' or 'projection'")
    function = CheckedFunction(fn, inputs, name=name, labels=labels, argnums=argnums)
    if not function.point:
        raise InputError(
            f"gradcheck of {function.name}: none of the {len(function.inputs)} inputs to check is "
            f"a floating array or Tensor: pass arrays of floats"
        )
    report = GradcheckReport(function.name, order)
    if function.was_promoted:
        report.notes.append("inputs of lower precision were checked in float64")
    started = time.perf_counter()
    try:
        with np.errstate(all="ignore"), enable_grad():
            function = function if order == 1 else _gradients_of(function, seed)
            _examine(function, report, mode, np.random.default_rng([seed, 1]), rtol)
    except CheckFailedError as failure:
        report.finding = failure.finding
    except RuleError as error:
        report.finding = Finding(Verdict.WRONG_CONTRACT, str(error))
    report.seconds = time.perf_counter() - started
    if report.finding is not None and raise_exception:
        raise GradcheckError(report)
    return report


def gradgradcheck(fn: Callable[..., Any], inputs: Sequence[Any], **options: Any) -> GradcheckReport:
    """Check second derivatives: ``gradcheck(fn, inputs, order=2, **options)``.

    These are the gradients of the gradients, with respect to the inputs and to the cotangents.
    The gradients are computed with ``create_graph=True`` for random cotangents.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> tg.testing.gradgradcheck(np.tanh, [np.array([0.5, -1.0])]).ok
    True
    """
    return gradcheck(fn, inputs, order=2, **options)


def gradcheck_module(module: Any, *inputs: Any, **options: Any) -> GradcheckReport:
    """Check the gradients of a Module with respect to its parameters and floating inputs.

    The parameters are checked in float64 and restored afterwards.

    Parameters
    ----------
    module
        A Module: callable, with ``named_parameters()``.
    inputs
        The arguments of the call.
    options
        Options of :func:`gradcheck`, such as ``order=2``.
    """
    named = [(label, p) for label, p in module.named_parameters() if p.requires_grad]
    saved = [parameter._data for _, parameter in named]
    labels = [*[label for label, _ in named], *[f"input {k}" for k in range(len(inputs))]]
    try:
        return gradcheck(
            lambda *values: module(*values[len(named) :]),
            [*[Captured(parameter) for _, parameter in named], *inputs],
            **{"labels": labels, "name": type(module).__name__, **options},
        )
    finally:
        for (_, parameter), data in zip(named, saved, strict=True):
            parameter._data = data


def _gradients_of(first: CheckedFunction, seed: int) -> CheckedFunction:
    """Return the function that computes the gradients of a function, for random cotangents."""
    rng = np.random.default_rng([seed, 2])
    call = first.record()
    cotangents = [rng.normal(size=shape) for shape in call.shapes]
    count = len(first.point)

    def gradients(create_graph: bool) -> Callable[..., list[Any]]:
        def second(*values: Tensor) -> list[Any]:
            leaves = values[:count]
            outputs = floating_outputs(first.function(*first.arguments(leaves)))
            return _dense_gradients(
                [output for _, output in outputs], leaves, values[count:], create_graph
            )

        return second

    function = CheckedFunction(
        gradients(True),
        [*first.checked_inputs(), *cotangents],
        name=first.name,
        labels=[*first.labels, *[f"g of {label}" for label in call.labels]],
        plain=gradients(False),
    )
    function.natural = _natural(first, call.outputs, cotangents)
    function.output_names = [f"the gradient of {label}" for label in first.labels]
    return function


def _natural(function: CheckedFunction, outputs: Sequence[Any], cotangents: Sequence[Any]) -> Array:
    """Return the magnitude of the terms of each gradient: of the outputs, over that of the input.

    The outputs themselves are accurate to the rounding of the inputs at best.
    """
    peaks = [float(np.abs(array).max(initial=0.0)) for array in function.point]
    least = EPSILON * max(peaks)
    terms = sum(
        float(np.sum(np.abs(cotangent) * np.maximum(np.abs(array_of(output)), least)))
        for output, cotangent in zip(outputs, cotangents, strict=True)
    )
    return np.concatenate(
        [np.full(a.size, terms / (p or 1.0)) for a, p in zip(function.point, peaks, strict=True)]
    )


def _dense_gradients(
    outputs: Sequence[Any], leaves: Sequence[Tensor], cotangents: Sequence[Any], create_graph: bool
) -> list[Any]:
    """Return the gradients of the outputs by the leaves; zeros where there is no path."""
    found = list(gradients_of(outputs, leaves, cotangents, create_graph=create_graph))
    for number, gradient in enumerate(found):
        if gradient is None:
            found[number] = np.zeros(leaves[number].shape)
        elif isinstance(gradient, RowSparse):
            found[number] = gradient.to_dense()
    return found


def _examine(
    function: CheckedFunction,
    report: GradcheckReport,
    mode: Mode,
    rng: np.random.Generator,
    rtol: float,
) -> None:
    """Check the properties, then compare; the first failure ends the check."""
    call = properties.first_call(function)
    if not call.outputs:
        raise InputError(
            f"gradcheck of {function.name}: it returns no floating Tensor or array: there is "
            f"nothing to differentiate"
        )
    repeatability.values_repeat(function, call)
    properties.computes_in_float64(function, call)
    cotangents = properties.backward_is_pure(function, call, rng)
    first = [None if g is None else array_of(g).copy() for g in call.raw_gradients(cotangents)]
    try:
        repeatability.passes_repeat(function, call, cotangents)
        repeatability.calls_are_independent(function, rng)
        properties.is_linear(function, call, rng)
        repeatability.backward_agrees_with_grad(function, call, cotangents)
        _compare(Comparison(function, call, mode, rng, rtol), report)
        is_right_elsewhere(function, rng, rtol)
    except CheckFailedError as failure:
        if failure.finding.verdict in _NEEDS_REPEATABILITY:
            repeatability.all_repeats(function, call, cotangents, first, times=20)
        raise
    repeatability.all_repeats(function, call, cotangents, first)


_NEEDS_REPEATABILITY = (Verdict.WRONG_RULE, Verdict.KINK, Verdict.PRECISION, Verdict.UNDEFINED)
"""Before one of these is reported, the function must have proved deterministic once more."""


def _compare(comparison: Comparison, report: GradcheckReport) -> None:
    report.compared = comparison.describe()
    blocks = [comparison.block(number) for number in range(len(comparison.function.point))]
    diagnose(comparison, blocks)
    errors = [comparison.largest_error(block) for block in blocks]
    report.worst = max((error for error in errors if error is not None), default=None)
