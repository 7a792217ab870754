from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tests.testing.rules import called_by, unregistered
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import GradcheckError, Verdict, gradcheck, gradgradcheck

X = np.random.default_rng(0).normal(size=(3, 4))


def verdict(function: Any, *inputs: Any, **options: Any) -> Any:
    return gradcheck(function, inputs, raise_exception=False, **options).verdict


# --- correct gradients pass ----------------------------------------------------------------------


def test_correct_gradient_passes_and_report_describes_comparison() -> None:
    report = gradcheck(np.tanh, [X])
    assert report
    assert str(report).startswith(
        "gradcheck of tanh: passed, all 12 output values against all 12 input values"
    )


def test_nested_inputs_and_outputs() -> None:
    def function(pair: Any, table: Any) -> Any:
        a, b = pair
        return {"product": a * b, "rest": (a + table["c"], [np.exp(b)])}

    assert gradcheck(function, [(X, X + 1), {"c": X[0]}])


def test_non_floating_inputs_are_passed_unchanged() -> None:
    indices = np.array([0, 2, 2])
    assert gradcheck(lambda x, i, power: x[i] ** power, [X, indices, 2])


def test_argnums_restricts_checked_inputs() -> None:
    report = gradcheck(lambda a, b: a * b.detach(), [X, tg.tensor(X)], argnums=[0])
    assert report.compared.endswith("all 12 input values")


def test_float32_inputs_are_promoted_with_a_note() -> None:
    report = gradcheck(np.exp, [tg.tensor([1.0, 2.0])])
    assert report.notes == ["inputs of lower precision were checked in float64"]


def test_large_inputs_use_projections() -> None:
    report = gradcheck(np.sin, [np.linspace(-3, 3, 2000)])
    assert "projections" in report.compared


@pytest.mark.parametrize("mode", ["full", "projection"])
def test_mode_can_be_forced(mode: Any) -> None:
    assert ("projections" in gradcheck(np.sin, [X], mode=mode).compared) == (mode == "projection")


def test_row_sparse_gradients_pass() -> None:
    table, indices = X, np.array([0, 2, 2])
    assert gradcheck(lambda w: tg.nn.functional.embedding(indices, w), [table])
    assert gradgradcheck(lambda w: tg.nn.functional.embedding(indices, w), [table])


def test_function_may_call_grad() -> None:
    def penalty(x: Any) -> Any:
        (slope,) = tg.grad((x * x * x).sum(), x, create_graph=True)
        return (slope * slope).sum()

    assert gradcheck(penalty, [X])


@settings(max_examples=20)
@given(st.floats(-12, 6), st.sampled_from([1, 2, 5]))
def test_correct_gradient_passes_at_any_scale(power: float, size: int) -> None:
    values = 10.0**power * np.linspace(0.7, 1.3, size)
    assert gradcheck(lambda x: x * x * x + x, [values])


@settings(max_examples=20)
@given(st.floats(-12, 6))
def test_error_of_a_permille_is_found_at_any_scale(power: float) -> None:
    wrong = unregistered(lambda x: x * x, x=lambda g, x: 2.002 * g * x)
    assert verdict(wrong, 10.0**power * np.array([0.7, 1.3])) is Verdict.WRONG_RULE


def test_correct_gradient_passes_at_values_of_1e_200() -> None:
    values = 1e-200 * np.array([0.7, 1.3])
    assert gradcheck(lambda x: np.log(x) + 1e100 * np.sqrt(x), [values])


# --- verdicts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-7, 1.0, 1e3])
def test_small_wrong_gradient_is_found(scale: float) -> None:
    wrong = unregistered(lambda x: scale * x, x=lambda g: g * 0.0)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(wrong, [X])
    assert caught.value.verdict is Verdict.WRONG_RULE


def test_tiny_output_is_checked_beside_a_large_one() -> None:
    tiny = unregistered(lambda x: 1e-9 * np.sin(x), x=lambda g, x: -1e-9 * g * np.cos(x))
    report = gradcheck(lambda x: (1e3 * x * x, tiny(x)), [X], raise_exception=False)
    assert report.verdict is Verdict.WRONG_RULE
    assert report.finding is not None
    assert report.finding.output == "output[1]"


def test_small_steps_that_agree_prove_a_rule_wrong() -> None:
    grid = np.linspace(-3, 3, 49)
    table = unregistered(
        lambda x: np.interp(x, grid, np.tanh(grid)), x=lambda g, x: g * (1 - np.tanh(x) ** 2)
    )
    assert verdict(table, np.array([-0.741])) is Verdict.WRONG_RULE


def test_slope_between_the_stairs_of_rounding_is_no_proof() -> None:
    def entropy(x: Any) -> Any:
        return -(tg.softmax(x, axis=-1) * tg.log_softmax(x, axis=-1)).sum()

    points = np.random.default_rng(801).normal(size=(2, 4), scale=30)
    assert gradcheck(entropy, [points], seed=801)


