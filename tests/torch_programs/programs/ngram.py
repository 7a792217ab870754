"""An n-gram language model, as in the tutorial on word embeddings."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

CONTEXT_SIZE, EMBEDDING_DIM = 2, 10
words = """when forty winters shall besiege thy brow and dig deep trenches in thy beauty's field
thy youth's proud livery so gazed on now will be a totter'd weed of small worth held""".split()
ngrams = [([words[i - 1], words[i - 2]], words[i]) for i in range(CONTEXT_SIZE, len(words))]
word_to_ix = {word: i for i, word in enumerate(sorted(set(words)))}


class NGramLanguageModeler(nn.Module):
    def __init__(self, vocab_size, embedding_dim, context_size):
        super(NGramLanguageModeler, self).__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.linear1 = nn.Linear(context_size * embedding_dim, 32)
        self.linear2 = nn.Linear(32, vocab_size)

    def forward(self, inputs):
        embeds = self.embeddings(inputs).view((1, -1))
        out = F.relu(self.linear1(embeds))
        return F.log_softmax(self.linear2(out), dim=1)


torch.manual_seed(1)
losses = []
loss_function = nn.NLLLoss()
model = NGramLanguageModeler(len(word_to_ix), EMBEDDING_DIM, CONTEXT_SIZE)
optimizer = optim.SGD(model.parameters(), lr=0.01)
for _ in range(20):
    total_loss = 0
    for context, target in ngrams[:8]:
        context_idxs = torch.tensor([word_to_ix[w] for w in context], dtype=torch.long)
        model.zero_grad()
        log_probs = model(context_idxs)
        loss = loss_function(log_probs, torch.tensor([word_to_ix[target]], dtype=torch.long))
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    losses.append(total_loss)
losses.append(model.embeddings.weight[word_to_ix["thy"]].sum().item())
