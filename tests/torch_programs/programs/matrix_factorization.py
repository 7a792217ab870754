"""Matrix factorization of ratings with biases, weight decay and a DataLoader."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class MF(nn.Module):
    def __init__(self, num_users, num_items, emb_size=6):
        super().__init__()
        self.user_emb, self.user_bias = (
            nn.Embedding(num_users, emb_size),
            nn.Embedding(num_users, 1),
        )
        self.item_emb, self.item_bias = (
            nn.Embedding(num_items, emb_size),
            nn.Embedding(num_items, 1),
        )
        self.user_emb.weight.data.uniform_(0, 0.05)
        self.item_emb.weight.data.uniform_(0, 0.05)
        self.user_bias.weight.data.uniform_(-0.01, 0.01)
        self.item_bias.weight.data.uniform_(-0.01, 0.01)

    def forward(self, u, v):
        U, V = self.user_emb(u), self.item_emb(v)
        b_u, b_v = self.user_bias(u).squeeze(), self.item_bias(v).squeeze()
        return (U * V).sum(1) + b_u + b_v


torch.manual_seed(0)
users, items = torch.randint(0, 12, (100,)), torch.randint(0, 9, (100,))
ratings = torch.randint(1, 6, (100,)).float()
loader = DataLoader(TensorDataset(users, items, ratings), batch_size=25, shuffle=True)
model = MF(12, 9)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05, weight_decay=1e-5)
criterion = nn.SmoothL1Loss()
losses = []
for _ in range(5):
    for user, item, rating in loader:
        loss = criterion(model(user, item), rating)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
