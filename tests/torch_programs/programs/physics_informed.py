"""A network that solves u'' = -u, u(0) = 0, u'(0) = 1, by second derivatives of its output."""

import torch
from torch import nn

torch.manual_seed(123)
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 1))
t = torch.linspace(0, 2, 20).view(-1, 1).requires_grad_(True)
t0 = torch.zeros(1, 1, requires_grad=True)
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
losses = []
for _ in range(20):
    optimizer.zero_grad()
    u0 = net(t0)
    du0 = torch.autograd.grad(u0, t0, torch.ones_like(u0), create_graph=True)[0]
    u = net(t)
    du = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
    d2u = torch.autograd.grad(du, t, torch.ones_like(du), create_graph=True)[0]
    loss = torch.squeeze(u0) ** 2 + (torch.squeeze(du0) - 1) ** 2 + torch.mean((d2u + u) ** 2)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
