"""A character model with nn.RNN, truncated backpropagation and detached states; then a sample."""

import torch
import torch.nn as nn

text = "hello world, this is a small text about recurrent networks. " * 4
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden_size, n_layers=1):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, 12)
        self.rnn = nn.RNN(12, hidden_size, n_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab_size)

    def forward(self, x, h):
        out, h = self.rnn(self.embed(x), h)
        return self.fc(out), h


torch.manual_seed(0)
model = CharRNN(len(chars), 24, n_layers=2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
h = torch.zeros(2, 1, 24)
losses = []
for step in range(20):
    start = step * 10
    x, y = data[start : start + 10].unsqueeze(0), data[start + 1 : start + 11]
    out, h = model(x, h.detach())
    loss = criterion(out.squeeze(0), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())
with torch.no_grad():
    token, h = data[:1].view(1, 1), torch.zeros(2, 1, 24)
    for _ in range(5):
        out, h = model(token, h)
        token = out[:, -1].softmax(dim=-1).argmax(dim=-1, keepdim=True)
        losses.append(token.item())
