"""CBOW: the mean of the context's embeddings predicts the word between."""

import torch
from torch import nn

raw_text = """we are about to study the idea of a computational process computational processes are
abstract beings that inhabit computers as they evolve processes manipulate other things""".split()
vocab = sorted(set(raw_text))
word_to_ix = {word: i for i, word in enumerate(vocab)}
contexts, targets = [], []
for i in range(2, len(raw_text) - 2):
    around = raw_text[i - 2 : i] + raw_text[i + 1 : i + 3]
    contexts.append([word_to_ix[w] for w in around])
    targets.append(word_to_ix[raw_text[i]])
contexts, targets = torch.LongTensor(contexts), torch.LongTensor(targets)


class CBOW(nn.Module):
    def __init__(self, vocab_size, embedding_dim):
        super().__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim, max_norm=1)
        self.linear = nn.Linear(embedding_dim, vocab_size)

    def forward(self, inputs):
        return self.linear(self.embeddings(inputs).mean(dim=1))


torch.manual_seed(0)
model = CBOW(len(vocab), 10)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: (20 - epoch) / 20)
criterion = nn.CrossEntropyLoss()
losses = []
for _ in range(20):
    optimizer.zero_grad()
    loss = criterion(model(contexts), targets)
    loss.backward()
    optimizer.step()
    lr_scheduler.step()
    losses.append(loss.item())
embeddings = list(model.parameters())[0].cpu().detach().numpy()
losses.append(float((embeddings**2).sum()))
