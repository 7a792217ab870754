"""Skip-gram with negatives shared by the batch: one matrix product, softmax over candidates."""

import torch
import torch.nn.functional as F

VOCAB, DIM, SHARED = 30, 8, 10
torch.manual_seed(0)
w_in = torch.nn.Parameter(torch.empty(VOCAB, DIM).uniform_(-0.5, 0.5))
w_out = torch.nn.Parameter(torch.empty(VOCAB, DIM).normal_(0, 0.1))
optimizer = torch.optim.Adadelta([w_in, w_out], lr=1.0)
frequencies = torch.arange(1, VOCAB + 1, dtype=torch.float).reciprocal()
losses = []
for _ in range(20):
    centers = torch.multinomial(frequencies, 12, replacement=True)
    contexts = torch.multinomial(frequencies, 12, replacement=True)
    negatives = torch.multinomial(frequencies, SHARED)
    h = F.embedding(centers, w_in)
    positive = (h * F.embedding(contexts, w_out)).sum(-1, keepdim=True)
    shared = h @ w_out[negatives].t()
    shared = shared.masked_fill(contexts[:, None] == negatives[None], -1e9)
    logits = torch.cat([positive, shared], dim=1)
    loss = F.cross_entropy(logits, torch.zeros(12, dtype=torch.long))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
