"""The word language model: tied weights, perplexity, hidden states carried over, rate annealed."""

import math

import torch
import torch.nn as nn


class RNNModel(nn.Module):
    def __init__(self, ntoken, ninp, nlayers):
        super().__init__()
        self.drop = nn.Dropout(0.0)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, ninp, nlayers)
        self.decoder = nn.Linear(ninp, ntoken)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, input, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(input)), hidden)
        return torch.log_softmax(self.decoder(self.drop(output)), dim=-1), hidden


def batchify(data, bsz):
    nbatch = data.size(0) // bsz
    return data.narrow(0, 0, nbatch * bsz).view(bsz, -1).t().contiguous()


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


torch.manual_seed(0)
source = batchify((torch.arange(170) * 7 % 13 + torch.randint(0, 2, (170,))) % 13, 4)
model = RNNModel(13, 10, 2)
criterion = nn.NLLLoss()
lr, best, losses = 5.0, None, [len(list(model.parameters()))]
hidden = (torch.zeros(2, 4, 10), torch.zeros(2, 4, 10))
for step in range(20):
    i = step % 5 * 8
    data, targets = source[i : i + 8], source[i + 1 : i + 9].reshape(-1)
    model.zero_grad()
    hidden = repackage_hidden(hidden)
    output, hidden = model(data, hidden)
    loss = criterion(output.view(-1, 13), targets)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    for p in model.parameters():
        p.data.add_(p.grad, alpha=-lr)
    losses.append(math.exp(loss.item()))
    if best is None or loss.item() < best:
        best = loss.item()
    else:
        lr /= 2.0
