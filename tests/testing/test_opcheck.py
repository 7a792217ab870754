from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.mutants.all_mutants import MUTANTS
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import OpcheckError, Verdict, opcheck


def test_a_right_op_passes_and_the_table_has_a_row_for_each_check() -> None:
    lines = str(opcheck("multiply")).splitlines()
    assert lines[0] == "opcheck of multiply: passed"
    assert lines[1].split() == ["check", "result", "seconds", "detail"]
    assert [line[2:19].strip() for line in lines[2:]] == [
        "registration",
        "forward",
        "first order",
        "second order",
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


def test_a_wrong_op_raises_its_table() -> None:
    with MUTANTS["square_factor"].registered() as op, pytest.raises(OpcheckError) as caught:
        opcheck(op)
    assert caught.value.verdict is Verdict.WRONG_RULE
    assert str(caught.value).startswith("opcheck of mutant_square_factor: wrong rule\n")
    assert "a factor of 2 is missing" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_samples_can_be_given() -> None:
    samples = [tg.Sample(np.array([0.0]))]
    assert opcheck("relu", samples, raise_exception=False).verdict is Verdict.KINK
    assert opcheck("relu", lambda rng: [tg.Sample(rng.uniform(1, 2, 3))])


def test_an_op_without_samples_fails() -> None:
    report = opcheck("tanh", [], raise_exception=False)
    assert report.finding is not None
    assert report.finding.text.startswith("tanh has no samples, so nothing can be checked")


def test_a_function_that_is_not_an_op_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"is not an op but a .*: register the function"):
        opcheck(np.tanh)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no check is named 'speed'"):
        opcheck("tanh", checks=["speed"])


def test_an_op_that_is_not_in_the_registry_fails() -> None:
    report = opcheck(MUTANTS["cos_sign"].op, raise_exception=False)
    assert "is not what the registry holds under that name" in str(report)


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
def test_each_check_finds_what_is_its_own(name: str, check: str) -> None:
    assert failing_check(name) == check


def test_a_float_input_without_a_rule_is_noted() -> None:
    made = tg.op(
        lambda x, scale: x * scale,
        name="scaled_for_a_test",
        samples=lambda rng: [tg.Sample(rng.normal(size=3), np.array(2.0))],
        x=lambda g, scale: g * scale,
    )
    try:
        report = opcheck(made)
    finally:
        del tg.engine.registry._OPS["scaled_for_a_test"]
    assert report.notes == ["no rule for the floating input 'scale': it is a constant"]
