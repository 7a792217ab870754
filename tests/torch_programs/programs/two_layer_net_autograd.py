"""A two-layer network with autograd and parameters that are updated in place."""

import torch

torch.manual_seed(0)
x, y = torch.randn(16, 20), torch.randn(16, 5)
w1 = torch.randn(20, 12, requires_grad=True)
w2 = torch.randn(12, 5, requires_grad=True)

losses = []
for _ in range(20):
    loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
    losses.append(loss.item())
    loss.backward()
    with torch.no_grad():
        w1 -= 1e-4 * w1.grad
        w2 -= 1e-4 * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()
