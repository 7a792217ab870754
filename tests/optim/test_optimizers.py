"""Optimizers: steps computed by hand, groups, hooks, closures, accumulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.optim.optimizers import make, row_sparse
from tinygrad_w2v import RowSparse, nn, no_grad, optim, tensor


def test_lion_steps_along_sign_of_mean() -> None:
    w = nn.Parameter(np.array([1.0, 1.0]))
    optimizer = optim.Lion([w], lr=0.1, betas=(0.9, 0.5), weight_decay=0.5)
    for gradient in ([2.0, -1.0], [-1.0, -1.0]):
        w.grad = tensor(np.array(gradient))
        optimizer.step()
    # First: decay to 0.95, step ∓0.1; means (1, −0.5). Second: decay by 0.95 again, directions
    # sign(0.9 − 0.1) = 1 and sign(−0.45 − 0.1) = −1.
    np.testing.assert_allclose(w.detach().numpy(), [0.85 * 0.95 - 0.1, 1.05 * 0.95 + 0.1])


def test_rowwise_adagrad_has_one_sum_per_row() -> None:
    w = nn.Parameter(np.zeros((2, 2)))
    optimizer = optim.Adagrad([w], lr=1.0, rowwise=True)
    w.grad = tensor(np.array([[3.0, 1.0], [0.0, 0.0]]))
    optimizer.step()
    assert np.asarray(optimizer.state[w]["sum"]).ravel().tolist() == [5.0, 0.0]  # (9 + 1) / 2
    np.testing.assert_allclose(w.detach().numpy()[0], [-3 / 5**0.5, -1 / 5**0.5])


def test_clip_row_limits_step_of_each_row() -> None:
    w = nn.Parameter(np.zeros((3, 2)))
    w.grad = RowSparse(np.array([0, 2, 0]), np.array([[3.0, 0.0], [0.3, 0.4], [0.0, 4.0]]), (3, 2))
    optim.SGD([w], lr=1.0, clip_row=1.0).step()
    np.testing.assert_allclose(w.detach().numpy(), [[-0.6, -0.8], [0.0, 0.0], [-0.3, -0.4]])


# --- groups, closures, accumulation --------------------------------------------------------------


def test_groups_have_their_own_hyperparameters() -> None:
    a, b = nn.Parameter(np.ones(1)), nn.Parameter(np.ones(1))
    optimizer = optim.SGD([{"params": [a]}, {"params": {"b": b}.items(), "lr": 1.0}], lr=0.5)
    a.grad = b.grad = tensor(np.ones(1))
    optimizer.step()
    assert (a.item(), b.item()) == (0.5, 0.0)
    assert [group.get("param_names") for group in optimizer.param_groups] == [None, ["b"]]
    optimizer.param_groups[0]["lr"] = 2.0
    optimizer.step()
    assert a.item() == -1.5


def test_groups_take_keys_that_are_not_hyperparameters() -> None:
    w = nn.Parameter(np.ones(1))
    optimizer = optim.SGD([{"params": [w], "layer": "head"}, {"params": []}], lr=0.5)
    assert optimizer.param_groups[0]["layer"] == "head"
    assert "Parameter Group 0\n    clip_row: None\n" in repr(optimizer)


def test_zero_grad_sets_none_or_zeros() -> None:
    w, table = nn.Parameter(np.ones(2)), nn.Parameter(np.ones((7, 3)))
    optimizer = optim.SGD([w, table], lr=0.5)
    w.grad, table.grad = tensor(np.ones(2)), row_sparse(np.random.default_rng(0))
    gradient = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is gradient
    assert not np.asarray(gradient).any()
    assert not np.asarray(table.grad).any()
    optimizer.zero_grad()
    assert w.grad is table.grad is None


def test_parameter_twice_in_group_is_updated_twice() -> None:
    w = nn.Parameter(np.ones(1))
    with pytest.warns(UserWarning, match=r"parameter '1' is in the group already, as '0'"):
        optimizer = optim.SGD([w, w], lr=0.25)
    w.grad = tensor(np.ones(1))
    optimizer.step()
    assert w.item() == 0.5


def test_rate_of_zero_changes_nothing() -> None:
    w = nn.Parameter(np.ones(1))
    w.grad = tensor(np.ones(1))
    optim.Adam([w], lr=0).step()
    assert w.item() == 1.0


def test_step_hooks_are_called() -> None:
    w = nn.Parameter(np.ones(1))
    optimizer = optim.SGD([w], lr=0.5)
    calls: list[str] = []
    before = optimizer.register_step_pre_hook(lambda *_: calls.append("before"))
    optimizer.register_step_post_hook(lambda *_: calls.append("after"))
    optimizer.step()
    before.remove()
    optimizer.step()
    assert calls == ["before", "after", "after"]


def test_optimizer_with_step_of_its_own() -> None:
    class Descent(optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.5) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for parameter in group["params"]:
                    state = self.state[parameter]
                    state["count"] = state.get("count", 0) + 1
                    with no_grad():
                        parameter[...] = parameter - group["lr"] * parameter.grad

    w = nn.Parameter(np.ones(1))
    optimizer, resumed = Descent([w]), Descent([w])
    w.grad = tensor(np.ones(1))
    optimizer.step()
    assert w.item() == 0.5
    resumed.load_state_dict(optimizer.state_dict())
    assert resumed.state == {w: {"count": 1}}


def test_closure_runs_in_grad_mode_and_returns_loss() -> None:
    model, x = nn.Linear(2, 1), np.ones((1, 2), np.float32)
    optimizer = optim.SGD(model, lr=0.1)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(2)]
    assert losses[1] < losses[0]


def test_gradients_accumulate_over_parts_of_batch() -> None:
    x = np.random.default_rng(0).normal(size=(6, 3))
    whole, parts = nn.Linear(3, 2, rng=0, dtype=float), nn.Linear(3, 2, rng=0, dtype=float)
    whole(x).sum().backward()
    for part in np.split(x, 3):
        parts(part).sum().backward()
    for model in (whole, parts):
        optim.Adam(model, lr=0.1).step()
    np.testing.assert_allclose(parts.weight.detach().numpy(), whole.weight.detach().numpy())


@pytest.mark.parametrize("size", [1 << 18, (1 << 18) + 1, 600_000])
def test_chunked_sgd_step_matches_plain_formula(size: int) -> None:
    values, slopes = np.random.default_rng(0).normal(size=(2, size)).astype(np.float32)
    weight = nn.Parameter(values.copy())
    weight.grad = tensor(slopes)
    make("SGD", weight, lr=0.1).step()
    assert np.array_equal(weight.detach().numpy(), values - 0.1 * slopes)
