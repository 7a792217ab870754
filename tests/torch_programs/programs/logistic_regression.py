"""Binary logistic regression with BCELoss, accuracy, and the logits' loss beside it."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)
n = torch.ones(50, 2)
x = torch.cat((torch.normal(2 * n, 1), torch.normal(-2 * n, 1)), 0).type(torch.FloatTensor)
y = torch.cat((torch.zeros(50), torch.ones(50))).float()


class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.lr = nn.Linear(2, 1)
        self.sm = nn.Sigmoid()

    def forward(self, x):
        return self.sm(self.lr(x)).squeeze(-1)


model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-1, momentum=0.9, weight_decay=1e-4)
losses = []
for _ in range(20):
    out = model(x)
    loss = criterion(out, y)
    mask = out.ge(0.5).float()
    correct = (mask == y).sum()
    losses += [loss.item(), correct.item() / x.size(0)]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
losses.append(F.binary_cross_entropy_with_logits(model.lr(x)[:, 0], y).item())
