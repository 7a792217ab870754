"""A checkpoint of model, optimizer and scheduler, saved to a file, and the training resumed."""

import os
import tempfile

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(24, 5), torch.randn(24, 2)


def build():
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, steps):
    for _ in range(steps):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())


losses = []
model, optimizer, scheduler = build()
train(model, optimizer, scheduler, 10)
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "checkpoint.pt")
    torch.save(
        {
            "epoch": 10,
            "model_state_dict": model.state_dict(),
            "optimizer_state_dict": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "loss": losses[-1],
        },
        path,
    )
    train(model, optimizer, scheduler, 5)  # goes on, and is forgotten
    model, optimizer, scheduler = build()
    checkpoint = torch.load(path)
    model.load_state_dict(checkpoint["model_state_dict"])
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    scheduler.load_state_dict(checkpoint["scheduler"])
losses += [
    checkpoint["epoch"],
    checkpoint["loss"],
    optimizer.state_dict()["state"][0]["step"].item(),
]
model.eval()
train(model, optimizer, scheduler, 5)
