"""An MLP on digits-like data: train and test loops with a custom Dataset, as in the quickstart."""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split

torch.manual_seed(0)


class Digits(Dataset):
    def __init__(self, count, transform=None):
        self.images = torch.rand(count, 1, 6, 6)
        self.labels = (self.images.sum(dim=(1, 2, 3)) > 18).long()
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        image, label = self.images[idx], self.labels[idx]
        if self.transform:
            image = self.transform(image)
        return image, label


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(36, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2)
        )

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


data = Digits(120, transform=lambda image: (image - 0.5) / 0.5)
training_data, test_data = random_split(data, [100, 20])
train_dataloader = DataLoader(training_data, batch_size=20, shuffle=True)
test_dataloader = DataLoader(test_data, batch_size=20)
device = "cuda" if torch.cuda.is_available() else "cpu"
model = NeuralNetwork().to("cpu")
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
losses = []
for _ in range(4):
    model.train()
    for _batch, (X, y) in enumerate(train_dataloader):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    correct = 0
    with torch.no_grad():
        for X, y in test_dataloader:
            pred = model(X)
            losses.append(loss_fn(pred, y).item())
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    losses.append(correct / len(test_dataloader.dataset))
