"""Skip-gram whose negatives come from a unigram table in NumPy, with SGD on every pair."""

import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
counts = rng.randint(1, 50, size=18)
power = counts**0.75
table = np.repeat(np.arange(18), np.ceil(power / power.sum() * 200).astype(int))
tokens = rng.choice(18, size=60, p=counts / counts.sum())

torch.manual_seed(0)
u = nn.Embedding(18, 6, sparse=True)
v = nn.Embedding(18, 6, sparse=True)
v.weight.data.zero_()
optimizer = torch.optim.SGD([u.weight, v.weight], lr=0.3)
log_sigmoid = nn.LogSigmoid()
losses = []
for step in range(20):
    i = step % 50
    center = torch.tensor([int(tokens[i])] * 4)
    context = torch.from_numpy(tokens[[i + 1, i + 2, i + 3, i + 4]])
    negatives = torch.from_numpy(rng.choice(table, size=(4, 3)))
    optimizer.zero_grad()
    positive = log_sigmoid((u(center) * v(context)).sum(1))
    negative = log_sigmoid(-(v(negatives) @ u(center).unsqueeze(-1)).squeeze(-1)).sum(1)
    loss = -(positive + negative).sum()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
