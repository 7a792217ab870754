"""A VAE written with distributions: reparametrized samples, Bernoulli pixels and a divergence."""

import torch
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence


class VAE(nn.Module):
    def __init__(self, pixels=36, hidden=32, latent=4):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU())
        self.mean, self.log_var = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.decode = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels))
        self.register_buffer("zeros", torch.zeros(latent))

    def posterior(self, x):
        h = self.encode(x)
        return Independent(Normal(self.mean(h), (0.5 * self.log_var(h)).exp()), 1)

    @property
    def prior(self):
        return Independent(Normal(self.zeros, torch.ones_like(self.zeros)), 1)

    def likelihood(self, z):
        return Independent(Bernoulli(logits=self.decode(z)), 1)


torch.manual_seed(11)
stripes = (torch.arange(36).reshape(6, 6) % 2).float()
images = torch.stack([stripes, stripes.t(), 1 - stripes, torch.ones(6, 6)]).view(4, 36)
model = VAE()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
losses = []
for step in range(20):
    x = images[torch.randint(0, 4, (16,))]
    x = (x + Bernoulli(0.05).sample(x.shape)).clamp(max=1)
    posterior = model.posterior(x)
    z = posterior.rsample()
    divergence = kl_divergence(posterior, model.prior)
    bound = model.likelihood(z).log_prob(x) - min(1.0, step / 10) * divergence
    loss = -bound.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
generated = model.likelihood(model.prior.sample((5,))).mean
losses += [generated.sum().item(), Bernoulli(generated).entropy().mean().item()]
