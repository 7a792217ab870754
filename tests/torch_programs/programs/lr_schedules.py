"""The learning rates of most schedulers while they train a linear layer."""

import torch
from torch.optim import lr_scheduler

losses = []
for make in (
    lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.5),
    lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 5], gamma=0.1),
    lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9),
    lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=6, eta_min=1e-3),
    lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=2, T_mult=2),
    lambda o: lr_scheduler.LambdaLR(o, lr_lambda=[lambda e: 0.95**e, lambda e: 1 / (1 + e)]),
    lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.2, total_steps=10),
    lambda o: lr_scheduler.CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=3),
    lambda o: lr_scheduler.LinearLR(o, start_factor=0.2, total_iters=4),
    lambda o: lr_scheduler.PolynomialLR(o, total_iters=8, power=2),
):
    torch.manual_seed(0)
    x, y = torch.randn(20, 4), torch.randn(20, 1)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(
        [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.02}], lr=0.1, momentum=0.9
    )
    scheduler = make(optimizer)
    for _ in range(8):
        loss = torch.nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses += [loss.item(), scheduler.get_last_lr()[0], optimizer.param_groups[1]["lr"]]

plateau = lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=1)
for value in (1.0, 0.9, 0.95, 0.91, 0.92, 0.5):
    plateau.step(value)
    losses.append(optimizer.param_groups[0]["lr"])
for group in optimizer.param_groups:
    group["lr"] = 0.001
losses.append(optimizer.param_groups[0]["lr"])
