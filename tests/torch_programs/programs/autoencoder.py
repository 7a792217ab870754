"""An autoencoder with an encoder and a decoder, and a convolutional one that upsamples."""

import torch
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 3))
        self.decoder = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 16), nn.Sigmoid())

    def forward(self, x):
        encoded = self.encoder(x)
        return encoded, self.decoder(encoded)


class ConvAutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 3, padding=1)
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(4, 1, 3, stride=2, padding=1),
        )

    def forward(self, x):
        return torch.sigmoid(self.decoder(self.encoder(x)))


torch.manual_seed(0)
images = torch.rand(12, 1, 4, 4)
flat, conv = AutoEncoder(), ConvAutoEncoder()
optimizer = torch.optim.Adam([*flat.parameters(), *conv.parameters()], lr=0.01)
loss_func = nn.MSELoss()
losses = []
for _ in range(20):
    noisy = (images + 0.1 * torch.randn(images.shape)).clamp(0.0, 1.0)
    encoded, decoded = flat(noisy.view(-1, 16))
    loss = loss_func(decoded, images.view(-1, 16)) + loss_func(conv(noisy), images)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses.append(encoded.data.abs().mean().item())
