"""gradcheck, gradgradcheck, gradcheck_module: are the backward rules right? A verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.grad_mode import enable_grad
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.walk import grad
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import probes
from tinygrad_w2v.testing.compare import Comparison, Mode, magnitude
from tinygrad_w2v.testing.diagnosis import judge
from tinygrad_w2v.testing.report import GradcheckReport
from tinygrad_w2v.testing.subject import Held, Subject, floating_outputs
from tinygrad_w2v.testing.verdict import CheckFailedError, Finding, GradcheckError, Verdict

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
) -> GradcheckReport:
    """Check the gradients of a function of Tensors against finite differences.

    Beside the numbers it checks that the function is repeatable, changes none of its inputs, and
    that gradients are linear in the incoming gradient and have memory of their own.

    Parameters
    ----------
    fn
        Takes `inputs`, returns a Tensor or several, nested in any way.
    inputs
        Every floating array or Tensor is checked, in float64 (lower precisions are promoted, and
        the report says so); anything else is passed to `fn` as it is.
    mode
        ``"full"`` compares the whole Jacobian, ``"projection"`` seeded random projections of it,
        ``"auto"`` whichever suits the number of values.
    seed
        Of the random cotangents and projections.
    rtol
        How far a gradient may be off, relative to its own magnitude, beyond what finite
        differences can resolve.
    raise_exception
        False returns the report of a failure instead of raising it.
    argnums
        Positions of the inputs to check; all floating ones by default.
    labels
        The inputs' names, for the report.
    name
        The function's name, for the report.

    Returns
    -------
    GradcheckReport

    Raises
    ------
    GradcheckError
        If the check fails; its message is the verdict.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> print(tg.testing.gradcheck(np.tanh, [np.array([0.5, -1.0])]))  # doctest: +ELLIPSIS
    gradcheck of tanh: passed, all 2 output values against all 2 input values, largest ...
    """
    subject = Subject(fn, inputs, name=name, labels=labels, argnums=argnums)
    return _check(subject, 1, mode, seed, rtol, raise_exception)


def gradgradcheck(
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
) -> GradcheckReport:
    """Check second derivatives: those of the gradients, by the inputs and by the cotangents.

    The gradients are made with ``create_graph=True`` for random cotangents, which are checked
    inputs themselves. Parameters as of :func:`gradcheck`.

    Raises
    ------
    GradcheckError
        If the check fails.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> tg.testing.gradgradcheck(np.tanh, [np.array([0.5, -1.0])]).ok
    True
    """
    first = Subject(fn, inputs, name=name, labels=labels, argnums=argnums)
    rng = np.random.default_rng([seed, 2])
    run = first.run(first.point)
    cotangents = [rng.normal(size=shape) for shape in run.shapes]
    count = len(first.point)

    def gradients(create_graph: bool) -> Callable[..., list[Any]]:
        def second(*values: Tensor) -> list[Any]:
            leaves = values[:count]
            outputs = [output for _, output in floating_outputs(fn(*first.fill(leaves)))]
            return _dense_gradients(outputs, leaves, values[count:], create_graph)

        return second

    subject = Subject(
        gradients(True),
        [*first.checked(), *cotangents],
        name=first.name,
        labels=[*first.labels, *[f"g of {label}" for label in run.labels]],
        plain=gradients(False),
    )
    subject.was_promoted = first.was_promoted
    subject.output_names = [f"the gradient of {label}" for label in first.labels]
    return _check(subject, 2, mode, seed, rtol, raise_exception)


def gradcheck_module(
    module: Any,
    *inputs: Any,
    mode: Mode = "auto",
    seed: int = 0,
    rtol: float = RTOL,
    raise_exception: bool = True,
    order: int = 1,
) -> GradcheckReport:
    """Check the gradients of a Module by its parameters and by its floating inputs.

    The parameters are checked in float64 and put back as they were.

    Parameters
    ----------
    module
        A Module: callable, with ``named_parameters()``.
    inputs
        What it is called with.
    order
        1, or 2 for second derivatives.
    mode, seed, rtol, raise_exception
        As of :func:`gradcheck`.

    Raises
    ------
    GradcheckError
        If the check fails.
    """
    named = [(label, p) for label, p in module.named_parameters() if p.requires_grad]
    kept = [parameter.data for _, parameter in named]
    check = gradcheck if order == 1 else gradgradcheck
    try:
        return check(
            lambda *values: module(*values[len(named) :]),
            [*[Held(parameter) for _, parameter in named], *inputs],
            mode=mode,
            seed=seed,
            rtol=rtol,
            raise_exception=raise_exception,
            labels=[*[label for label, _ in named], *[f"input {k}" for k in range(len(inputs))]],
            name=type(module).__name__,
        )
    finally:
        for (_, parameter), data in zip(named, kept, strict=True):
            parameter._data = data


def _dense_gradients(
    outputs: Sequence[Any], leaves: Sequence[Tensor], starts: Sequence[Any], create_graph: bool
) -> list[Any]:
    """Return the gradients of the outputs by the leaves; zeros where there is no path."""
    pairs = [
        (output, start)
        for output, start in zip(outputs, starts, strict=True)
        if isinstance(output, Tensor) and output.requires_grad
    ]
    found: Sequence[Any] = [None] * len(leaves)
    if pairs:
        found = grad(
            [output for output, _ in pairs],
            leaves,
            [start for _, start in pairs],
            create_graph=create_graph,
            allow_unused=True,
        )
    return [
        np.zeros(leaf.shape)
        if gradient is None
        else gradient.to_dense()
        if isinstance(gradient, RowSparse)
        else gradient
        for leaf, gradient in zip(leaves, found, strict=True)
    ]


def _check(
    subject: Subject, order: int, mode: Mode, seed: int, rtol: float, raise_exception: bool
) -> GradcheckReport:
    if mode not in ("auto", "full", "projection"):
        raise InputError(f"gradcheck: mode is {mode!r}: use 'auto', 'full' or 'projection'")
    if not subject.point:
        raise InputError(
            f"gradcheck of {subject.name}: none of the {len(subject.inputs)} inputs to check is a "
            f"floating array or Tensor: pass arrays of floats"
        )
    report = GradcheckReport(subject.name, order)
    if subject.was_promoted:
        report.notes.append("inputs of lower precision were checked in float64")
    started = time.perf_counter()
    try:
        with np.errstate(all="ignore"), enable_grad():
            _examine(subject, report, mode, np.random.default_rng([seed, 1]), rtol)
    except CheckFailedError as failure:
        report.finding = failure.finding
    except RuleError as error:
        report.finding = Finding(Verdict.WRONG_CONTRACT, str(error))
    report.seconds = time.perf_counter() - started
    if report.finding is not None and raise_exception:
        raise GradcheckError(report)
    return report


def _examine(
    subject: Subject, report: GradcheckReport, mode: Mode, rng: np.random.Generator, rtol: float
) -> None:
    """Run every probe, then the comparison; the first failure ends it."""
    run = probes.first_run(subject)
    if not run.outputs:
        raise InputError(
            f"gradcheck of {subject.name}: it returns no floating Tensor or array: there is "
            f"nothing to differentiate"
        )
    probes.same_value_again(subject, run)
    cotangents = probes.backward_is_pure(subject, run, rng)
    first = [None if g is None else np.array(g) for g in run.raw_gradients(cotangents)]
    probes.walks_repeat(subject, run, cotangents)
    probes.calls_do_not_mix(subject, run, rng)
    probes.is_linear(subject, run, rng)
    comparison = Comparison(subject, run, mode, rng, rtol)
    report.compared = comparison.describe()
    for number in range(len(subject.point)):
        block = comparison.block(number)
        if block.suspect.any():
            judge(comparison, block)
        largest = magnitude(block)
        sure = block.error < 1e-2 * rtol * largest
        errors = np.abs(block.analytic - block.value)[sure] / largest[sure]
        report.worst = max(report.worst, float(errors.max(initial=0.0)))
    probes.repeats(subject, run, cotangents, first)
