"""Optimizers and schedulers match PyTorch's trajectories over 100 steps."""

from __future__ import annotations

from collections.abc import Callable
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


SCHEDULERS: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("StepLR", lambda s, o: s.StepLR(o, 7, 0.5)),
    ("MultiStepLR", lambda s, o: s.MultiStepLR(o, [3, 10, 40], gamma=0.3)),
    ("ConstantLR", lambda s, o: s.ConstantLR(o, 0.5, 7)),
    ("LinearLR", lambda s, o: s.LinearLR(o, 0.1, 0.7, 20)),
    ("ExponentialLR", lambda s, o: s.ExponentialLR(o, 0.97)),
    ("PolynomialLR", lambda s, o: s.PolynomialLR(o, 50, 2.0)),
    ("CosineAnnealingLR", lambda s, o: s.CosineAnnealingLR(o, 30, eta_min=0.004)),
    ("WarmRestarts", lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, eta_min=0.01)),
    ("WarmRestarts, constant", lambda s, o: s.CosineAnnealingWarmRestarts(o, 5)),
    ("OneCycleLR", lambda s, o: s.OneCycleLR(o, [0.4, 0.8], total_steps=101)),
    (
        "OneCycleLR, linear",
        lambda s, o: s.OneCycleLR(o, 0.4, 101, anneal_strategy="linear", pct_start=0.5),
    ),
    (
        "OneCycleLR, three phases",
        lambda s, o: s.OneCycleLR(o, 0.4, epochs=5, steps_per_epoch=21, three_phase=True),
    ),
    ("CyclicLR", lambda s, o: s.CyclicLR(o, 0.1, [0.5, 0.9], 7, 11)),
    ("CyclicLR, halved", lambda s, o: s.CyclicLR(o, 0.1, 0.5, 7, mode="triangular2")),
    ("CyclicLR, decayed", lambda s, o: s.CyclicLR(o, 0.1, 0.5, 7, mode="exp_range", gamma=0.98)),
    ("LambdaLR", lambda s, o: s.LambdaLR(o, lambda n: 0.9**n)),
    ("LambdaLR, two", lambda s, o: s.LambdaLR(o, [lambda n: 0.9**n, lambda n: 1 / (n + 1)])),
    ("MultiplicativeLR", lambda s, o: s.MultiplicativeLR(o, lambda n: 1 - 1 / (n + 1))),
    (
        "SequentialLR",
        lambda s, o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1), s.StepLR(o, 5, 0.5), s.ExponentialLR(o, 0.9)], [10, 31]
        ),
    ),
    (
        "ChainedScheduler",
        lambda s, o: s.ChainedScheduler(
            [s.ConstantLR(o, 0.2, 4), s.ExponentialLR(o, 0.95), s.CosineAnnealingLR(o, 120)]
        ),
    ),
]


@pytest.mark.filterwarnings("ignore")  # PyTorch's advice on calling step() without parameters
@pytest.mark.parametrize(("name", "make"), SCHEDULERS)
def test_schedulers_match(name: str, make: Callable[[Any, Any], Any]) -> None:
    optimizer = optim.Adam([{"params": nn.Parameter(np.ones(1))} for _ in range(2)], lr=0.4)
    reference = torch.optim.Adam(
        [{"params": torch.nn.Parameter(torch.ones(1))} for _ in range(2)], lr=0.4
    )
    scheduler = make(optim.lr_scheduler, optimizer)
    expected = make(torch.optim.lr_scheduler, reference)
    for _ in range(STEPS):
        for ours, theirs in zip(optimizer.param_groups, reference.param_groups, strict=True):
            assert ours["lr"] == pytest.approx(theirs["lr"], rel=1e-9, abs=1e-12)
            assert ours["betas"] == pytest.approx(theirs["betas"])
        assert scheduler.get_last_lr() == pytest.approx(expected.get_last_lr(), abs=1e-12)
        scheduler.step()
        reference.step()
        expected.step()


@pytest.mark.filterwarnings("ignore")
def test_rates_set_by_others_match() -> None:
    made: list[Any] = []
    for package, parameter in ((optim, nn.Parameter(np.ones(1))), (torch.optim, None)):
        optimizer: Any = package.SGD([parameter or torch.nn.Parameter(torch.ones(1))], lr=0.4)
        scheduler: Any = package.lr_scheduler
        steps = [scheduler.CosineAnnealingLR(optimizer, 12, 0.01), scheduler.StepLR(optimizer, 3)]
        made.append((optimizer, steps))
    for epoch in range(8):
        for optimizer, schedulers in made:
            optimizer.step()
            for scheduler in schedulers:
                scheduler.step()
            if epoch == 4:
                optimizer.param_groups[0]["lr"] = 0.3
        ours, theirs = (optimizer.param_groups[0]["lr"] for optimizer, _ in made)
        assert ours == pytest.approx(theirs)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("epochs", [(3, 4, 11), (0.5, 7.25, 20)])
def test_restarts_at_given_epochs_match(epochs: tuple[float, ...]) -> None:
    optimizer = optim.SGD([nn.Parameter(np.ones(1))], lr=0.4)
    reference = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
    scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4, 2)
    expected = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(reference, 4, 2)
    for epoch in epochs:
        scheduler.step(epoch)
        expected.step(epoch)
        assert scheduler.get_last_lr() == pytest.approx(expected.get_last_lr())


def test_linear_decay_and_warmup_match_their_formulas() -> None:
    optimizer = optim.SGD([nn.Parameter(np.ones(1))], lr=0.4)
    scheduler = optim.LinearDecay(optimizer, 50, floor=0.1)
    for step in range(STEPS):
        assert optimizer.param_groups[0]["lr"] == 0.4 * max(0.1, 1 - step / 50)
        scheduler.step()


@pytest.mark.parametrize(
    "settings",
    [
        {"patience": 3},
        {"patience": 1, "cooldown": 2, "min_lr": [0.01]},
        {"patience": 2, "threshold": 0.05, "threshold_mode": "abs", "eps": 0.02},
        {"patience": 2, "mode": "max"},
    ],
)
def test_plateau_matches(settings: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    losses = np.maximum(3 - np.arange(STEPS) * 0.1, 1.0) + 0.1 * rng.random(STEPS)
    optimizer = optim.SGD([nn.Parameter(np.ones(1))], lr=0.4)
    reference = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.4)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, **settings)
    expected = torch.optim.lr_scheduler.ReduceLROnPlateau(reference, factor=0.5, **settings)
    for loss in losses.tolist():
        scheduler.step(tensor(loss))
        expected.step(loss)
        assert scheduler.get_last_lr() == pytest.approx(expected.get_last_lr(), rel=1e-9)
        assert scheduler.num_bad_epochs == expected.num_bad_epochs
        assert (scheduler.best, scheduler.last_epoch) == (
            pytest.approx(expected.best),
            expected.last_epoch,
        )
