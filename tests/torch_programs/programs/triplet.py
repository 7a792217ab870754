"""Metric learning with triplets, margins and cosines."""

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.PReLU(), nn.Linear(16, 4))
anchor = torch.randn(12, 8)
positive, negative = anchor + 0.1 * torch.randn(12, 8), torch.randn(12, 8)
triplet = nn.TripletMarginLoss(margin=1.0, p=2)
ranking = nn.MarginRankingLoss(margin=0.5)
cosine = nn.CosineEmbeddingLoss(margin=0.2)
optimizer = torch.optim.NAdam(net.parameters(), lr=0.01)
losses = []
for _ in range(20):
    a, p, n = net(anchor), net(positive), net(negative)
    near, far = torch.cosine_similarity(a, p), torch.cosine_similarity(a, n)
    loss = triplet(a, p, n) + ranking(near, far, torch.ones(12))
    loss = loss + cosine(a, n, -torch.ones(12))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
