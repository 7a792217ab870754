"""Sentences of different lengths: padded in collate_fn, packed for an LSTM, masked in the loss."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader

torch.manual_seed(0)
sentences = [torch.randint(1, 12, (n,)) for n in (5, 3, 7, 2, 6, 4, 4, 1)]
data = [(s, s % 3 + 1) for s in sentences]


def collate_fn(batch):
    batch.sort(key=lambda item: len(item[0]), reverse=True)
    tokens, tags = zip(*batch)
    lengths = [len(t) for t in tokens]
    return pad_sequence(tokens, batch_first=True), pad_sequence(tags, batch_first=True), lengths


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(12, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 5, batch_first=True, bidirectional=True)
        self.out = nn.Linear(10, 4)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True)
        output, (h, c) = self.lstm(packed)
        output, lengths = pad_packed_sequence(output, batch_first=True)
        return self.out(output), torch.cat([h[0], h[1]], dim=1), lengths


model = Tagger()
criterion = nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
losses = []
for _ in range(7):
    for x, tags, lengths in DataLoader(data, batch_size=3, shuffle=True, collate_fn=collate_fn):
        scores, state, unpacked = model(x, lengths)
        assert unpacked.tolist() == lengths
        loss = criterion(scores.reshape(-1, 4), tags.reshape(-1)) + 0.01 * state.pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
losses.append(model.embedding.weight[0].abs().sum().item())
