"""Skip-gram with two tensors, the update written under no_grad with index_add_."""

import torch

VOCAB, DIM = 15, 6
torch.manual_seed(0)
inside = ((torch.rand(VOCAB, DIM) - 0.5) / DIM).requires_grad_()
outside = torch.zeros(VOCAB, DIM, requires_grad=True)
losses = []
lr = 0.5
for _ in range(20):
    centers, contexts = torch.randint(VOCAB, (8,)), torch.randint(VOCAB, (8,))
    negatives = torch.randint(VOCAB, (8, 4))
    h = inside[centers]
    positive = torch.sigmoid((h * outside[contexts]).sum(-1))
    negative = torch.sigmoid(-(outside[negatives] * h[:, None]).sum(-1))
    loss = -(positive.log().sum() + negative.log().sum())
    losses.append(loss.item())
    loss.backward()
    with torch.no_grad():
        for w in (inside, outside):
            w -= lr * w.grad
            w.grad = None

# One more step by hand.
with torch.no_grad():
    v, u = inside[centers], outside[contexts]
    g = (torch.sigmoid((v * u).sum(-1)) - 1).unsqueeze(1)
    inside.index_add_(0, centers, -lr * g * u)
    outside.index_add_(0, contexts, -lr * g * v)
losses += [inside.sum().item(), outside.pow(2).sum().item()]
