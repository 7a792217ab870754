"""A transformer encoder with sinusoidal positions and a padding mask, pooled for classification."""

import math

import torch
from torch import Tensor, nn


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x + self.pe[: x.size(0)])


class Classifier(nn.Module):
    def __init__(self, ntoken, d_model, nhead, d_hid, nlayers, nclass):
        super().__init__()
        self.d_model = d_model
        self.embedding = nn.Embedding(ntoken, d_model)
        self.pos_encoder = PositionalEncoding(d_model, dropout=0.0)
        layers = nn.TransformerEncoderLayer(d_model, nhead, d_hid, dropout=0.0)
        self.encoder = nn.TransformerEncoder(layers, nlayers, enable_nested_tensor=False)
        self.linear = nn.Linear(d_model, nclass)

    def forward(self, src, mask):
        x = self.pos_encoder(self.embedding(src) * math.sqrt(self.d_model))
        x = self.encoder(x, src_key_padding_mask=mask)
        keep = (~mask).t().unsqueeze(-1).float()
        return self.linear((x * keep).sum(0) / keep.sum(0))


torch.manual_seed(0)
src = torch.randint(1, 15, (7, 8))
lengths = torch.tensor([7, 6, 5, 4, 3, 7, 6, 5])
mask = torch.arange(7)[None, :] >= lengths[:, None]
labels = (src[0] > 7).long()
model = Classifier(15, 16, 4, 32, 2, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5, gamma=0.9)
losses = []
for _ in range(20):
    output = model(src, mask)
    loss = criterion(output, labels)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
