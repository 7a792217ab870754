"""Factorise a sparse matrix of ratings: two embeddings whose gradients hold the rows of a batch.

Run ``python examples/matrix_factorisation.py``. It prints the error on ratings that were held out,
and how much of the tables a step touches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v import nn, no_grad, optim

USERS, ITEMS, RANK = 2_000, 5_000, 8


class Factors(nn.Module):
    """The rating of an item by a user: the product of their vectors, plus a bias of each."""

    def __init__(self, *, rng: Any) -> None:
        super().__init__()
        self.users = nn.Embedding(USERS, RANK, scale=0.3, rng=rng)
        self.items = nn.Embedding(ITEMS, RANK, scale=0.3, rng=rng)
        self.user_bias = nn.Embedding(USERS, 1, scale=1e-3, rng=rng)
        self.item_bias = nn.Embedding(ITEMS, 1, scale=1e-3, rng=rng)

    def forward(self, users: Any, items: Any) -> Any:
        """Return the ratings (B,) of items (B,) by users (B,)."""
        products = (self.users(users) * self.items(items)).sum(axis=1)
        return products + self.user_bias(users)[:, 0] + self.item_bias(items)[:, 0]


def ratings(rng: np.random.Generator, count: int, noise: float = 0.1) -> Any:
    """Return users, items and their ratings, from hidden factors of rank 3."""
    left, right = rng.normal(size=(USERS, 3)), rng.normal(size=(ITEMS, 3))
    users, items = rng.integers(USERS, size=count), rng.integers(ITEMS, size=count)
    values = np.sum(left[users] * right[items], axis=1) + noise * rng.normal(size=count)
    return users, items, values.astype(np.float32)


def train(count: int = 200_000, epochs: int = 12, batch: int = 1000, seed: int = 0) -> list[float]:
    """Train; return the root of the mean squared error on held-out ratings after each epoch."""
    rng = np.random.default_rng(seed)
    users, items, values = ratings(rng, count)
    split = count // 10
    model = Factors(rng=rng)
    optimizer = optim.SparseAdam(model.parameters(), lr=0.02)
    errors = []
    for epoch in range(epochs):
        for rows in np.array_split(split + rng.permutation(count - split), count // batch):
            difference = model(users[rows], items[rows]) - values[rows]
            optimizer.zero_grad()
            (difference**2).mean().backward()
            optimizer.step()
        with no_grad():
            missed = model(users[:split], items[:split]).numpy() - values[:split]
        errors.append(float(np.sqrt(np.mean(missed**2))))
        print(f"epoch {epoch + 1}: error {errors[-1]:.3f}")
    print("the last gradient of the items:", model.items.weight.grad)
    return errors


if __name__ == "__main__":
    train()
