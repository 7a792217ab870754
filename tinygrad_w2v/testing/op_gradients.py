"""The checks of an op's gradients: on its own samples and on samples derived from them.

Each check takes an :class:`OpCase` and returns a description of what it examined. It raises
``SkippedError`` if it does not apply, and :class:`CheckFailedError` with a verdict if it fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import derived_samples
from tinygrad_w2v.testing.gradcheck import gradcheck
from tinygrad_w2v.testing.op_case import OpCall, OpCase, SkippedError, differentiable, is_usable
from tinygrad_w2v.testing.repeatability import both_walks_agree, is_same
from tinygrad_w2v.testing.report import CheckFailedError, GradcheckReport, Verdict


def first_order(case: OpCase) -> str:
    """Check gradients on the op's own samples."""
    case.require_rules()
    for sample in case.samples:
        _require_right(_check(case, sample), str(sample))
    return f"{len(case.samples)} samples"


def second_order(case: OpCase) -> str:
    """Check second derivatives on the op's own samples, unless the op states an order."""
    case.require_rules()
    if case.op.order is not None:
        raise SkippedError(f"registered with order={case.op.order}")
    for sample in case.samples:
        try:
            report = _check(case, sample, order=2)
        except (TypeError, AttributeError) as error:
            Verdict.WRONG_RULE.fail(
                f"the rule fails on Tensors ({error}): write it in NumPy functions that have ops, "
                f"or register the op with order=1"
            )
        _require_right(report, str(sample))
    return f"{len(case.samples)} samples"


def wanted_inputs(case: OpCase) -> str:
    """Compare gradients when only some inputs require one, and when two are the same Tensor."""
    case.require_rules()
    count = 0
    for sample in case.samples:
        positions = differentiable(case.op, sample)
        if len(positions) < 2:
            continue
        expected = dict(zip(positions, OpCall(case.op, sample).outcome()[1:], strict=True))
        subsets = [s for n in (1, len(positions) - 1) for s in itertools.combinations(positions, n)]
        for subset in dict.fromkeys(subsets):
            _require_subset(OpCall(case.op, sample, subset), expected, sample)
            count += 1
        for pair in itertools.combinations(positions, 2):
            count += _require_shared(case.op, sample, pair)
    if not count:
        raise SkippedError("no sample has two differentiable inputs")
    return f"{count} choices"


def _require_subset(call: OpCall, expected: dict[int, Array], sample: Sample) -> None:
    names = [f"'{call.input_name(number)}'" for number in range(len(call.positions))]
    when = f"when only {' and '.join(names)} require{'s' if len(names) == 1 else ''} a gradient"
    try:
        found = call.outcome()[1:]
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        Verdict.WRONG_RULE.fail(
            f"the rule raises {type(error).__name__}: {error} {when}, on {sample}"
        )
    for name, position, gradient in zip(names, call.positions, found, strict=True):
        if not is_same(gradient, expected[position]):
            Verdict.WRONG_RULE.fail(
                f"the gradient of {name} differs {when}, on {sample}: compute it from its own "
                f"terms, whatever `needs` says of the other inputs",
                input=name.strip("'"),
            )


def _require_shared(op: Op, sample: Sample, pair: tuple[int, int]) -> int:
    """Compare ``op(x, x)`` with the sum of both gradients of ``op(x, y)`` at y = x."""
    first, second = (sample.args[position] for position in pair)
    if first.shape != second.shape or first.dtype != second.dtype:
        return 0
    args = list(sample.args)
    args[pair[1]] = first.copy()
    try:
        call = OpCall(op, Sample(*args, **sample.attributes), pair)
        separate = call.outcome()[1:]
        tensors = list(call.tensors)
        tensors[pair[0]] = tensors[pair[1]] = shared = Tensor(first, requires_grad=True)
        out = op(*tensors, **sample.attributes)
        (found,) = both_walks_agree(out, [shared], call.cotangent(), ["the shared input"])
    except (ArithmeticError, LookupError, ValueError):
        return 0  # the values do not suit both inputs
    if not is_same(array_of(found), array_of(separate[0] + separate[1])):
        names = [f"'{call.input_name(number)}'" for number in range(2)]
        Verdict.WRONG_RULE.fail(
            f"the gradient differs when {names[0]} and {names[1]} are the same Tensor, on "
            f"{sample}: it must be the sum of the gradients of the two inputs"
        )
    return 1


def shapes(case: OpCase) -> str:
    """Check gradients of empty, single-valued and broadcast inputs."""
    return _on_derived(case, lambda sample: derived_samples.reshaped(case.op, sample))


def repeated_indices(case: OpCase) -> str:
    """Check gradients where indices repeat."""
    return _on_derived(case, derived_samples.with_repeated_indices)


def zeros(case: OpCase) -> str:
    """Check gradients at exact zeros, where the function is differentiable."""
    return _on_derived(case, lambda sample: derived_samples.with_zeros(sample, case.rng))


def scales(case: OpCase) -> str:
    """Check gradients of tiny and large inputs."""
    return _on_derived(case, derived_samples.scaled)


def _check(case: OpCase, sample: Sample, order: int = 1) -> GradcheckReport:
    op = case.op
    return gradcheck(
        lambda *args: op(*args, **sample.attributes),
        sample.args,
        argnums=differentiable(op, sample),
        labels=[op.signature.input_name(i) for i in range(len(sample.args))],
        name=op.name,
        seed=case.seed,
        raise_exception=False,
        order=order,
    )


def _on_derived(case: OpCase, derive: Callable[[Sample], Iterable[tuple[str, Sample]]]) -> str:
    """Check each derived sample that the op accepts; kinks and lost digits are no failure there."""
    case.require_rules()
    checked = dropped = 0
    for sample in case.samples:
        for description, derived in derive(sample):
            if not is_usable(case.op, derived):
                dropped += 1
                continue
            try:
                report = _check(case, derived)
            except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
                Verdict.WRONG_RULE.fail(
                    f"the forward accepts {sample} with {description}, its rule raises "
                    f"{type(error).__name__}: {error}"
                )
            if report.verdict in (Verdict.KINK, Verdict.PRECISION) or _is_outside(report):
                dropped += 1
                continue
            checked += 1
            _require_right(report, f"{sample} with {description}")
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
