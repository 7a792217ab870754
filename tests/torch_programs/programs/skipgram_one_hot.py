"""Skip-gram with one-hot vectors, two weight matrices and a softmax."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

sentences = ["apple banana fruit", "banana orange fruit", "dog cat animal", "cat monkey animal"]
word_sequence = " ".join(sentences).split()
word_list = sorted(set(word_sequence))
word_dict = {w: i for i, w in enumerate(word_list)}
voc_size, embedding_size, batch_size = len(word_list), 2, 4
skip_grams = []
for i in range(1, len(word_sequence) - 1):
    target = word_dict[word_sequence[i]]
    for w in (word_sequence[i - 1], word_sequence[i + 1]):
        skip_grams.append([target, word_dict[w]])


def random_batch():
    chosen = np.random.choice(range(len(skip_grams)), batch_size, replace=False)
    inputs = [np.eye(voc_size)[skip_grams[i][0]] for i in chosen]
    return inputs, [skip_grams[i][1] for i in chosen]


class Word2Vec(nn.Module):
    def __init__(self):
        super(Word2Vec, self).__init__()
        self.W = nn.Linear(voc_size, embedding_size, bias=False)
        self.WT = nn.Linear(embedding_size, voc_size, bias=False)

    def forward(self, X):
        return self.WT(self.W(X))


torch.manual_seed(0)
np.random.seed(0)
model = Word2Vec()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.01)
losses = []
for _ in range(20):
    input_batch, target_batch = random_batch()
    input_batch = torch.Tensor(np.array(input_batch))
    target_batch = torch.LongTensor(target_batch)
    optimizer.zero_grad()
    loss = criterion(model(input_batch), target_batch)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
W, WT = model.parameters()
losses += [W[0][i].item() for i in range(3)]
