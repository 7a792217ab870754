"""A Siamese network with a contrastive loss on the distance of two embeddings."""

import torch
import torch.nn.functional as F
from torch import nn, optim


class SiameseNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        )
        self.fc = nn.Sequential(nn.Linear(27, 10), nn.ReLU(inplace=True), nn.Linear(10, 4))

    def forward_once(self, x):
        output = self.cnn(x)
        return self.fc(output.view(output.size()[0], -1))

    def forward(self, input1, input2):
        return self.forward_once(input1), self.forward_once(input2)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super().__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        distance = F.pairwise_distance(output1, output2)
        return torch.mean(
            (1 - label) * torch.pow(distance, 2)
            + label * torch.pow(torch.clamp(self.margin - distance, min=0.0), 2)
        )


torch.manual_seed(0)
x1 = torch.rand(10, 1, 6, 6)
label = (torch.arange(10) % 2).float()
x2 = torch.where(label.view(-1, 1, 1, 1) == 1, torch.rand(10, 1, 6, 6), x1 * 0.9)
net = SiameseNetwork()
optimizer = optim.Adam(net.parameters(), lr=0.005)
criterion = ContrastiveLoss()
losses = []
for _ in range(20):
    output1, output2 = net(x1, x2)
    optimizer.zero_grad()
    loss = criterion(output1, output2, label)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses.append(F.cosine_similarity(output1, output2).mean().item())
