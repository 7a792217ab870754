"""Skip-gram with a Dataset of pairs, a DataLoader with a collate function, and Xavier weights."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

text = """she sells sea shells by the sea shore the shells she sells are sea shells
so if she sells shells on the sea shore the shells are sea shore shells""".split()


class SkipGramDataset(Dataset):
    def __init__(self, tokens, window):
        self.word2idx = {w: i for i, w in enumerate(dict.fromkeys(tokens))}
        ids = [self.word2idx[w] for w in tokens]
        self.data = [
            (ids[i], ids[j])
            for i in range(len(ids))
            for j in range(i - window, i + window + 1)
            if j != i and 0 <= j < len(ids)
        ]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.data[index]


def collate(batches):
    u, v = zip(*batches)
    neg = torch.randint(0, len(dataset.word2idx), (len(batches), 4))
    return torch.LongTensor(u), torch.LongTensor(v), neg


class Model(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.u, self.v = nn.Embedding(vocab_size, dim), nn.Embedding(vocab_size, dim)
        nn.init.xavier_uniform_(self.u.weight)
        nn.init.xavier_normal_(self.v.weight, gain=0.5)

    def forward(self, u, v, neg):
        emb_u = self.u(u)
        pos = nn.functional.logsigmoid((emb_u * self.v(v)).sum(1))
        neg = nn.functional.logsigmoid(-torch.einsum("bd,bkd->bk", emb_u, self.v(neg))).sum(1)
        return -(pos + neg).mean()


torch.manual_seed(3)
dataset = SkipGramDataset(text, window=2)
loader = DataLoader(dataset, batch_size=16, shuffle=True, num_workers=0, collate_fn=collate)
model = Model(len(dataset.word2idx), 8)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(3):
    for u, v, neg in loader:
        optimizer.zero_grad()
        loss = model(u, v, neg)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
