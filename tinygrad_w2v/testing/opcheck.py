"""opcheck: all checks of a registered op, in one call and one table."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tinygrad_w2v.engine.contract import RuleError
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import get_op
from tinygrad_w2v.engine.sample import Sample, Sampler
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import op_contract, op_gradients
from tinygrad_w2v.testing.op_case import OpCase, SkippedError
from tinygrad_w2v.testing.report import CheckError, CheckFailedError, Finding, Report, Verdict

CHECKS: dict[str, Callable[[OpCase], str]] = {
    "registration": op_contract.registration,
    "forward": op_contract.purity,
    "first order": op_gradients.first_order,
    "second order": op_gradients.second_order,
    "wanted inputs": op_gradients.wanted_inputs,
    "sparse gradients": op_contract.sparse,
    "memory layouts": op_contract.layouts,
    "shapes": op_gradients.shapes,
    "repeated indices": op_gradients.repeated_indices,
    "zeros": op_gradients.zeros,
    "scales": op_gradients.scales,
    "precisions": op_contract.precisions,
    "saved names": op_contract.saved_names,
    "threads": op_contract.threads,
    "backends": op_contract.backends,
}
"""The checks by name, in the order in which they run. The rest requires the first two."""

_FIRST = ("registration", "forward")


@dataclass
class CheckRow:
    """One row of the table.

    Attributes
    ----------
    check
        The name of the check.
    result
        ``"passed"``, ``"failed"`` or ``"skipped"``.
    seconds
        The duration.
    detail
        What was examined, why the check was skipped, or what was found.
    finding
        The failure, or None.
    """

    check: str
    result: str
    seconds: float
    detail: str
    finding: Finding | None = None


@dataclass
class OpcheckReport(Report):
    """The result of :func:`opcheck`: a table of checks."""

    name: str
    rows: list[CheckRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def finding(self) -> Finding | None:  # type: ignore[override]
        """The first failure, or None."""
        return next((row.finding for row in self.rows if row.finding is not None), None)

    @property
    def seconds(self) -> float:
        """The duration of all checks."""
        return sum(row.seconds for row in self.rows)

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


class OpcheckError(CheckError):
    """An op failed a check. The message is the table."""


def opcheck(
    op: Op | str,
    samples: Sampler | Sequence[Sample] | None = None,
    *,
    seed: int = 0,
    raise_exception: bool = True,
    checks: Sequence[str] | None = None,
) -> OpcheckReport:
    """Check an op's gradients and contract, on its samples and on samples derived from them.

    Parameters
    ----------
    op
        A registered op, or its name.
    samples
        Sample calls, or a function of a ``numpy.random.Generator`` that makes them; defaults to
        those the op was registered with.
    seed
        Seed of the samples and of all other random numbers.
    raise_exception
        If False, a failed report is returned instead of raised.
    checks
        Names of the checks to run (see ``CHECKS``); defaults to all.

    Returns
    -------
    OpcheckReport
        Its ``str`` is a table of check, result and duration.

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
        warnings.simplefilter("ignore", RuntimeWarning)  # from means of empty arrays
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
