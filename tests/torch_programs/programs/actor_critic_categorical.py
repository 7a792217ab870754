"""Actor-critic on a corridor: actions sampled from Categorical, returns computed backwards."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical


class Corridor:
    def __init__(self, length=6):
        self.length = length

    def reset(self):
        self.position, self.steps = 0, 0
        return self.observe()

    def observe(self):
        return [self.position / self.length, self.steps / 20]

    def step(self, action):
        self.position = max(0, self.position + (1 if action == 1 else -1))
        self.steps += 1
        arrived = self.position == self.length
        return self.observe(), (1.0 if arrived else -0.05), arrived or self.steps == 20


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 16)
        self.actor, self.critic = nn.Linear(16, 2), nn.Linear(16, 1)
        self.saved, self.rewards = [], []

    def forward(self, x):
        x = torch.tanh(self.body(x))
        return Categorical(logits=self.actor(x)), self.critic(x)

    def act(self, state):
        policy, value = self(torch.tensor(state))
        action = policy.sample()
        self.saved.append((policy.log_prob(action), value, policy.entropy()))
        return action.item()


torch.manual_seed(1)
model, env = ActorCritic(), Corridor()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(20):
    state, done = env.reset(), False
    while not done:
        state, reward, done = env.step(model.act(state))
        model.rewards.append(reward)
    total, returns = 0.0, []
    for reward in model.rewards[::-1]:
        total = reward + 0.97 * total
        returns.insert(0, total)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + 1e-6)
    policy_losses, value_losses = [], []
    for (log_prob, value, entropy), target in zip(model.saved, returns):
        advantage = target - value.item()
        policy_losses.append(-log_prob * advantage - 0.01 * entropy)
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([target])))
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    del model.saved[:], model.rewards[:]