def test_message_names_place_values_and_relative_error() -> None:
    wrong = unregistered(lambda x: x * x, x=lambda g, x: g * x)
    report = gradcheck(wrong, [np.array([1.0, 2.0])], labels=["x"], raise_exception=False)
    assert str(report).startswith(
        "gradcheck of example: wrong rule: the gradient of output[0] with respect to x[0] is 1 by "
        "its rule and 2 by finite differences (relative error 5.0e-01)\n"
        "  hint: every entry is 2 times too small: a factor of 2 is missing\n"
    )
    assert report.finding is not None
    assert report.finding.input_index == (0,)
    assert report.finding.relative_error == pytest.approx(0.5)
    assert len(report.finding.steps) == 8


def test_single_wrong_entry_is_located() -> None:
    wrong = unregistered(
        lambda x: np.sin(x),
        x=lambda g, x: g * np.cos(x) * np.where(np.arange(x.size) == 777, 1.01, 1),
    )
    finding = gradcheck(wrong, [np.linspace(0, 1, 2000)], raise_exception=False).finding
    assert finding is not None
    assert finding.input_index == finding.output_index == (777,)


@pytest.mark.parametrize("seed", range(3))
def test_projections_find_one_wrong_entry(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = np.where(np.arange(600) == rng.integers(600), 1.01, 1.0)
    w, x = rng.normal(size=(600, 4)), rng.normal(size=4)
    wrong = unregistered(
        lambda w, x: np.tanh(w @ x),
        w=lambda g, out, x: (one * g * (1 - out * out))[:, None] * x,
        x=lambda g, out, w: (g * (1 - out * out)) @ w,
    )
    assert verdict(wrong, w, x, seed=seed) is Verdict.WRONG_RULE


@pytest.mark.parametrize("seed", range(3))
def test_projections_find_one_wrong_second_derivative(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = np.where(np.arange(600) == rng.integers(600), 0.01, 0.0)

    def rule(g: Any, x: Any) -> Any:
        constant = x.detach() if isinstance(x, tg.Tensor) else x
        return 3 * g * x * x + one * g * (x * x - constant * constant)

    wrong = unregistered(lambda x: x * x * x, x=rule)
    assert verdict(wrong, rng.normal(size=600), seed=seed, order=2) is Verdict.WRONG_RULE


@pytest.mark.parametrize("order", [1, 2])
def test_recurrent_module_takes_few_calls(order: int) -> None:
    calls = [0]

    def count(*args: Any) -> None:
        calls[0] += 1

    module = tg.nn.LSTM(3, 4)
    module.register_forward_hook(count)
    inputs = np.random.default_rng(0).normal(size=(6, 2, 3))
    assert tg.testing.gradcheck_module(module, inputs, order=order)
    assert calls[0] < 300


def test_rule_that_ignores_g_is_wrong() -> None:
    wrong = unregistered(lambda x: np.exp(x), x=lambda g, out: out * 1)
    finding = gradcheck(wrong, [X], raise_exception=False).finding
    assert finding is not None
    assert finding.verdict is Verdict.WRONG_RULE
    assert finding.hint.endswith("the rule does not use g")


def test_kink_is_distinguished_from_wrong_rule() -> None:
    finding = gradcheck(np.abs, [np.array([0.0, 1.0])], raise_exception=False).finding
    assert finding is not None
    assert finding.verdict is Verdict.KINK
    assert "the slope is -1 on the left and 1 on the right" in finding.text


def test_point_near_kink_passes() -> None:
    assert gradcheck(np.abs, [np.array([1e-6, -1e-9, 1.0])])


def test_jump_is_reported_as_kink() -> None:
    assert verdict(np.floor, np.array([1.0])) is Verdict.KINK


def test_lost_digits_are_reported_as_precision() -> None:
    assert verdict(lambda x: x + 1e14, X) is Verdict.PRECISION
    assert verdict(lambda x: x.astype(np.float32), X) is Verdict.PRECISION


def test_report_says_when_no_entry_is_resolved() -> None:
    def saturated(x: Any) -> Any:
        return np.log(1 + 1e-14 * np.exp(x))

    report = gradcheck(saturated, [X], raise_exception=False)
    assert report.ok
    assert report.worst is None
    assert str(report).endswith("largest relative error unknown: no entry is resolved")
    assert gradcheck(lambda x: 0 * x, [X]).worst == 0.0


def test_random_function_is_not_deterministic() -> None:
    rng = np.random.default_rng(0)
    assert verdict(lambda x: x * rng.random(), X) is Verdict.NOT_DETERMINISTIC


def test_in_place_change_of_input_is_found() -> None:
    def forward(x: Any) -> Any:
        x += 1
        return x * 1

    def sorting(x: Any, indices: Any) -> Any:
        indices.sort()
        return x[indices]

    assert verdict(unregistered(forward, x=lambda g: g * 1), X) is Verdict.MUTATES_INPUT
    assert verdict(sorting, X, np.array([2, 0])) is Verdict.MUTATES_INPUT


def test_wrong_shape_breaks_contract() -> None:
    wrong = unregistered(lambda x: x.sum(axis=0), x=lambda g: g * 1)
    assert verdict(wrong, X) is Verdict.WRONG_CONTRACT


def test_too_few_gradients_break_contract() -> None:
    class Product(tg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(b)
            return a * b

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:  # type: ignore[override]
            return g * ctx.saved_tensors[0]

    assert verdict(Product.apply, X, X) is Verdict.WRONG_CONTRACT


def test_nan_gradient_is_undefined_with_finite_difference() -> None:
    wrong = unregistered(lambda x: x * x, x=lambda g, x, out: 2 * g * out / x)
    finding = gradcheck(wrong, [np.array([0.0, 1.0])], raise_exception=False).finding
    assert finding is not None
    assert finding.verdict is Verdict.UNDEFINED
    assert "the gradient of input 0 is nan at index (0,)" in finding.text
    assert finding.numeric == pytest.approx(0, abs=1e-9)


def test_point_outside_domain_is_undefined() -> None:
    assert verdict(np.log, np.array([-1.0])) is Verdict.UNDEFINED


def test_point_alone_in_its_domain_is_undefined() -> None:
    alone = unregistered(lambda x: np.where(x == 1, x, np.nan), x=lambda g: g * 1.0)
    assert verdict(alone, np.ones(2)) is Verdict.UNDEFINED


def test_aliased_gradient_is_found() -> None:
    wrong = unregistered(lambda x: 0.5 * x * x, x=lambda g, x: x)
    assert verdict(wrong, X) is Verdict.ALIASED


def test_gradgradcheck_finds_wrong_second_derivative() -> None:
    wrong = unregistered(lambda x: np.exp(x), x=lambda g, out: g * array_of(out))
    assert gradcheck(wrong, [X])
    report = gradgradcheck(wrong, [X], raise_exception=False)
    assert report.verdict is Verdict.WRONG_RULE
    assert str(report).startswith("gradgradcheck of example: wrong rule: ")


def test_rule_that_differs_under_backward_is_found() -> None:
    def rule(g: Any, x: Any) -> Any:
        return 2 * g * x if called_by("grad") else 2.0002 * g * x

    finding = gradcheck(
        unregistered(lambda x: x * x, x=rule), [X], labels=["x"], raise_exception=False
    ).finding
    assert finding is not None
    assert finding.verdict is Verdict.WRONG_RULE
    assert finding.text.startswith("the gradient of x by backward() differs from that by grad()")


def test_backward_must_agree_with_grad_to_the_last_bit() -> None:
    def rule(g: Any, x: Any) -> Any:
        exact = 2 * g * x
        return exact if called_by("grad") else np.nextafter(exact, np.inf)

    assert verdict(unregistered(lambda x: x * x, x=rule), X) is Verdict.WRONG_RULE


def test_checking_backward_sets_no_grad() -> None:
    weight = tg.tensor(X, requires_grad=True)
    assert gradcheck(lambda x: (x * weight, x + weight), [X])
    assert weight.grad is None


# --- use -----------------------------------------------------------------------------------------


def test_module_parameters_are_checked_and_restored() -> None:
    linear = tg.nn.Linear(4, 3)
    before = [parameter.detach().numpy() for parameter in linear.parameters()]
    assert tg.testing.gradcheck_module(linear, X, order=2)
    for parameter, data in zip(linear.parameters(), before, strict=True):
        assert parameter.detach().numpy() is data


def test_wrong_module_finding_names_parameter() -> None:
    wrong = unregistered(lambda x: x * x, x=lambda g, x: g * x)

    class Squared(tg.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = tg.nn.Parameter(np.ones(4))

        def forward(self, x: Any) -> Any:
            return x * wrong(self.scale)

    report = tg.testing.gradcheck_module(Squared(), X, raise_exception=False)
    assert "with respect to scale[" in str(report)


def test_nothing_to_check_raises_input_error() -> None:
    with pytest.raises(InputError, match="none of the 1 inputs to check is a floating array"):
        gradcheck(np.exp, [3])
    with pytest.raises(InputError, match="returns no floating Tensor or array"):
        gradcheck(lambda x: None, [X])
    with pytest.raises(InputError, match="mode is 'quick': use 'auto', 'full' or 'projection'"):
        gradcheck(np.exp, [X], mode="quick")  # type: ignore[arg-type]


def test_gradcheck_error_can_be_pickled() -> None:
    wrong = unregistered(lambda x: x * x, x=lambda g, x: g * x)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(wrong, [X])
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.verdict is Verdict.WRONG_RULE
    assert str(copy) == str(caught.value)


def test_same_seed_repeats_report() -> None:
    wrong = unregistered(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x) * 1.01)
    first, second = (
        gradcheck(wrong, [np.linspace(0, 1, 500)], seed=3, raise_exception=False) for _ in range(2)
    )
    assert str(first) == str(second)
