"""Meta-learning: the loss after an inner step is differentiated through that step."""

import torch
import torch.nn.functional as F

torch.manual_seed(0)
w1 = (torch.randn(1, 10) * 0.5).requires_grad_()
b1 = torch.zeros(10, requires_grad=True)
w2 = (torch.randn(10, 1) * 0.5).requires_grad_()
params = [w1, b1, w2]
optimizer = torch.optim.Adam(params, lr=0.01)


def net(x, weights):
    return torch.tanh(x @ weights[0] + weights[1]) @ weights[2]


losses = []
for _ in range(20):
    meta_loss = 0.0
    for _ in range(3):
        amplitude, phase = torch.rand(1) * 4 + 1, torch.rand(1) * 3
        x = torch.rand(10, 1) * 10 - 5
        y = amplitude * torch.sin(x + phase)
        support = F.mse_loss(net(x[:5], params), y[:5])
        grads = torch.autograd.grad(support, params, create_graph=True)
        fast = [p - 0.01 * g for p, g in zip(params, grads)]
        meta_loss = meta_loss + F.mse_loss(net(x[5:], fast), y[5:])
    optimizer.zero_grad()
    meta_loss.backward()
    optimizer.step()
    losses.append(meta_loss.item() / 3)
