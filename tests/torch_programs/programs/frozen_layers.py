"""Transfer learning: a trained body with frozen layers, a new head, then all with two rates."""

import copy

import torch
from torch import nn, optim

torch.manual_seed(0)
x = torch.randn(40, 6)
y_old, y_new = (x[:, 0] > 0).long(), (x[:, 1] + x[:, 2] > 0).long()
body = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU())
model = nn.Sequential(body, nn.Linear(8, 2))
criterion = nn.CrossEntropyLoss()
losses = []


def fit(optimizer, y, steps):
    for _ in range(steps):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())


fit(optim.Adam(model.parameters(), lr=0.02), y_old, 8)
for param in model.parameters():
    param.requires_grad = False
model[1] = nn.Linear(model[1].in_features, 3)
before = copy.deepcopy(model.state_dict())
fit(optim.SGD(model[1].parameters(), lr=0.1, momentum=0.9), y_new, 6)
assert torch.equal(before["0.0.weight"], model.state_dict()["0.0.weight"])
assert not torch.equal(before["1.weight"], model.state_dict()["1.weight"])
body.requires_grad_(True)
groups = [{"params": body.parameters(), "lr": 0.01}, {"params": model[1].parameters()}]
fit(optim.SGD(groups, lr=0.1), y_new, 6)
trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
losses += [trainable, len(list(filter(lambda p: p.requires_grad, model.parameters())))]
