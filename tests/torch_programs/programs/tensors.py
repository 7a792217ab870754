"""A tour of tensors: creation, indexing, shapes, reductions, in-place arithmetic."""

import numpy as np
import torch

torch.manual_seed(0)
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
ones = torch.ones_like(x)
noise = torch.rand_like(x, dtype=torch.float)
losses = [x.sum(), noise.mean(), x.mean(dim=1)[1], x.std(), x.var(unbiased=False)]

y = torch.cat([x, ones, noise], dim=0)
losses += [y.shape[0], y.size(1), y.numel(), y.dim(), y[:, -1].sum(), y[1:4, 0].prod()]
y[:, 1] = 0
losses += [y.sum(), (y == 0).sum(), y.argmax(), y.max(dim=1)[0][3], y.min(dim=1).values[2]]

z = x @ x.T
losses += [z[0, 1].item(), torch.matmul(x, x.t()).trace(), (x * x).sum(dim=1, keepdim=True)[1, 0]]
z.add_(5).mul_(2)
losses += [z.sum().item(), z.view(-1)[3], z.reshape(4, 1).squeeze().unsqueeze(0).shape[1]]

n = np.ones(5)
t = torch.from_numpy(n)
np.add(n, 1, out=n)
losses += [t.sum(), torch.arange(10).float()[2:8:2].sum(), torch.linspace(0, 1, 5)[3]]
parts = torch.chunk(torch.arange(12.0).view(3, 4), 2, dim=1)
losses += [parts[1].sum(), torch.stack([parts[0], parts[1]]).permute(1, 2, 0)[2, 1, 0]]
values, indices = torch.topk(torch.tensor([0.1, 0.9, 0.4, 0.7]), 2)
losses += [values.sum(), indices[1], torch.sort(noise[0], descending=True)[0][0]]
losses += [torch.where(x > 3, x, -x).sum(), x.clamp(2, 4).sum(), torch.eye(3).sum()]
losses += [torch.einsum("ij,kj->ik", x, ones)[1, 0], x.expand(2, 2, 3).sum(), x.repeat(2, 2).sum()]
losses += [torch.gather(x, 1, torch.tensor([[0], [2]])).sum(), x.norm(), x.cumsum(0)[1, 2]]
mask = x > 2
losses += [x[mask].sum(), x.masked_fill(mask, 0.0).sum(), mask.any(), mask.all(), mask.long().sum()]
