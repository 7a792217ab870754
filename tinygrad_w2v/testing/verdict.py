"""Verdict and Finding: what a check found, in words that say what to do about it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinygrad_w2v.testing.report import GradcheckReport


class Verdict(enum.Enum):
    """Why a gradient check failed."""

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


@dataclass(frozen=True)
class Step:
    """One row of the table of step sizes: what the finite difference says at this step."""

    size: float
    difference: float
    error: float


@dataclass
class Finding:
    """A failure: the verdict, where, and the numbers behind it.

    Attributes
    ----------
    verdict
        Why.
    text
        One sentence: the place, the values, and what to do.
    output, input
        Labels of the output and the input concerned, where there is one.
    output_index, input_index
        The worst place within them; None if only a projection was compared.
    analytic, numeric
        What the backward rules gave and what finite differences gave there.
    steps
        The finite difference over step sizes.
    hint
        A common slip that fits the pattern, or an empty string.
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
        """|analytic − numeric| over the larger of the two."""
        if self.analytic is None or self.numeric is None:
            return None
        return relative_error(self.analytic, self.numeric)


def relative_error(analytic: float, numeric: float) -> float:
    """Return |analytic − numeric| / max(|analytic|, |numeric|), 0 if both are 0."""
    largest = max(abs(analytic), abs(numeric))
    return abs(analytic - numeric) / largest if largest else 0.0


class CheckFailedError(Exception):
    """Carries a finding from where it is made to the report; never leaves this floor."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class GradcheckError(AssertionError):
    """A gradient check failed; the message is the verdict, and `report` holds all of it."""

    def __init__(self, report: GradcheckReport) -> None:
        super().__init__(str(report))
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.report,)

    @property
    def verdict(self) -> Verdict:
        """Why the check failed."""
        finding = self.report.finding
        assert finding is not None
        return finding.verdict
