"""Modules with buffers: a running normalization, an exponential average of the weights."""

import copy

import torch
from torch import nn


class RunningNorm(nn.Module):
    def __init__(self, num_features, momentum=0.1):
        super().__init__()
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("var", torch.ones(num_features))
        self.register_buffer("steps", torch.tensor(0, dtype=torch.long), persistent=False)

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(x.mean(0), self.momentum)
                self.var.mul_(1 - self.momentum).add_(self.momentum * x.var(0, unbiased=False))
                self.steps += 1
        return (x - self.mean) / torch.sqrt(self.var + 1e-5) * self.weight

    def extra_repr(self):
        return f"momentum={self.momentum}"


torch.manual_seed(0)
model = nn.Sequential(RunningNorm(4), nn.Linear(4, 4), nn.ELU(), RunningNorm(4), nn.Linear(4, 1))
ema = copy.deepcopy(model)
x = torch.randn(30, 4) * 2 + 1
y = x.prod(dim=1, keepdim=True).tanh()
optimizer = torch.optim.Adamax(model.parameters(), lr=0.02)
losses = []
for _ in range(20):
    loss = nn.functional.l1_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for averaged, current in zip(ema.parameters(), model.parameters()):
            averaged.copy_(0.9 * averaged + 0.1 * current)
    losses.append(loss.item())
assert "momentum=0.1" in repr(model)
assert list(model.state_dict()) == list(ema.state_dict())
assert "0.steps" not in model.state_dict()
losses += [len(list(model.buffers())), model[0].steps.item(), model[0].mean.sum().item()]
model.eval()
ema.load_state_dict(model.state_dict())
losses.append((ema.eval()(x) - model(x)).abs().max().item())
