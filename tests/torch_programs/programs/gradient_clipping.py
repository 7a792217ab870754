"""Gradients clipped by norm and by value; the norms are the losses."""

import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.GRU(3, 10)
head = nn.Linear(10, 1)
parameters = list(rnn.parameters()) + list(head.parameters())
x = torch.randn(30, 4, 3) * 3
target = x.sum(0)[:, :1]
optimizer = torch.optim.SGD(parameters, lr=0.1)
losses = []
for step in range(20):
    output, h_n = rnn(x)
    loss = ((head(output[-1]) - target) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    if step % 2:
        nn.utils.clip_grad_value_(parameters, clip_value=0.1)
        total_norm = torch.norm(
            torch.stack([torch.norm(p.grad.detach(), 2) for p in parameters]), 2
        )
    else:
        total_norm = nn.utils.clip_grad_norm_(parameters, max_norm=1.0, norm_type=2)
    optimizer.step()
    losses += [loss.item(), total_norm.item()]
losses.append(nn.utils.clip_grad_norm_(parameters, float("inf")).item())
