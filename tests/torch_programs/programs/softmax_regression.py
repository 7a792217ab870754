"""Softmax regression written by hand, and with CrossEntropyLoss."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
X = torch.randn(60, 8)
y = torch.randint(0, 3, (60,))
W = torch.normal(0, 0.1, size=(8, 3), requires_grad=True)
b = torch.zeros(3, requires_grad=True)


def softmax(X):
    X_exp = torch.exp(X - X.max(dim=1, keepdim=True)[0])
    return X_exp / X_exp.sum(dim=1, keepdim=True)


def cross_entropy(y_hat, y):
    return -torch.log(y_hat.gather(1, y.view(-1, 1)))


losses = []
for _ in range(10):
    loss = cross_entropy(softmax(X @ W + b), y).mean()
    loss.backward()
    with torch.no_grad():
        for param in (W, b):
            param.sub_(0.5 * param.grad)
            param.grad.zero_()
    losses.append(loss.item())

net = nn.Sequential(nn.Flatten(), nn.Linear(8, 3))
net.load_state_dict({"1.weight": W.detach().t(), "1.bias": b.detach()})
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
criterion = nn.CrossEntropyLoss()
for _ in range(10):
    loss = criterion(net(X.view(60, 2, 4)), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
probabilities = F.softmax(net(X), dim=1)
accuracy = (probabilities.argmax(1) == y).float().mean()
losses += [probabilities.max(1)[0].mean().item(), accuracy.item()]
