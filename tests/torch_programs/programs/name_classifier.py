"""Names classified letter by letter with a recurrent network of linear layers."""

import string

import torch
import torch.nn as nn

all_letters = string.ascii_lowercase
names = {"english": ["smith", "brown", "clark"], "italian": ["rossi", "ferrari", "bruno"]}
categories = list(names)


def line_to_tensor(line):
    tensor = torch.zeros(len(line), 1, len(all_letters))
    for li, letter in enumerate(line):
        tensor[li][0][all_letters.find(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = torch.tanh(self.i2h(combined))
        return self.softmax(self.i2o(combined)), hidden

    def init_hidden(self):
        return torch.zeros(1, self.hidden_size)


torch.manual_seed(0)
rnn = RNN(len(all_letters), 16, len(categories))
criterion = nn.NLLLoss()
losses = []
for step in range(20):
    category = step % 2
    line = line_to_tensor(names[categories[category]][step % 3])
    hidden = rnn.init_hidden()
    rnn.zero_grad()
    for i in range(line.size()[0]):
        output, hidden = rnn(line[i], hidden)
    loss = criterion(output, torch.tensor([category], dtype=torch.long))
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-0.05)
    losses.append(loss.item())
top_n, top_i = output.topk(1)
losses.append(top_i[0].item())
