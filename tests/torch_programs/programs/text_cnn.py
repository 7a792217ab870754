"""TextCNN: convolutions of several widths over embeddings, maximum over time."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class TextCNN(nn.Module):
    def __init__(self, vocab_size, embedding_size, filter_sizes, num_filters, num_classes):
        super().__init__()
        self.W = nn.Embedding(vocab_size, embedding_size)
        self.convs = nn.ModuleList(
            [nn.Conv2d(1, num_filters, (size, embedding_size)) for size in filter_sizes]
        )
        self.dropout = nn.Dropout(0.0)
        self.fc = nn.Linear(len(filter_sizes) * num_filters, num_classes)

    def forward(self, X):
        embedded = self.W(X).unsqueeze(1)
        conved = [F.relu(conv(embedded)).squeeze(3) for conv in self.convs]
        pooled = [F.max_pool1d(c, c.size(2)).squeeze(2) for c in conved]
        return self.fc(self.dropout(torch.cat(pooled, dim=1)))


sentences = ["i love you", "he loves me", "she likes baseball", "i hate you", "sorry for that"]
labels = [1, 1, 1, 0, 0]
word_list = sorted(set(" ".join(sentences).split()))
word_dict = {w: i for i, w in enumerate(word_list)}
inputs = torch.LongTensor([[word_dict[n] for n in sen.split()] for sen in sentences])
targets = torch.LongTensor(labels)

torch.manual_seed(0)
model = TextCNN(len(word_dict), 4, [2, 2, 3], 3, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(20):
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
predict = model(inputs).data.max(1, keepdim=True)[1]
losses.append(predict.sum().item())
