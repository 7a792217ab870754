"""REINFORCE on a bandit whose rewards depend on a context, with a baseline and an entropy bonus."""

import torch
from torch import nn, optim
from torch.nn import functional as F

torch.manual_seed(543)
true_rewards = torch.tensor([[1.0, 0.0, 0.2], [0.1, 0.9, 0.3]])


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(2, 16)
        self.action_head, self.value_head = nn.Linear(16, 3), nn.Linear(16, 1)

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=3e-2)
losses = []
for _ in range(20):
    context = torch.randint(0, 2, (32,))
    probs, value = policy(F.one_hot(context, 2).float())
    action = torch.multinomial(probs, 1)
    log_prob = probs.gather(1, action).squeeze(1).log()
    reward = true_rewards[context, action.squeeze(1)] + 0.1 * torch.randn(32)
    advantage = reward - value.squeeze(1).detach()
    entropy = -(probs * probs.log()).sum(1)
    policy_loss = -(log_prob * advantage + 0.01 * entropy)
    value_loss = F.smooth_l1_loss(value.squeeze(1), reward, reduction="none")
    loss = torch.stack([policy_loss, value_loss]).sum(0).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses += [loss.item(), reward.mean().item()]
