"""The state of optimizers: restored trajectories, matched names, refused models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.optim.optimizers import ALL
from tinygrad_w2v import nn, optim
from tinygrad_w2v.errors import InputError


@pytest.mark.parametrize(("name", "options"), ALL.items())
def test_restored_state_continues_trajectory(name: str, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    model, other = nn.Linear(3, 2, rng=0), nn.Linear(3, 2, rng=1)
    optimizer, resumed = (
        getattr(optim, name)(model, **options),
        getattr(optim, name)(other, **options),
    )
    steps = rng.normal(size=(6, 5, 3)).astype(np.float32)
    for x in steps[:3]:
        _train(model, optimizer, x)
    other.load_state_dict(model.state_dict())
    resumed.load_state_dict(optimizer.state_dict())
    for x in steps[3:]:
        _train(model, optimizer, x)
        _train(other, resumed, x)
    np.testing.assert_array_equal(other.weight.detach().numpy(), model.weight.detach().numpy())


def _train(model: Any, optimizer: Any, x: Any) -> None:
    optimizer.zero_grad()
    (model(x) ** 2).sum().backward()
    optimizer.step()


def test_state_is_matched_by_parameter_name() -> None:
    model = nn.Linear(3, 2)
    optimizer = optim.Adam(model.named_parameters())
    _train(model, optimizer, np.ones((1, 3), np.float32))
    saved = optimizer.state_dict()
    assert list(saved["state"]) == saved["param_groups"][0]["params"] == [0, 1]
    assert saved["param_groups"][0]["param_names"] == ["weight", "bias"]
    other = optim.Adam(reversed(list(model.named_parameters())))
    other.load_state_dict(saved)
    assert other.state[model.bias]["exp_avg"].shape == (2,)


def test_state_of_another_model_is_refused() -> None:
    model, other = nn.Linear(3, 2), nn.Linear(3, 4)
    optimizer = optim.Adam(model)
    _train(model, optimizer, np.ones((1, 3), np.float32))
    saved = optimizer.state_dict()
    with pytest.raises(InputError, match=r"'exp_avg' has shape \(2, 3\), the .* is \(4, 3\)"):
        optim.Adam(other).load_state_dict(saved)
    saved["state"][2] = saved["state"].pop(0)
    with pytest.raises(InputError, match=r"has the state of a parameter 2, its groups do not"):
        optimizer.load_state_dict(saved)
    saved["param_groups"][0]["param_names"][0] = "wieght"
    with pytest.raises(InputError, match=r"unknown parameter 'wieght': did you mean weight"):
        optimizer.load_state_dict(saved)
    with pytest.raises(InputError, match=r"has 2 parameter groups of 1, 1 .* 1 parameter groups"):
        optimizer.load_state_dict({"param_groups": [{"params": [0]}, {"params": [1]}], "state": {}})
