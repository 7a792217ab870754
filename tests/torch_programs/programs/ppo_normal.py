"""Clipped policy optimization with Normal actions; the rollout is lists of tensors of one value."""

import torch
from torch import nn, optim
from torch.distributions import Normal


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 24)
        self.mu, self.std, self.value = nn.Linear(24, 1), nn.Linear(24, 1), nn.Linear(24, 1)

    def policy(self, x):
        x = torch.relu(self.hidden(x))
        return Normal(2.0 * torch.tanh(self.mu(x)), nn.functional.softplus(self.std(x)) + 0.05)

    def v(self, x):
        return self.value(torch.relu(self.hidden(x)))


def dynamics(s, a):
    position, speed = s
    speed = 0.9 * speed + 0.1 * a
    return [position + 0.1 * speed, speed]


torch.manual_seed(5)
agent = Agent()
optimizer = optim.Adam(agent.parameters(), lr=0.005)
losses = []
state = [1.0, 0.0]
for _ in range(7):
    states, actions, rewards, following, log_probs = [], [], [], [], []
    for _ in range(16):
        with torch.no_grad():
            dist = agent.policy(torch.tensor(state))
            a = dist.sample()
        after = dynamics(state, a.item())
        states.append(state)
        actions.append([a])  # a tensor of shape (1,) in a list is a number
        rewards.append([-abs(after[0])])
        following.append(after)
        log_probs.append([dist.log_prob(a)])
        state = after
    s, s_next = torch.tensor(states), torch.tensor(following)
    a, r, old = torch.tensor(actions), torch.tensor(rewards), torch.tensor(log_probs)
    assert a.shape == r.shape == old.shape == (16, 1)
    for _ in range(3):
        with torch.no_grad():
            target = r + 0.95 * agent.v(s_next)
            delta = (target - agent.v(s)).numpy()
        advantage, found = 0.0, []
        for d in delta[::-1]:
            advantage = 0.95 * 0.9 * advantage + d[0]
            found.append([advantage])
        found.reverse()
        advantage = torch.tensor(found, dtype=torch.float)
        ratio = torch.exp(agent.policy(s).log_prob(a) - old)
        clipped = torch.clamp(ratio, 0.8, 1.2) * advantage
        loss = -torch.min(ratio * advantage, clipped)
        loss = loss + nn.functional.smooth_l1_loss(agent.v(s), target)
        optimizer.zero_grad()
        loss.mean().backward()
        nn.utils.clip_grad_norm_(agent.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.mean().item())
