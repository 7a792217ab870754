"""A mixture density network: the likelihood of a mixture of normal distributions."""

import math

import torch
from torch import nn

torch.manual_seed(0)
y = torch.rand(60, 1) * 2 - 1
x = torch.sin(4 * y) + 0.5 * y + 0.1 * torch.randn(60, 1)


class MDN(nn.Module):
    def __init__(self, n_hidden, n_gaussians):
        super().__init__()
        self.z_h = nn.Sequential(nn.Linear(1, n_hidden), nn.Tanh())
        self.z_pi = nn.Linear(n_hidden, n_gaussians)
        self.z_sigma = nn.Linear(n_hidden, n_gaussians)
        self.z_mu = nn.Linear(n_hidden, n_gaussians)

    def forward(self, x):
        z_h = self.z_h(x)
        pi = nn.functional.softmax(self.z_pi(z_h), -1)
        return pi, torch.exp(self.z_sigma(z_h)), self.z_mu(z_h)


def mdn_loss(pi, sigma, mu, target):
    log_prob = -0.5 * ((target.expand_as(mu) - mu) / sigma) ** 2
    log_prob = log_prob - torch.log(sigma) - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(torch.log(pi) + log_prob, dim=1).mean()


network = MDN(n_hidden=12, n_gaussians=3)
optimizer = torch.optim.RAdam(network.parameters(), lr=0.02)
losses = []
for _ in range(20):
    loss = mdn_loss(*network(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
pi, sigma, mu = network(x)
k = torch.multinomial(pi, 1).view(-1)
indices = (torch.arange(len(x)), k)
samples = mu[indices] + torch.randn(len(x)) * sigma[indices]
losses.append(samples.mean().item())
