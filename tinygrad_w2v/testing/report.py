"""GradcheckReport: what was compared, how, and what was found; it prints well."""

from __future__ import annotations

from dataclasses import dataclass, field

from tinygrad_w2v.testing.verdict import Finding, Verdict


@dataclass
class GradcheckReport:
    """The result of :func:`gradcheck` and its relatives; true if the check passed.

    Attributes
    ----------
    name
        Of the function.
    order
        1 for gradients, 2 for gradients of gradients.
    compared
        How the derivatives were compared: full Jacobian or projections, and how many.
    worst
        The largest relative error among the entries that finite differences resolve.
    notes
        What a reader should know, such as a promotion to float64.
    seconds
        What the check took.
    finding
        The failure, or None.
    """

    name: str
    order: int = 1
    compared: str = ""
    worst: float = 0.0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    finding: Finding | None = None

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

    def __str__(self) -> str:
        check = "gradcheck" if self.order == 1 else "gradgradcheck"
        if self.finding is None:
            passed = f"passed, {self.compared}, largest relative error {self.worst:.1e}"
            lines = [f"{check} of {self.name}: {passed}"]
        else:
            lines = [f"{check} of {self.name}: {self.finding.verdict}: {self.finding.text}"]
            lines += _details(self.finding)
            lines += [f"  compared: {self.compared}"] if self.compared else []
        return "\n".join([*lines, *[f"  note: {note}" for note in self.notes]])

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        printer.text(str(self))  # type: ignore[attr-defined]


def _details(finding: Finding) -> list[str]:
    lines = []
    if finding.hint:
        lines.append(f"  hint: {finding.hint}")
    if finding.analytic is not None and finding.numeric is not None:
        lines.append(f"  analytic {finding.analytic:+.12g}, numeric {finding.numeric:+.12g}")
    if finding.steps:
        lines.append("      step    difference          relative error")
        lines += [
            f"  {step.size:8.1e}    {step.difference:<+18.11g}  {step.error:.1e}"
            for step in finding.steps
        ]
    return lines
