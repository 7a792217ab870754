"""Skip-gram with an embedding and cross-entropy over the vocabulary."""

import torch
import torch.nn as nn
import torch.nn.functional as F

corpus = "the quick brown fox jumps over the lazy dog while the quick cat sleeps".split()
vocab = sorted(set(corpus))
ids = torch.tensor([vocab.index(w) for w in corpus])
pairs = [
    (ids[i], ids[j])
    for i in range(len(ids))
    for j in range(max(0, i - 2), min(len(ids), i + 3))
    if i != j
]
centers = torch.stack([c for c, _ in pairs])
contexts = torch.stack([o for _, o in pairs])


class SkipGram(nn.Module):
    def __init__(self, vocab_size, embd_size):
        super().__init__()
        self.embeddings = nn.Embedding(vocab_size, embd_size)
        self.output = nn.Linear(embd_size, vocab_size)

    def forward(self, focus):
        return F.log_softmax(self.output(self.embeddings(focus)), dim=-1)


torch.manual_seed(0)
model = SkipGram(len(vocab), 8)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
losses = []
for _ in range(20):
    loss = F.nll_loss(model(centers), contexts)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
weight = F.normalize(model.embeddings.weight.data, dim=1)
similarity = weight @ weight[vocab.index("quick")]
losses += [similarity.sum().item(), similarity.topk(2)[0][1].item()]
