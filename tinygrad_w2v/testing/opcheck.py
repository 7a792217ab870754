"""opcheck: everything that can be checked about a registered op, in one call and one table."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import get_op
from tinygrad_w2v.engine.sample import Sample, Sampler
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import op_checks, op_conduct
from tinygrad_w2v.testing.op_checks import OpCase, SkippedError
from tinygrad_w2v.testing.verdict import CheckFailedError, Finding, Verdict

CHECKS: dict[str, Callable[[OpCase], str]] = {
    "registration": op_checks.registration,
    "forward": op_checks.forward,
    "first order": op_checks.first_order,
    "second order": op_checks.second_order,
    "sparse gradients": op_conduct.sparse,
    "memory layouts": op_conduct.layouts,
    "shapes": op_checks.shapes,
    "repeated indices": op_checks.repeated_indices,
    "zeros": op_checks.zeros,
    "scales": op_checks.scales,
    "precisions": op_conduct.precisions,
    "saved names": op_conduct.saved_names,
    "threads": op_conduct.threads,
    "backends": op_conduct.backends,
}
"""The checks by name, in the order in which they run; the first two decide over the rest."""

_FIRST = ("registration", "forward")


@dataclass
class CheckRow:
    """One row of the table.

    Attributes
    ----------
    check
        Its name.
    result
        ``"passed"``, ``"failed"`` or ``"skipped"``.
    seconds
        What it took.
    detail
        What was looked at, why it was skipped, or what was found.
    finding
        Of a failure.
    """

    check: str
    result: str
    seconds: float
    detail: str
    finding: Finding | None = None


@dataclass
class OpcheckReport:
    """The result of :func:`opcheck`: a table; true if no check failed."""

    name: str
    rows: list[CheckRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return self.finding is None

    @property
    def finding(self) -> Finding | None:
        """The first failure, or None."""
        return next((row.finding for row in self.rows if row.finding is not None), None)

    @property
    def verdict(self) -> Verdict | None:
        """Of the first failure, or None."""
        return None if self.finding is None else self.finding.verdict

    @property
    def seconds(self) -> float:
        """Of all checks."""
        return sum(row.seconds for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = "passed" if self.ok else str(self.verdict)
        lines = [f"opcheck of {self.name}: {head}"]
        lines.append(f"  {'check':<17} {'result':<8} {'seconds':>7}  detail")
        for row in self.rows:
            detail = row.detail if row.finding is None else str(row.finding.verdict)
            lines.append(f"  {row.check:<17} {row.result:<8} {row.seconds:7.3f}  {detail}")
        for row in self.rows:
            if row.finding is not None:
                lines.append(f"  {row.check}: {row.finding.verdict}: {row.finding.text}")
                lines += [f"    hint: {row.finding.hint}"] if row.finding.hint else []
        return "\n".join([*lines, *[f"  note: {note}" for note in self.notes]])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


class OpcheckError(AssertionError):
    """An op failed a check; the message is the table, and `report` holds it."""

    def __init__(self, report: OpcheckReport) -> None:
        super().__init__(str(report))
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.report,)

    @property
    def verdict(self) -> Verdict:
        """Of the first failure."""
        assert self.report.verdict is not None
        return self.report.verdict


def opcheck(
    op: Op | str,
    samples: Sampler | Sequence[Sample] | None = None,
    *,
    seed: int = 0,
    raise_exception: bool = True,
    checks: Sequence[str] | None = None,
) -> OpcheckReport:
    """Check all that can be checked about an op, on its samples and on what is derived from them.

    Parameters
    ----------
    op
        A registered op, or its name.
    samples
        Sample calls, or a function of a ``numpy.random.Generator`` that makes them; those the op
        was registered with by default.
    seed
        Of the samples and of everything else that is random.
    raise_exception
        False returns the report of a failure instead of raising it.
    checks
        Names of the checks to make (see ``CHECKS``); all by default.

    Returns
    -------
    OpcheckReport
        Its ``str`` is a table of check, result and seconds.

    Raises
    ------
    OpcheckError
        If a check fails.
    InputError
        If a check of that name does not exist.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.testing.opcheck("tanh").ok
    True
    """
    if isinstance(op, str):
        op = get_op(op)
    if not isinstance(op, Op):
        raise InputError(
            f"opcheck: {op!r} is not an op but a {type(op).__name__}: register the function with "
            f"tinygrad_w2v.op(...), or check it with gradcheck(fn, inputs)"
        )
    for name in checks or ():
        if name not in CHECKS:
            raise InputError(f"opcheck: no check is named '{name}': use {', '.join(CHECKS)}")
    sampler = op.samples if samples is None else samples
    found = sampler(np.random.default_rng(seed)) if callable(sampler) else sampler
    case = OpCase(op, list(found or ()), seed)
    report = OpcheckReport(op.name, notes=case.notes)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of empty means and the like
        for name, check in CHECKS.items():
            if checks is not None and name not in (*_FIRST, *checks):
                continue
            row = _run(name, check, case)
            report.rows.append(row)
            if row.finding is not None and name in _FIRST:
                break
    if not report.ok and raise_exception:
        raise OpcheckError(report)
    return report


def _run(name: str, check: Callable[[OpCase], str], case: OpCase) -> CheckRow:
    started = time.perf_counter()
    finding = None
    try:
        result, detail = "passed", check(case)
    except SkippedError as reason:
        result, detail = "skipped", str(reason)
    except CheckFailedError as failure:
        result, detail, finding = "failed", failure.finding.text, failure.finding
    except RuleError as error:
        result, detail = "failed", str(error)
        finding = Finding(Verdict.WRONG_CONTRACT, detail)
    except Exception as error:
        result, detail = "failed", f"{type(error).__name__}: {error}"
        finding = Finding(Verdict.WRONG_RULE, f"the op raises {detail}")
    return CheckRow(name, result, time.perf_counter() - started, detail, finding)
