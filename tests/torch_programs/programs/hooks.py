"""Hooks: activations collected, gradients scaled, and the graph kept for a second backward."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 1))
x, y = torch.randn(16, 5), torch.randn(16, 1)
activation, losses = {}, []


def get_activation(name):
    def hook(model, input, output):
        activation[name] = output.detach()

    return hook


handle = model[1].register_forward_hook(get_activation("tanh"))
model[0].weight.register_hook(lambda grad: grad * 0.5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(20):
    hidden = model[0](x)
    hidden.retain_grad()
    loss = ((model[2](model[1](hidden)) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    if step % 5 == 0:
        loss.backward()
    optimizer.step()
    losses += [loss.item(), activation["tanh"].abs().mean().item(), hidden.grad.norm().item()]
    if step == 10:
        handle.remove()
losses.append(model(x).sum().item())
