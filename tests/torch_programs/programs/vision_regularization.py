"""Dropout, weight penalties and augmentation by flips and shifts, with an early stop."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
images = torch.randn(24, 1, 8, 8)
labels = (images.mean((1, 2, 3)) > 0).float()
model = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding="same", bias=False),
    nn.BatchNorm2d(4),
    nn.LeakyReLU(0.1),
    nn.AvgPool2d(2),
    nn.Dropout2d(0.1),
    nn.Flatten(start_dim=1),
    nn.Linear(64, 8, bias=False),
    nn.BatchNorm1d(8),
    nn.ReLU6(),
    nn.Dropout(0.2),
    nn.Linear(8, 1),
)
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(1.5))
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
losses, best, patience = [], float("inf"), 0
for epoch in range(20):
    model.train()
    batch = images.flip(-1) if epoch % 2 else torch.roll(images, shifts=1, dims=2)
    loss = criterion(model(batch).squeeze(1), labels)
    l1 = sum(p.abs().sum() for p in model.parameters())
    l2 = sum((p**2).sum() for name, p in model.named_parameters() if "weight" in name)
    total = loss + 1e-4 * l1 + 1e-4 * l2
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        validation = F.binary_cross_entropy_with_logits(model(images)[:, 0], labels).item()
    losses += [total.item(), validation]
    best, patience = (validation, 0) if validation < best else (best, patience + 1)
    if patience > 5:
        break
