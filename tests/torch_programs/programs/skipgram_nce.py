"""Skip-gram with noise-contrastive estimation: logits against the log of the noise."""

import math

import torch
from torch import nn

VOCAB, DIM, K = 24, 8, 6
torch.manual_seed(0)
noise = torch.softmax(torch.randn(VOCAB), 0)
emb = nn.Embedding(VOCAB, DIM)
out, bias = nn.Embedding(VOCAB, DIM), nn.Embedding(VOCAB, 1)
bias.weight.data.fill_(-math.log(VOCAB))
criterion = nn.BCEWithLogitsLoss(reduction="none")
modules = nn.ModuleList([emb, out, bias])
optimizer = torch.optim.RMSprop(modules.parameters(), lr=0.01, momentum=0.5)
losses = []
for _ in range(20):
    center, context = torch.randint(0, VOCAB, (10,)), torch.randint(0, VOCAB, (10,))
    sampled = torch.multinomial(noise, 10 * K, replacement=True).view(10, K)
    candidates = torch.cat([context[:, None], sampled], dim=1)
    score = torch.matmul(out(candidates), emb(center).unsqueeze(2)).squeeze(2)
    score = score + bias(candidates).squeeze(2)
    logits = score - torch.log(K * noise[candidates])
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1
    loss = criterion(logits, labels).sum(dim=1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
