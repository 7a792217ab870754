from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.mutants.all_mutants import MUTANTS
from tests.testing.rules import called_by
from tinygrad_w2v.engine.registry import OPS, register
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import OpcheckError, Verdict, opcheck


def test_correct_op_passes_with_a_row_per_check() -> None:
    lines = str(opcheck("multiply")).splitlines()
    assert lines[0] == "opcheck of multiply: passed"
    assert lines[1].split() == ["check", "result", "seconds", "detail"]
    assert [line[2:19].strip() for line in lines[2:]] == [
        "registration",
        "forward",
        "first order",
        "second order",
        "wanted inputs",
        "sparse gradients",
        "memory layouts",
        "shapes",
        "repeated indices",
        "zeros",
        "scales",
        "precisions",
        "saved names",
        "threads",
        "backends",
    ]


def test_wrong_op_raises_table() -> None:
    with MUTANTS["square_factor"].registered() as op, pytest.raises(OpcheckError) as caught:
        opcheck(op)
    assert caught.value.verdict is Verdict.WRONG_RULE
    assert str(caught.value).startswith("opcheck of mutant_square_factor: wrong rule\n")
    assert "a factor of 2 is missing" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_samples_can_be_passed() -> None:
    samples = [tg.Sample(np.array([0.0]))]
    assert opcheck("relu", samples, raise_exception=False).verdict is Verdict.KINK
    assert opcheck("relu", lambda rng: [tg.Sample(rng.uniform(1, 2, 3))])


def test_op_without_samples_fails() -> None:
    report = opcheck("tanh", [], raise_exception=False)
    assert report.finding is not None
    assert report.finding.text.startswith("tanh has no samples, so nothing can be checked")


def test_invalid_arguments_raise_input_error() -> None:
    with pytest.raises(InputError, match=r"is not an op but a .*: register the function"):
        opcheck(np.tanh)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no check is named 'speed'"):
        opcheck("tanh", checks=["speed"])


def test_unregistered_op_fails() -> None:
    report = opcheck(MUTANTS["cos_sign"].op, raise_exception=False)
    assert "the registry does not hold this op under the name" in str(report)


def failing_check(name: str) -> Any:
    with MUTANTS[name].registered() as op:
        report = opcheck(op, raise_exception=False)
    return next(row.check for row in report.rows if row.finding is not None)


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("mutates_input", "forward"),
        ("exp_second_order", "second order"),
        ("memory_order", "memory layouts"),
        ("fails_on_single_value", "shapes"),
        ("embedding_overwrites", "repeated indices"),
        ("square_nan_at_zero", "zeros"),
        ("square_large_scale", "scales"),
        ("float64_rule", "precisions"),
        ("smuggles_input", "saved names"),
        ("embedding_row_range", "sparse gradients"),
    ],
)
def test_mutant_fails_the_expected_check(name: str, check: str) -> None:
    assert failing_check(name) == check


def sort_in_rule(g: Any, shapes: Any, indices: Any) -> Any:
    indices.sort()
    dense = np.zeros(shapes.x, g.dtype)
    np.add.at(dense, indices, g)
    return dense


def report_of(op: tg.Op, *samples: tg.Sample) -> Any:
    """Run opcheck on an op that is registered for this one check."""
    register(op)
    try:
        return opcheck(op, samples, raise_exception=False)
    finally:
        del OPS[op.name]


def test_rule_that_changes_an_integer_input_is_found() -> None:
    made = tg.Op(lambda x, indices: x[indices], name="example", order=1)
    made.backward("x")(sort_in_rule)
    report = report_of(made, tg.Sample(np.arange(3.0), np.array([2, 0, 1])))
    assert report.verdict is Verdict.MUTATES_INPUT
    assert report.finding.text.startswith(
        "the backward rule changes an integer input of shape (3,)"
    )


def test_op_without_rules_keeps_float32() -> None:
    made = tg.Op(lambda x: np.floor(x) * np.ones(x.shape), name="example")
    report = report_of(made, tg.Sample(np.arange(3.0)))
    assert "the forward returns float64 for float32 inputs on Sample(" in str(report)


def test_gradient_that_differs_under_backward_is_found_in_float32() -> None:
    def rule(g: Any, x: Any) -> Any:
        factor = 2 if called_by("grad") or x.dtype == np.float64 else 2.001
        return factor * g * x

    made = tg.Op(lambda x: x * x, name="example", order=1)
    made.backward("x")(rule)
    report = report_of(made, tg.Sample(np.arange(1.0, 4.0)))
    assert report.finding.text.startswith("the gradient of 'x' by backward() differs from")


def joint_product(rule: Any) -> tg.Op:
    made = tg.Op(lambda a, b: a * b, name="example", order=1)
    made.backward("a", "b")(rule)
    return made


def test_joint_rule_is_checked_with_some_inputs_wanted() -> None:
    sample = tg.Sample(np.arange(1.0, 4.0), np.arange(2.0, 5.0))

    def wrong(g: Any, needs: Any, a: Any, b: Any) -> Any:
        of_b = g * a if needs.b else None
        return (g * b if needs.b else g * a) if needs.a else None, of_b

    def right(g: Any, needs: Any, a: Any, b: Any) -> Any:
        return g * b if needs.a else None, g * a if needs.b else None

    report = report_of(joint_product(wrong), sample)
    assert report.finding.text.startswith(
        "the gradient of 'a' differs when only 'a' requires a gradient, on Sample("
    )
    assert report_of(joint_product(right), sample).ok


def test_joint_rule_that_fails_with_some_inputs_wanted_is_found() -> None:
    def wrong(g: Any, needs: Any, a: Any, b: Any) -> Any:
        if not needs.b:
            raise ValueError("no b")
        return g * b, g * a

    report = report_of(joint_product(wrong), tg.Sample(np.arange(1.0, 4.0), np.arange(2.0, 5.0)))
    assert "the rule raises ValueError: no b when only 'a' requires a gradient" in str(report)


def test_op_is_checked_with_one_tensor_for_two_inputs() -> None:
    def wrong(g: Any, a: Any, b: Any) -> Any:
        return g * b, g * 0 if a is b else g * a

    sample = tg.Sample(np.arange(1.0, 4.0), np.arange(2.0, 5.0))
    report = report_of(joint_product(wrong), sample)
    assert "when 'a' and 'b' are the same Tensor" in str(report)
    assert report_of(joint_product(lambda g, a, b: (g * b, g * a)), sample).ok


def test_floating_input_without_rule_is_noted() -> None:
    made = tg.op(
        lambda x, scale: x * scale,
        name="scaled_for_a_test",
        samples=lambda rng: [tg.Sample(rng.normal(size=3), np.array(2.0))],
        x=lambda g, scale: g * scale,
    )
    try:
        report = opcheck(made)
    finally:
        del OPS["scaled_for_a_test"]
    assert report.notes == ["no rule for the floating input 'scale': it is a constant"]
