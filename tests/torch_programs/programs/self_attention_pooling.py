"""Sentence classification by a BiLSTM with attention over its outputs."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class BiLSTM_Attention(nn.Module):
    def __init__(self, vocab_size, embedding_dim, n_hidden, num_classes):
        super().__init__()
        self.n_hidden = n_hidden
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, n_hidden, bidirectional=True)
        self.out = nn.Linear(n_hidden * 2, num_classes)

    def attention_net(self, lstm_output, final_state):
        hidden = final_state.view(-1, self.n_hidden * 2, 1)
        attn_weights = torch.bmm(lstm_output, hidden).squeeze(2)
        soft_attn_weights = F.softmax(attn_weights, 1)
        context = torch.bmm(lstm_output.transpose(1, 2), soft_attn_weights.unsqueeze(2)).squeeze(2)
        return context, soft_attn_weights.data.numpy()

    def forward(self, X):
        input = self.embedding(X).permute(1, 0, 2)
        hidden_state = torch.zeros(1 * 2, len(X), self.n_hidden)
        cell_state = torch.zeros(1 * 2, len(X), self.n_hidden)
        output, (final_hidden_state, _) = self.lstm(input, (hidden_state, cell_state))
        attn_output, attention = self.attention_net(output.permute(1, 0, 2), final_hidden_state)
        return self.out(attn_output), attention


torch.manual_seed(0)
inputs, targets = torch.randint(0, 16, (6, 3)), torch.tensor([1, 1, 1, 0, 0, 0])
model = BiLSTM_Attention(16, 4, 6, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(20):
    optimizer.zero_grad()
    output, attention = model(inputs)
    loss = criterion(output, targets)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
losses.append(float(attention[:, 0].sum()))
