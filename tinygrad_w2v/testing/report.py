"""The result of a gradient check: verdict, finding, report, and the error that carries it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn


class Verdict(enum.Enum):
    """Why a check failed."""

    WRONG_RULE = "wrong rule"
    KINK = "kink"
    PRECISION = "precision"
    NOT_DETERMINISTIC = "not deterministic"
    MUTATES_INPUT = "mutates its input"
    WRONG_CONTRACT = "wrong shape, dtype or count"
    UNDEFINED = "undefined"
    ALIASED = "aliased memory"

    def __str__(self) -> str:
        return self.value

    def fail(self, text: str, **details: Any) -> NoReturn:
        """Raise a finding with this verdict."""
        raise CheckFailedError(Finding(self, text, **details))


@dataclass(frozen=True)
class Step:
    """One row of the table of step sizes: step, difference quotient, relative error."""

    size: float
    difference: float
    error: float


@dataclass
class Finding:
    """The reason for a failure.

    Attributes
    ----------
    verdict
        The kind of failure.
    text
        One sentence: the place, the values and the remedy.
    output, input
        Labels of the output and the input concerned, if any.
    output_index, input_index
        Indices of the worst entry; None if only a projection was compared.
    analytic, numeric
        The derivative by the backward rules and by finite differences.
    steps
        The finite difference at several step sizes.
    hint
        A common mistake that fits the pattern, or an empty string.
    """

    verdict: Verdict
    text: str
    output: str | None = None
    input: str | None = None
    output_index: tuple[int, ...] | None = None
    input_index: tuple[int, ...] | None = None
    analytic: float | None = None
    numeric: float | None = None
    steps: Sequence[Step] = field(default_factory=tuple)
    hint: str = ""

    @property
    def relative_error(self) -> float | None:
        """``|analytic − numeric|`` over the larger of the two."""
        if self.analytic is None or self.numeric is None:
            return None
        return relative_error(self.analytic, self.numeric)

    def details(self) -> list[str]:
        """Return the lines that follow the text in a report."""
        lines = [f"  hint: {self.hint}"] if self.hint else []
        if self.analytic is not None and self.numeric is not None:
            lines.append(f"  analytic {self.analytic:+.12g}, numeric {self.numeric:+.12g}")
        if self.steps:
            lines.append("      step    difference          relative error")
            lines += [
                f"  {step.size:8.1e}    {step.difference:<+18.11g}  {step.error:.1e}"
                for step in self.steps
            ]
        return lines


def relative_error(analytic: float, numeric: float) -> float:
    """Return |analytic − numeric| / max(|analytic|, |numeric|), 0 if both are 0."""
    largest = max(abs(analytic), abs(numeric))
    return abs(analytic - numeric) / largest if largest else 0.0


class CheckFailedError(Exception):
    """Carries a finding to the report. It never leaves this package."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Report:
    """Base of the reports: true if the check passed; ``str`` is the text to read."""

    finding: Finding | None

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return self.finding is None

    @property
    def verdict(self) -> Verdict | None:
        """Why the check failed, or None."""
        return None if self.finding is None else self.finding.verdict

    def __bool__(self) -> bool:
        return self.ok

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


@dataclass
class GradcheckReport(Report):
    """The result of :func:`gradcheck`, :func:`gradgradcheck` and :func:`gradcheck_module`.

    Attributes
    ----------
    name
        The function's name.
    order
        1 for gradients, 2 for gradients of gradients.
    compared
        Which derivatives were compared: the full Jacobian or projections, and how many.
    worst
        The largest relative error among the entries that finite differences resolve to eight
        digits (for the default `rtol`), or None: a small error of the rule was not excluded.
    notes
        Remarks for the reader, such as a promotion to float64.
    seconds
        The duration of the check.
    finding
        The failure, or None.
    """

    name: str
    order: int = 1
    compared: str = ""
    worst: float | None = None
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    finding: Finding | None = None

    def __str__(self) -> str:
        check = "gradcheck" if self.order == 1 else "gradgradcheck"
        if self.finding is None:
            worst = "unknown: no entry is resolved" if self.worst is None else f"{self.worst:.1e}"
            lines = [f"{check} of {self.name}: passed, {self.compared}, "]
            lines[0] += f"largest relative error {worst}"
        else:
            lines = [f"{check} of {self.name}: {self.finding.verdict}: {self.finding.text}"]
            lines += self.finding.details()
            lines += [f"  compared: {self.compared}"] if self.compared else []
        return "\n".join([*lines, *[f"  note: {note}" for note in self.notes]])


class CheckError(AssertionError):
    """A check failed. The message is the report's text; `report` is the report."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.report,)

    @property
    def verdict(self) -> Verdict:
        """Why the check failed."""
        assert self.report.verdict is not None
        return self.report.verdict


class GradcheckError(CheckError):
    """A gradient check failed."""
