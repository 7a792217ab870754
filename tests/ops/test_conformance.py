"""The conformance suite: every op of the package is held to its own samples.

Generated from the registry: to register an op with samples is to test it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck, gradgradcheck, opcheck


def is_of_the_package(op: tg.Op) -> bool:
    """Whether an op comes from the package rather than from a test or an example of its docs."""
    makers = [op.forward, op.samples, *[rule.function for rule in op.rules.values()]]
    modules = [getattr(maker, "__module__", None) or "" for maker in makers]
    return not op.name.startswith("doc_") and any(
        module.startswith("tinygrad_w2v.") for module in modules
    )


OPS = {name: op for name, op in tg.registered_ops().items() if is_of_the_package(op)}
DIFFERENTIABLE = {name: op for name, op in OPS.items() if op.rules}

every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
every_differentiable_op = pytest.mark.parametrize(
    "op", DIFFERENTIABLE.values(), ids=DIFFERENTIABLE.keys()
)


def samples_of(op: tg.Op) -> list[tg.Sample]:
    assert op.samples is not None, f"{op.name} brings no samples"
    return list(op.samples(np.random.default_rng(0)))


def wanted(op: tg.Op, sample: tg.Sample) -> list[int]:
    """Return the positions of the inputs that are floating and have a rule."""
    return [
        position
        for position, arg in enumerate(sample.args)
        if np.issubdtype(arg.dtype, np.floating)
        and op.inputs[0 if op.signature.variadic else position] in op.rules
    ]


def cast(array: Any, dtype: Any) -> Any:
    return array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array


def outcome(op: tg.Op, sample: tg.Sample, args: list[Any]) -> list[Any]:
    """Return the result of a call and its gradients for a fixed cotangent, as arrays."""
    positions = wanted(op, sample)
    tensors = [
        tg.Tensor(arg, requires_grad=position in positions) for position, arg in enumerate(args)
    ]
    out = op(*tensors, **sample.attributes)
    if not out.requires_grad:
        return [out.numpy()]
    cotangent = np.random.default_rng(1).normal(size=out.shape).astype(out.dtype)
    gradients = tg.grad(out, [tensors[p] for p in positions], cotangent)
    return [out.numpy(), *[np.asarray(gradient) for gradient in gradients]]


def with_gaps(array: Any) -> Any:
    """Return the same values in memory that is neither C- nor Fortran-contiguous."""
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


@every_op
def test_an_op_brings_samples(op: tg.Op) -> None:
    assert samples_of(op)


@every_op
def test_an_op_leaves_its_inputs_as_they_were(op: tg.Op) -> None:
    for sample in samples_of(op):
        args = [arg.copy() for arg in sample.args]
        outcome(op, sample, args)
        for arg, before in zip(args, sample.args, strict=True):
            np.testing.assert_array_equal(arg, before)


@every_op
def test_the_memory_layout_of_the_inputs_changes_nothing(op: tg.Op) -> None:
    for sample in samples_of(op):
        expected = outcome(op, sample, list(sample.args))
        found = outcome(op, sample, [with_gaps(arg) for arg in sample.args])
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


@every_op
def test_emptied_axes_of_what_an_op_accepts_have_a_gradient_too(op: tg.Op) -> None:
    opcheck(op, checks=["shapes"])


@every_differentiable_op
def test_first_derivatives_agree_with_finite_differences(op: tg.Op) -> None:
    for sample in samples_of(op):
        gradcheck(
            lambda *args, sample=sample: op(*args, **sample.attributes),
            sample.args,
            argnums=wanted(op, sample),
            labels=[op.signature.input_name(i) for i in range(len(sample.args))],
            name=f"{op.name} on {sample}",
        )


@every_differentiable_op
def test_second_derivatives_agree_with_finite_differences(op: tg.Op) -> None:
    if op.order is not None:
        pytest.skip(f"{op.name} states that it can be differentiated {op.order} time(s)")
    for sample in samples_of(op):
        gradgradcheck(
            lambda *args, sample=sample: op(*args, **sample.attributes),
            sample.args,
            argnums=wanted(op, sample),
            labels=[op.signature.input_name(i) for i in range(len(sample.args))],
            name=f"{op.name} on {sample}",
        )


@every_op
def test_float32_inputs_give_a_float32_result_and_nearly_the_same_gradients(op: tg.Op) -> None:
    for sample in samples_of(op):
        double = outcome(op, sample, [cast(arg, np.float64) for arg in sample.args])
        single = outcome(op, sample, [cast(arg, np.float32) for arg in sample.args])
        if "dtype" not in sample.attributes and np.issubdtype(double[0].dtype, np.floating):
            assert single[0].dtype == np.float32
        for place, (a, b) in enumerate(zip(single, double, strict=True)):
            assert place == 0 or a.dtype == np.float32
            tolerance = 1e-4 * max(float(np.abs(b).max(initial=0.0)), 1e-3)
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=tolerance)
