"""Forecasts of a noisy wave by a GRU, with a train and a validation part."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.RandomState(0)
wave = (np.sin(np.arange(120) * 0.3) + 0.1 * rng.randn(120)).astype(np.float32)
windows = np.stack([wave[i : i + 9] for i in range(100)])
X, Y = torch.from_numpy(windows[:, :8]).unsqueeze(-1), torch.from_numpy(windows[:, 8:])
train, valid = TensorDataset(X[:80], Y[:80]), TensorDataset(X[80:], Y[80:])


class GRUNet(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim, n_layers, drop_prob=0.0):
        super().__init__()
        self.hidden_dim, self.n_layers = hidden_dim, n_layers
        self.gru = nn.GRU(input_dim, hidden_dim, n_layers, batch_first=True, dropout=drop_prob)
        self.fc, self.relu = nn.Linear(hidden_dim, output_dim), nn.ReLU()

    def forward(self, x, h):
        out, h = self.gru(x, h)
        return self.fc(self.relu(out[:, -1])), h

    def init_hidden(self, batch_size):
        weight = next(self.parameters()).data
        return weight.new(self.n_layers, batch_size, self.hidden_dim).zero_()


torch.manual_seed(0)
model = GRUNet(1, 8, 1, 2)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(3):
    model.train()
    for x, label in DataLoader(train, batch_size=16, shuffle=True, drop_last=True):
        h = model.init_hidden(x.shape[0]).data
        model.zero_grad()
        out, h = model(x, h)
        loss = criterion(out, label)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        total = sum(
            criterion(model(x, model.init_hidden(len(x)))[0], y).item() for x, y in [valid[:]]
        )
    losses.append(total)
