"""Gradients accumulated over small batches, and the same step made at once."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 6), torch.randn(32, 2)
accumulated, whole = nn.Linear(6, 2), nn.Linear(6, 2)
whole.load_state_dict(accumulated.state_dict())
criterion = nn.MSELoss()
first = torch.optim.SGD(accumulated.parameters(), lr=0.2, momentum=0.9, nesterov=True)
second = torch.optim.SGD(whole.parameters(), lr=0.2, momentum=0.9, nesterov=True)
losses = []
for _ in range(20):
    first.zero_grad()
    running = 0.0
    for inputs, targets in zip(torch.chunk(x, 4), torch.chunk(y, 4)):
        loss = criterion(accumulated(inputs), targets) / 4
        loss.backward()
        running += loss.item()
    first.step()
    second.zero_grad()
    criterion(whole(x), y).backward()
    second.step()
    losses += [running, (accumulated.weight - whole.weight).abs().max().item()]
assert torch.allclose(accumulated.weight, whole.weight, atol=1e-5)
