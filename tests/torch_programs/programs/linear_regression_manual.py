"""Linear regression from nothing: minibatches, squared loss, SGD as functions."""

import random

import torch

torch.manual_seed(0)
random.seed(0)
true_w, true_b = torch.tensor([2.0, -3.4]), 4.2
features = torch.normal(0, 1, (100, 2))
labels = torch.matmul(features, true_w) + true_b
labels += torch.normal(0, 0.01, labels.shape)


def data_iter(batch_size):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(indices), batch_size):
        j = torch.LongTensor(indices[i : min(i + batch_size, len(indices))])
        yield features.index_select(0, j), labels.index_select(0, j)


def squared_loss(y_hat, y):
    return (y_hat - y.view(y_hat.size())) ** 2 / 2


w = torch.tensor([[0.01], [-0.02]], dtype=torch.float32)
b = torch.zeros(1, dtype=torch.float32)
w.requires_grad_(requires_grad=True)
b.requires_grad_(requires_grad=True)
losses = []
for _ in range(2):
    for X, y in data_iter(10):
        loss = squared_loss(torch.mm(X, w) + b, y).sum()
        loss.backward()
        for param in [w, b]:
            param.data -= 0.03 * param.grad / 10
        w.grad.data.zero_()
        b.grad.data.zero_()
        losses.append(squared_loss(torch.mm(features, w) + b, labels).mean().item())
