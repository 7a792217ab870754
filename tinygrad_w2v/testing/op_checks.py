"""The checks of an op's gradients that opcheck makes; the first failure ends a check.

Each takes an :class:`OpCase` and returns what it looked at (or raises ``SkippedError``), and raises
:class:`CheckFailedError` with a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.registry import registered_ops
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.testing import derive
from tinygrad_w2v.testing.gradcheck import gradcheck, gradgradcheck
from tinygrad_w2v.testing.op_call import OpCall, differentiable, is_usable
from tinygrad_w2v.testing.probes import fail
from tinygrad_w2v.testing.report import GradcheckReport
from tinygrad_w2v.testing.verdict import CheckFailedError, Verdict


@dataclass
class OpCase:
    """An op, its samples, and the seed of what is random."""

    op: Op
    samples: list[Sample]
    seed: int
    notes: list[str] = field(default_factory=list)

    @property
    def rng(self) -> np.random.Generator:
        """A fresh generator."""
        return np.random.default_rng([self.seed, 4])


class SkippedError(Exception):
    """A check does not apply; the message says why."""


def registration(case: OpCase) -> str:
    """Require its name in the registry, samples, and rules for floating inputs."""
    op = case.op
    if registered_ops().get(op.name) is not op:
        fail(
            Verdict.WRONG_CONTRACT,
            f"{op.name} is not what the registry holds under that name: make it with "
            f"tinygrad_w2v.op(...) and a name of its own",
        )
    if not case.samples:
        fail(
            Verdict.WRONG_CONTRACT,
            f"{op.name} has no samples, so nothing can be checked: register it with "
            f"samples=lambda rng: [Sample(...), ...], or pass opcheck(op, samples=...)",
        )
    if op.rules and not any(differentiable(op, sample) for sample in case.samples):
        fail(
            Verdict.WRONG_CONTRACT,
            f"{op.name} has rules for {', '.join(op.rules)}, but no sample gives one of them as a "
            f"floating array: pass arrays of floats",
        )
    for name in op.inputs:
        if name not in op.rules and op.rules and _is_ever_floating(case, name):
            case.notes.append(f"no rule for the floating input '{name}': it is a constant")
    return f"{len(case.samples)} samples"


def forward(case: OpCase) -> str:
    """Require that the forward repeats itself, keeps its inputs, and keeps to float64."""
    for sample in case.samples:
        args = [arg.copy() for arg in sample.args]
        copy = Sample(*args, **sample.attributes)
        first = OpCall(case.op, copy)
        for position, (arg, kept) in enumerate(zip(args, sample.args, strict=True)):
            if not np.array_equal(arg, kept, equal_nan=derive.is_float(arg)):
                name = case.op.signature.input_name(position)
                fail(
                    Verdict.MUTATES_INPUT,
                    f"the forward changes '{name}' in place on {sample}: work on a copy",
                    input=name,
                )
        a, b = first.out.numpy(), OpCall(case.op, copy).out.numpy()
        if a.shape != b.shape or not np.array_equal(a, b, equal_nan=derive.is_float(a)):
            fail(
                Verdict.NOT_DETERMINISTIC,
                f"a second call on {sample} gives other values: draw random numbers outside and "
                f"keep no state between calls",
            )
        if first.leaves and first.out.dtype == np.float32 and "dtype" not in sample.attributes:
            fail(
                Verdict.WRONG_CONTRACT,
                f"the forward returns float32 for float64 inputs on {sample}: keep the inputs' "
                f"dtype",
            )
    return f"{len(case.samples)} samples twice"


def first_order(case: OpCase) -> str:
    """Check gradients against finite differences on the op's own samples."""
    require_rules(case)
    for sample in case.samples:
        _require_right(_check(case, sample), str(sample))
    return f"{len(case.samples)} samples"


def second_order(case: OpCase) -> str:
    """Check second derivatives on the op's own samples, unless it states that it has none."""
    require_rules(case)
    if case.op.order is not None:
        raise SkippedError(f"registered with order={case.op.order}")
    for sample in case.samples:
        try:
            report = _check(case, sample, gradgradcheck)
        except (TypeError, AttributeError) as error:
            fail(
                Verdict.WRONG_RULE,
                f"the rule fails on Tensors ({error}): write it in NumPy functions that have ops, "
                f"or register the op with order=1",
            )
        _require_right(report, str(sample))
    return f"{len(case.samples)} samples"


def shapes(case: OpCase) -> str:
    """Check gradients on emptied, single-valued and broadcast inputs."""
    return _on_derived(case, lambda sample: derive.shaped(case.op, sample))


def repeated_indices(case: OpCase) -> str:
    """Check gradients where indices repeat."""
    return _on_derived(case, derive.repeated)


def zeros(case: OpCase) -> str:
    """Check gradients at exact zeros, where the function has one."""
    return _on_derived(case, lambda sample: derive.valued(sample, case.rng))


def scales(case: OpCase) -> str:
    """Check gradients on tiny and large inputs."""
    return _on_derived(case, derive.scaled)


def _check(
    case: OpCase, sample: Sample, check: Callable[..., GradcheckReport] = gradcheck
) -> GradcheckReport:
    op = case.op
    return check(
        lambda *args: op(*args, **sample.attributes),
        sample.args,
        argnums=differentiable(op, sample),
        labels=[op.signature.input_name(i) for i in range(len(sample.args))],
        name=op.name,
        seed=case.seed,
        raise_exception=False,
    )


def _on_derived(case: OpCase, derived: Callable[[Sample], Iterable[tuple[str, Sample]]]) -> str:
    """Check each derived sample that the op accepts; kinks and lost digits there prove nothing."""
    require_rules(case)
    checked = dropped = 0
    for sample in case.samples:
        for story, made in derived(sample):
            if not is_usable(case.op, made):
                dropped += 1
                continue
            try:
                report = _check(case, made)
            except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
                fail(
                    Verdict.WRONG_RULE,
                    f"the forward accepts {sample} with {story}, its rule raises "
                    f"{type(error).__name__}: {error}",
                )
            if report.verdict in (Verdict.KINK, Verdict.PRECISION) or _is_outside(report):
                dropped += 1
                continue
            checked += 1
            _require_right(report, f"{sample} with {story}")
    if not checked:
        raise SkippedError("no sample applies")
    return f"{checked} derived samples" + (f", {dropped} outside the domain" if dropped else "")


def _is_outside(report: GradcheckReport) -> bool:
    """Whether a gradient is undefined where finite differences find none either."""
    finding = report.finding
    return (
        finding is not None
        and finding.verdict is Verdict.UNDEFINED
        and (finding.numeric is None or not np.isfinite(finding.numeric))
    )


def _require_right(report: GradcheckReport, where: str) -> None:
    if report.finding is not None:
        report.finding.text += f"; on {where}"
        raise CheckFailedError(report.finding)


def require_rules(case: OpCase) -> None:
    """Skip an op without backward rules."""
    if not case.op.rules:
        raise SkippedError("the op has no backward rules")


def _is_ever_floating(case: OpCase, name: str) -> bool:
    place = case.op.inputs.index(name)
    return any(
        derive.is_float(sample.args[place]) for sample in case.samples if place < len(sample.args)
    )
