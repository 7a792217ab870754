"""A masked language model: embeddings of tokens, positions and segments, two encoder layers."""

import torch
import torch.nn as nn

VOCAB, LENGTH, WIDTH, MASK = 20, 10, 16, 1


class BERT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok_embed = nn.Embedding(VOCAB, WIDTH, padding_idx=0)
        self.pos_embed = nn.Embedding(LENGTH, WIDTH)
        self.seg_embed = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH)
        layer = nn.TransformerEncoderLayer(
            WIDTH, nhead=2, dim_feedforward=32, dropout=0.0, activation="gelu", batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.fc, self.activ = nn.Linear(WIDTH, WIDTH), nn.Tanh()
        self.classifier = nn.Linear(WIDTH, 2)
        self.decoder = nn.Linear(WIDTH, VOCAB, bias=False)
        self.decoder.weight = self.tok_embed.weight
        self.decoder_bias = nn.Parameter(torch.zeros(VOCAB))

    def forward(self, ids, segments, masked_pos):
        pos = torch.arange(ids.size(1), dtype=torch.long).unsqueeze(0).expand_as(ids)
        x = self.norm(self.tok_embed(ids) + self.pos_embed(pos) + self.seg_embed(segments))
        output = self.layers(x, src_key_padding_mask=ids.eq(0))
        logits_clsf = self.classifier(self.activ(self.fc(output[:, 0])))
        where = masked_pos[:, :, None].expand(-1, -1, output.size(-1))
        h_masked = torch.gather(output, 1, where)
        return self.decoder(h_masked) + self.decoder_bias, logits_clsf


torch.manual_seed(0)
ids = torch.randint(2, VOCAB, (6, LENGTH))
ids[:, -2:] = 0
segments = (torch.arange(LENGTH) > 4).long().repeat(6, 1)
masked_pos = torch.stack([torch.randperm(LENGTH - 2)[:2] for _ in range(6)])
masked_tokens = ids.gather(1, masked_pos)
inputs = ids.scatter(1, masked_pos, MASK)
is_next = torch.randint(0, 2, (6,))
model = BERT()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
losses = []
for _ in range(20):
    optimizer.zero_grad()
    logits_lm, logits_clsf = model(inputs, segments, masked_pos)
    loss_lm = criterion(logits_lm.transpose(1, 2), masked_tokens)
    loss = (loss_lm.float()).mean() + criterion(logits_clsf, is_next)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
