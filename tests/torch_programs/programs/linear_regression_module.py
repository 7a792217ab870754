"""Linear regression with nn.Linear, nn.MSELoss, SGD and a DataLoader."""

import torch
import torch.utils.data as Data
from torch import nn
from torch.nn import init

torch.manual_seed(0)
features = torch.randn(100, 2)
labels = features @ torch.tensor([[2.0], [-3.4]]) + 4.2
dataset = Data.TensorDataset(features, labels)
data_iter = Data.DataLoader(dataset, batch_size=10, shuffle=True)


class LinearNet(nn.Module):
    def __init__(self, n_feature):
        super(LinearNet, self).__init__()
        self.linear = nn.Linear(n_feature, 1)

    def forward(self, x):
        return self.linear(x)


net = LinearNet(2)
init.normal_(net.linear.weight, mean=0, std=0.01)
init.constant_(net.linear.bias, val=0)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.03)
losses = []
for _ in range(2):
    for X, y in data_iter:
        loss = loss_fn(net(X), y.view(-1, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
