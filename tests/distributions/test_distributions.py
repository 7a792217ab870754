"""Distributions: formulas, shapes, gradients and samples; compared with PyTorch if installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Exponential,
    Independent,
    Normal,
    Uniform,
    kl_divergence,
    register_kl,
)
from tinygrad_w2v.errors import InputError

# Each case: the distribution in a module `torch`, and values for log_prob.
CASES = {
    "normal": ("Normal(torch.tensor([0.5, -1.0]), torch.tensor([1.0, 2.0]))", [0.3, 4.0]),
    "normal of numbers": ("Normal(1, 2.0)", 0.3),
    "uniform": ("Uniform(torch.tensor([0.0, -1.0]), 2.0)", [0.3, 1.0]),
    "exponential": ("Exponential(torch.tensor([0.5, 3.0]))", [0.3, 4.0]),
    "bernoulli": ("Bernoulli(torch.tensor([0.2, 1.0]))", [1.0, 1.0]),
    "bernoulli of logits": ("Bernoulli(logits=torch.tensor([0.2, -3.0]))", [0.0, 1.0]),
    "categorical": ("Categorical(torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]]))", [2, 2]),
    "categorical of logits": ("Categorical(logits=torch.tensor([1.0, 2.0, -3.0]))", 1),
    "independent": (
        "Independent(Normal(torch.zeros(2, 3), torch.ones(3) * 2), 1)",
        [[1.0] * 3] * 2,
    ),
}


def make(torch: Any, text: str) -> Any:
    return eval(text, {**vars(torch.distributions), "torch": torch})


@pytest.mark.parametrize("case", CASES)
def test_same_as_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch")
    text, values = CASES[case]
    ours, theirs = make(tg, text), make(torch, text)
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    pairs = [
        (ours.log_prob(tg.tensor(values)), theirs.log_prob(torch.tensor(values))),
        (ours.entropy(), theirs.entropy()),
    ]
    for name in () if "categorical" in case else ("mean", "variance", "stddev"):
        pairs.append((getattr(ours, name), getattr(theirs, name)))  # noqa: PERF401
    for shape in ((), (4,), (2, 3)):
        tg.manual_seed(3)
        torch.manual_seed(3)
        pairs.append((ours.sample(shape), theirs.sample(shape)))
        if theirs.has_rsample:
            pairs.append((ours.rsample(shape), theirs.rsample(shape)))
    for got, want in pairs:
        assert got.shape == tuple(want.shape)
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_divergence_from_itself_is_zero(case: str) -> None:
    distribution = make(tg, CASES[case][0])
    if isinstance(distribution, Uniform | Exponential):
        with pytest.raises(NotImplementedError, match=r"no formula for .*: register one"):
            kl_divergence(distribution, distribution)
    else:
        divergence = kl_divergence(distribution, distribution)
        np.testing.assert_allclose(divergence, 0.0, atol=1e-6)


def test_divergences_are_means_of_log_ratios() -> None:
    p, q = Normal(0.0, 1.0), Normal(0.5, 2.0)
    x = p.sample((20000,))
    mean = (p.log_prob(x) - q.log_prob(x)).mean()
    np.testing.assert_allclose(kl_divergence(p, q), mean, atol=0.02)
    p, q = Bernoulli(tg.tensor(0.3)), Bernoulli(tg.tensor(0.6))
    expected = 0.3 * np.log(0.3 / 0.6) + 0.7 * np.log(0.7 / 0.4)
    np.testing.assert_allclose(kl_divergence(p, q), expected, rtol=1e-5)
    p, q = Categorical(tg.tensor([0.3, 0.7])), Categorical(tg.tensor([0.6, 0.4]))
    np.testing.assert_allclose(kl_divergence(p, q), expected, rtol=1e-5)


def test_gradients_flow_through_rsample_and_log_prob_but_not_sample() -> None:
    loc = tg.tensor([1.0], requires_grad=True)
    scale = tg.tensor([2.0], requires_grad=True)
    distribution = Normal(loc, scale)
    assert not distribution.sample().requires_grad
    distribution.rsample().sum().backward()
    assert loc.grad == 1.0
    logits = tg.zeros(3, requires_grad=True)
    Categorical(logits=logits).log_prob(tg.tensor(1)).backward()
    np.testing.assert_allclose(logits.grad, [-1 / 3, 2 / 3, -1 / 3], rtol=1e-6)


def test_normal_quantiles_invert_its_cumulative_distribution() -> None:
    distribution = Normal(1.0, 3.0)
    np.testing.assert_allclose(distribution.cdf(distribution.icdf(0.3)), 0.3, rtol=1e-5)


def test_mode_support_and_perplexity_of_categories() -> None:
    distribution = Categorical(tg.tensor([0.2, 0.5, 0.3]))
    assert distribution.mode == 1
    assert distribution.enumerate_support().tolist() == [0, 1, 2]
    uniform = Categorical(tg.ones(2, 4))
    assert uniform.enumerate_support().shape == (4, 2)
    np.testing.assert_allclose(uniform.perplexity(), [4.0, 4.0], rtol=1e-6)


def test_a_formula_can_be_registered() -> None:
    class Point(Distribution):
        pass

    @register_kl(Point, Point)
    def none(p: Point, q: Point) -> tg.Tensor:
        return tg.tensor(0.0)

    assert kl_divergence(Point(), Point()) == 0.0
    for name in ("mean", "variance"):
        with pytest.raises(NotImplementedError, match=f"Point does not define {name}"):
            getattr(Point(), name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(0.0, -1.0), "Normal: scale must be above 0"),
        (lambda: Uniform(1.0, 0.0), "Uniform: high must be above low"),
        (lambda: Bernoulli(tg.tensor(1.5)), "Bernoulli: probs must be from 0 to 1"),
        (lambda: Bernoulli(), "Bernoulli: pass probs or logits, got neither"),
        (lambda: Categorical(tg.tensor([-1.0, 2.0])), "Categorical: probs must be not negative"),
        (
            lambda: Categorical(tg.ones(3)).log_prob(tg.tensor(3)),
            "Categorical: value must be the index of one of 3 categories",
        ),
        (lambda: Bernoulli(tg.tensor(0.5)).log_prob(0.5), "Bernoulli: value must be 0 or 1"),
    ],
)
def test_invalid_parameters_and_values_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_a_discrete_distribution_has_no_rsample() -> None:
    with pytest.raises(NotImplementedError, match=r"Categorical has no rsample: .* use sample"):
        Categorical(tg.ones(2)).rsample()
    assert Independent(Normal(tg.zeros(2), 1.0), 1).has_rsample
    assert repr(Normal(tg.zeros(2), 1.0)) == "Normal(batch_shape: (2,))"
