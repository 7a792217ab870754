"""Averages of weights: means, moving averages, batch statistics, the rate."""

from __future__ import annotations

from typing import Any

import pytest

import tinygrad_w2v as tg


def losses(package: Any, ema: bool) -> list[float]:
    """Train with averages under a package with PyTorch's names; return losses and rates."""
    package.manual_seed(0)
    nn, utils = package.nn, package.optim.swa_utils
    model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    options = {"avg_fn": utils.get_ema_avg_fn(0.5), "use_buffers": True} if ema else {}
    averaged = utils.AveragedModel(model, **options)
    optimizer = package.optim.SGD(model.parameters(), lr=0.1)
    scheduler = utils.SWALR(optimizer, swa_lr=0.02, anneal_epochs=3, anneal_strategy="linear")
    data = package.utils.data
    x = package.randn(32, 3)
    loader = data.DataLoader(data.TensorDataset(x, x.prod(1, keepdim=True)), 8, shuffle=True)
    found = []
    for _ in range(4):
        for inputs, targets in loader:
            loss = nn.functional.mse_loss(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        averaged.update_parameters(model)
        scheduler.step()
        found += [loss.item(), optimizer.param_groups[0]["lr"]]
    if not ema:
        utils.update_bn(loader, averaged)
    averaged.eval()
    return [*found, averaged(x).square().mean().item(), averaged.n_averaged.item()]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ema", [False, True])
def test_averages_match_pytorch(ema: bool) -> None:
    torch = pytest.importorskip("torch")
    assert losses(tg, ema) == pytest.approx(losses(torch, ema), rel=1e-4, abs=1e-5)


def test_state_of_averaged_model_is_loaded() -> None:
    model = tg.nn.Linear(2, 2)
    averaged, other = (tg.optim.swa_utils.AveragedModel(model) for _ in range(2))
    averaged.update_parameters(model)
    assert set(averaged.state_dict()) == {"n_averaged", "module.weight", "module.bias"}
    other.load_state_dict(averaged.state_dict())
    assert other.n_averaged.item() == 1
