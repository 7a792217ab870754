"""Label smoothing: the built-in one, one of one's own, class weights and an ignored index."""

import torch
from torch import nn
from torch.nn import functional as F


class LabelSmoothing(nn.Module):
    def __init__(self, size, smoothing):
        super().__init__()
        self.criterion = nn.KLDivLoss(reduction="batchmean")
        self.size, self.smoothing = size, smoothing

    def forward(self, logits, target):
        true_dist = torch.full_like(logits, self.smoothing / (self.size - 1)).detach()
        true_dist.scatter_(1, target.unsqueeze(1), 1 - self.smoothing)
        return self.criterion(F.log_softmax(logits, dim=-1), true_dist)


torch.manual_seed(0)
x, y = torch.randn(30, 10), torch.randint(0, 4, (30,))
model = nn.Sequential(nn.Linear(10, 16), nn.SiLU(), nn.Linear(16, 4))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
own = LabelSmoothing(4, 0.1)
weighted = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 1.0]), ignore_index=3)
losses = []
for _ in range(20):
    logits = model(x)
    smooth = F.cross_entropy(logits, y, label_smoothing=0.1)
    loss = smooth + own(logits, y) + weighted(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses.append(F.cross_entropy(model(x), F.one_hot(y, 4).float()).item())
