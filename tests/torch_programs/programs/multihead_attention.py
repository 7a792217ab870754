"""A transformer decoder layer by hand: nn.MultiheadAttention with masks, then generation."""

import torch
from torch import nn

torch.manual_seed(0)
VOCAB, WIDTH, LENGTH = 10, 12, 7


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCAB, WIDTH)
        self.positions = nn.Parameter(0.1 * torch.randn(LENGTH, WIDTH))
        self.attention = nn.MultiheadAttention(WIDTH, num_heads=3, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.feed = nn.Sequential(nn.Linear(WIDTH, 24), nn.GELU(), nn.Linear(24, WIDTH))
        self.head = nn.Linear(WIDTH, VOCAB)

    def forward(self, x):
        n = x.size(1)
        mask = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)
        h = self.tokens(x) + self.positions[:n]
        attended, weights = self.attention(h, h, h, attn_mask=mask, need_weights=True)
        h = self.norm1(h + attended)
        return self.head(self.norm2(h + self.feed(h))), weights


data = torch.stack([(torch.arange(LENGTH + 1) * k + 1) % VOCAB for k in range(1, 6)])
model = Decoder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
losses = []
for _ in range(20):
    logits, weights = model(data[:, :-1])
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), data[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses += [loss.item(), weights[0, -1].max().item()]
with torch.inference_mode():
    x = data[:1, :2]
    for _ in range(4):
        x = torch.cat([x, model(x)[0][:, -1].argmax(-1, keepdim=True)], dim=1)
losses += x[0].tolist()
