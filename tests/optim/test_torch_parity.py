"""Optimizers and schedules match PyTorch's trajectories over 100 steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_w2v import RowSparse, nn, optim, tensor
from tinygrad_w2v.optim.hyperparameters import UNSUPPORTED

torch = pytest.importorskip("torch")

STEPS = 100

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {"lr": 0.1}),
    (
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.1},
    ),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.01}),
    ("Adam", {"lr": 0.05}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-4, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.05, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("Adam", {"lr": 0.05, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "decoupled_weight_decay": True}),
    ("Adadelta", {"lr": 0.5, "weight_decay": 0.1, "rho": 0.8}),
    ("ASGD", {"lr": 0.1, "lambd": 0.01, "t0": 10, "weight_decay": 0.1}),
    ("Rprop", {"lr": 0.01}),
    ("Rprop", {"lr": 0.1, "etas": (0.4, 1.5), "step_sizes": (0.01, 0.2)}),
    ("Adafactor", {"lr": 0.1}),
    ("Adafactor", {"lr": 0.1, "weight_decay": 0.1, "eps": (1e-3, 1e-2), "d": 1.5}),
]


def gradients(rng: np.random.Generator, *shape: int) -> Any:
    return rng.normal(size=(STEPS, *shape)) * np.linspace(2.0, 0.1, STEPS).reshape(-1, 1, 1)


@pytest.mark.parametrize(("name", "settings"), OPTIMIZERS)
def test_dense_trajectories_match(name: str, settings: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    start, steps = rng.normal(size=(7, 5)), gradients(rng, 7, 5)
    ours, theirs = nn.Parameter(start.copy()), torch.nn.Parameter(torch.tensor(start))
    optimizer = getattr(optim, name)([ours], **settings)
    reference = getattr(torch.optim, name)([theirs], **settings)
    for gradient in steps:
        ours.grad, theirs.grad = tensor(gradient), torch.tensor(gradient)
        optimizer.step()
        reference.step()
        np.testing.assert_allclose(np.asarray(ours.detach()), theirs.detach().numpy(), atol=1e-6)
    saved, expected = optimizer.state_dict(), reference.state_dict()
    assert saved["state"].keys() == expected["state"].keys()
    for key, value in expected["state"].get(0, {}).items():
        np.testing.assert_allclose(np.asarray(saved["state"][0][key]), value.numpy(), atol=1e-6)
    (group,), (expected_group,) = saved["param_groups"], expected["param_groups"]
    for key in expected_group.keys() - set(UNSUPPORTED):
        assert group[key] == expected_group[key]


def rosenbrock(p: Any) -> Any:
    return (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()


@pytest.mark.parametrize(
    "settings",
    [
        {"lr": 0.001, "max_iter": 5},
        {"line_search_fn": "strong_wolfe", "max_iter": 5},
        {"line_search_fn": "strong_wolfe", "history_size": 3, "lr": 3},
        {"line_search_fn": "strong_wolfe", "max_iter": 30, "max_eval": 4},
    ],
)
def test_lbfgs_matches(settings: dict[str, Any]) -> None:
    start = np.array([-1.2, 1.0, 0.5, -0.3])
    ours, theirs = nn.Parameter(start.copy()), torch.nn.Parameter(torch.tensor(start))
    optimizer = optim.LBFGS([ours], **settings)
    reference = torch.optim.LBFGS([theirs], **settings)

    def closure_of(optimizer: Any, parameter: Any) -> Any:
        def closure() -> Any:
            optimizer.zero_grad()
            loss = rosenbrock(parameter)
            loss.backward()
            return loss

        return closure

    for _ in range(6):
        loss = optimizer.step(closure_of(optimizer, ours)).item()
        assert loss == pytest.approx(reference.step(closure_of(reference, theirs)).item())
        np.testing.assert_allclose(np.asarray(ours.detach()), theirs.detach().numpy(), atol=1e-6)
    state, expected = optimizer.state[ours], reference.state[theirs]
    assert [state["func_evals"], state["n_iter"]] == [expected["func_evals"], expected["n_iter"]]


def test_sparse_adam_matches_pytorch() -> None:
    rng = np.random.default_rng(1)
    start = rng.normal(size=(9, 4))
    ours, theirs = nn.Parameter(start.copy()), torch.nn.Parameter(torch.tensor(start))
    optimizer = optim.SparseAdam([ours], lr=0.05)
    reference = torch.optim.SparseAdam([theirs], lr=0.05)
    for _ in range(STEPS):
        rows, values = rng.integers(9, size=6), rng.normal(size=(6, 4))
        ours.grad = RowSparse(rows, values, (9, 4))
        theirs.grad = torch.sparse_coo_tensor(
            torch.tensor(rows[None]), torch.tensor(values), (9, 4), check_invariants=False
        )
        optimizer.step()
        reference.step()
        np.testing.assert_allclose(
            ours.detach().numpy(), theirs.detach().numpy(), rtol=0, atol=1e-6
        )


SCHEDULES: list[tuple[Any, Any]] = [
    (lambda o: optim.StepLR(o, 7, 0.5), lambda o: torch.optim.lr_scheduler.StepLR(o, 7, 0.5)),
    (
        lambda o: optim.MultiStepLR(o, [3, 10, 40], 0.3),
        lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [3, 10, 40], 0.3),
    ),
    (
        lambda o: optim.CosineLR(o, 100, floor=0.01),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 100, eta_min=0.004),
    ),
    (
        lambda o: optim.LinearDecay(o, 50, floor=0.1),
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda n: max(0.1, 1 - n / 50)),
    ),
    (
        lambda o: optim.OneCycleLR(o, 100),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.4, total_steps=101),
    ),
    (
        lambda o: optim.OneCycleLR(o, 100, anneal_strategy="linear", pct_start=0.5),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, 0.4, total_steps=101, anneal_strategy="linear", pct_start=0.5
        ),
    ),
    (
        lambda o: optim.LambdaLR(o, lambda n: 0.9**n),
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda n: 0.9**n),
    ),
    (
        lambda o: optim.SequentialLR(o, [optim.LinearDecay(o, 20), optim.StepLR(o, 5, 0.5)], [10]),
        lambda o: torch.optim.lr_scheduler.SequentialLR(
            o,
            [
                torch.optim.lr_scheduler.LambdaLR(o, lambda n: max(1e-4, 1 - n / 20)),
                torch.optim.lr_scheduler.StepLR(o, 5, 0.5),
            ],
            [10],
        ),
    ),
]


@pytest.mark.filterwarnings("ignore")  # PyTorch's advice on calling step() without parameters
@pytest.mark.parametrize(("make", "make_reference"), SCHEDULES)
def test_schedules_match(make: Any, make_reference: Any) -> None:
    optimizer = optim.SGD([nn.Parameter(np.ones(1))], lr=0.4)
    reference = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
    schedule, expected = make(optimizer), make_reference(reference)
    for _ in range(STEPS):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(
            reference.param_groups[0]["lr"], rel=1e-9, abs=1e-12
        )
        schedule.step()
        reference.step()
        expected.step()


def test_plateau_matches() -> None:
    rng = np.random.default_rng(0)
    losses = np.maximum(3 - np.arange(STEPS) * 0.1, 1.0) + 0.1 * rng.random(STEPS)
    for settings in ({"patience": 3}, {"patience": 1, "cooldown": 2}):
        optimizer = optim.SGD([nn.Parameter(np.ones(1))], lr=0.4)
        reference = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
        schedule = optim.ReduceLROnPlateau(optimizer, gamma=0.5, **settings)
        expected = torch.optim.lr_scheduler.ReduceLROnPlateau(
            reference, factor=0.5, eps=0.0, **settings
        )
        for loss in losses.tolist():
            schedule.observe(loss)
            expected.step(loss)
            assert optimizer.param_groups[0]["lr"] == pytest.approx(
                reference.param_groups[0]["lr"], rel=1e-9
            )
