"""The same with the names of old tutorials: Variable, .data and FloatTensor."""

import torch
from torch.autograd import Variable

torch.manual_seed(0)
x = Variable(torch.randn(16, 20).type(torch.FloatTensor), requires_grad=False)
y = Variable(torch.randn(16, 5))
w1 = Variable(torch.randn(20, 12), requires_grad=True)
w2 = Variable(torch.randn(12, 5), requires_grad=True)

losses = []
for _ in range(20):
    loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
    losses.append(loss.data.item())
    loss.backward()
    w1.data -= 1e-4 * w1.grad.data
    w2.data -= 1e-4 * w2.grad.data
    w1.grad.data.zero_()
    w2.grad.data.zero_()
