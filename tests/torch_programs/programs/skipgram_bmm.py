"""Skip-gram with negative sampling, scores by batched matrix products."""

import torch
from torch import nn

VOCAB, DIM, BATCH, NEGATIVES = 20, 8, 16, 5


class SkipGramNeg(nn.Module):
    def __init__(self, n_vocab, n_embed):
        super().__init__()
        self.in_embed = nn.Embedding(n_vocab, n_embed)
        self.out_embed = nn.Embedding(n_vocab, n_embed)
        self.in_embed.weight.data.uniform_(-1, 1)
        self.out_embed.weight.data.uniform_(-1, 1)
        self.noise_dist = torch.ones(n_vocab) ** 0.75

    def forward_noise(self, batch_size, n_samples):
        noise_words = torch.multinomial(self.noise_dist, batch_size * n_samples, replacement=True)
        return self.out_embed(noise_words).view(batch_size, n_samples, -1)


class NegativeSamplingLoss(nn.Module):
    def forward(self, input_vectors, output_vectors, noise_vectors):
        batch_size, embed_size = input_vectors.shape
        input_vectors = input_vectors.view(batch_size, embed_size, 1)
        output_vectors = output_vectors.view(batch_size, 1, embed_size)
        out_loss = torch.bmm(output_vectors, input_vectors).sigmoid().log().squeeze()
        noise_loss = torch.bmm(noise_vectors.neg(), input_vectors).sigmoid().log()
        noise_loss = noise_loss.squeeze().sum(1)
        return -(out_loss + noise_loss).mean()


torch.manual_seed(0)
inputs, targets = torch.randint(VOCAB, (BATCH,)), torch.randint(VOCAB, (BATCH,))
model = SkipGramNeg(VOCAB, DIM)
criterion = NegativeSamplingLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(20):
    noise_vectors = model.forward_noise(BATCH, NEGATIVES)
    loss = criterion(model.in_embed(inputs), model.out_embed(targets), noise_vectors)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
