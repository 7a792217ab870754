"""Dilated causal convolutions over a sequence, with gates, padding and residuals."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class CausalBlock(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.padding = dilation
        self.conv = nn.Conv1d(channels, 2 * channels, kernel_size=2, dilation=dilation)
        self.norm = nn.GroupNorm(2, channels)

    def forward(self, x):
        y = self.conv(F.pad(x, (self.padding, 0)))
        return self.norm(x + F.glu(y, dim=1))


torch.manual_seed(0)
embed = nn.Embedding(9, 8)
blocks = nn.Sequential(*[CausalBlock(8, 2**i) for i in range(3)])
head = nn.Conv1d(8, 9, 1)
model = nn.ModuleDict({"embed": embed, "blocks": blocks, "head": head})
sequence = (torch.arange(41) * 4 + torch.arange(41) // 9) % 9
x, y = sequence[:-1].view(2, 20), sequence[1:].view(2, 20)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
losses = []
for _ in range(20):
    logits = model["head"](model["blocks"](model["embed"](x).transpose(1, 2)))
    loss = F.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
