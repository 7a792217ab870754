"""A Wasserstein GAN whose critic is penalized by the gradient with respect to its input."""

import torch
from torch import autograd, nn, optim

torch.manual_seed(0)
netG = nn.Sequential(nn.Linear(2, 8), nn.ReLU(True), nn.Linear(8, 2))
netD = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
optimizerD = optim.Adam(netD.parameters(), lr=1e-2, betas=(0.5, 0.9))
optimizerG = optim.Adam(netG.parameters(), lr=1e-2, betas=(0.5, 0.9))


def calc_gradient_penalty(real_data, fake_data):
    alpha = torch.rand(real_data.size(0), 1).expand(real_data.size())
    interpolates = alpha * real_data + (1 - alpha) * fake_data
    interpolates.requires_grad_(True)
    disc = netD(interpolates)
    gradients = autograd.grad(
        outputs=disc,
        inputs=interpolates,
        grad_outputs=torch.ones(disc.size()),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean() * 0.1


losses = []
for _ in range(20):
    real = torch.randn(16, 2) + 2
    for p in netD.parameters():
        p.requires_grad = True
    netD.zero_grad()
    with torch.no_grad():
        fake = netG(torch.randn(16, 2))
    D_cost = netD(fake).mean() - netD(real).mean() + calc_gradient_penalty(real, fake)
    D_cost.backward()
    optimizerD.step()
    for p in netD.parameters():
        p.requires_grad = False
    netG.zero_grad()
    G_cost = -netD(netG(torch.randn(16, 2))).mean()
    G_cost.backward()
    optimizerG.step()
    losses += [D_cost.item(), G_cost.item()]
