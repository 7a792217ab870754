"""Deep Q-learning on a corridor: replay memory, a target network, Huber loss."""

import random
from collections import deque, namedtuple

import torch
import torch.nn as nn
import torch.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))
LENGTH, GAMMA, TAU = 6, 0.9, 0.1


def one_hot(position):
    return torch.eye(LENGTH)[position].unsqueeze(0)


class DQN(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(LENGTH, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, x):
        return self.layers(x)


torch.manual_seed(0)
random.seed(0)
policy_net, target_net = DQN(), DQN()
target_net.load_state_dict(policy_net.state_dict())
optimizer = optim.AdamW(policy_net.parameters(), lr=0.01, amsgrad=True)
memory = deque([], maxlen=200)
criterion = nn.SmoothL1Loss()
position, losses = 2, []
for step in range(60):
    state = one_hot(position)
    if random.random() < 0.3:
        action = torch.tensor([[random.randrange(2)]], dtype=torch.long)
    else:
        with torch.no_grad():
            action = policy_net(state).max(1)[1].view(1, 1)
    position += 1 if action.item() else -1
    done = position in (0, LENGTH - 1)
    reward = torch.tensor([1.0 if position == LENGTH - 1 else -0.1])
    memory.append(Transition(state, action, None if done else one_hot(position), reward))
    position = 2 if done else position
    if len(memory) < 40:
        continue
    batch = Transition(*zip(*random.sample(list(memory), 16)))
    non_final_mask = torch.tensor([s is not None for s in batch.next_state], dtype=torch.bool)
    non_final_next = torch.cat([s for s in batch.next_state if s is not None])
    q = policy_net(torch.cat(batch.state)).gather(1, torch.cat(batch.action))
    next_values = torch.zeros(16)
    with torch.no_grad():
        next_values[non_final_mask] = target_net(non_final_next).max(1).values
    expected = next_values * GAMMA + torch.cat(batch.reward)
    loss = criterion(q, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    target_state, policy_state = target_net.state_dict(), policy_net.state_dict()
    for key in policy_state:
        target_state[key] = policy_state[key] * TAU + target_state[key] * (1 - TAU)
    target_net.load_state_dict(target_state)
    losses.append(loss.item())
