"""Sequence to sequence: a GRU encoder, and a decoder with attention and teacher forcing."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

SOS, MAX_LENGTH, HIDDEN, VOCAB = 0, 6, 12, 9


class EncoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size)

    def forward(self, input, hidden):
        embedded = self.embedding(input).view(1, 1, -1)
        return self.gru(embedded, hidden)


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size):
        super().__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attn = nn.Linear(hidden_size * 2, MAX_LENGTH)
        self.attn_combine = nn.Linear(hidden_size * 2, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, input, hidden, encoder_outputs):
        embedded = self.embedding(input).view(1, 1, -1)
        attn_weights = F.softmax(self.attn(torch.cat((embedded[0], hidden[0]), 1)), dim=1)
        attn_applied = torch.bmm(attn_weights.unsqueeze(0), encoder_outputs.unsqueeze(0))
        output = self.attn_combine(torch.cat((embedded[0], attn_applied[0]), 1)).unsqueeze(0)
        output, hidden = self.gru(F.relu(output), hidden)
        return F.log_softmax(self.out(output[0]), dim=1), hidden, attn_weights


torch.manual_seed(0)
random.seed(0)
encoder, decoder = EncoderRNN(VOCAB, HIDDEN), AttnDecoderRNN(HIDDEN, VOCAB)
encoder_optimizer = torch.optim.SGD(encoder.parameters(), lr=0.05)
decoder_optimizer = torch.optim.SGD(decoder.parameters(), lr=0.05)
criterion = nn.NLLLoss()
losses = []
for _ in range(20):
    source = torch.randint(2, VOCAB, (MAX_LENGTH, 1))
    target = source.flip(0)
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    hidden = torch.zeros(1, 1, HIDDEN)
    encoder_outputs = torch.zeros(MAX_LENGTH, HIDDEN)
    for ei in range(MAX_LENGTH):
        output, hidden = encoder(source[ei], hidden)
        encoder_outputs[ei] += output[0, 0]
    loss = 0
    decoder_input = torch.tensor([[SOS]])
    use_teacher_forcing = random.random() < 0.5
    for di in range(MAX_LENGTH):
        output, hidden, attention = decoder(decoder_input, hidden, encoder_outputs)
        loss += criterion(output, target[di])
        topv, topi = output.topk(1)
        decoder_input = target[di] if use_teacher_forcing else topi.squeeze().detach()
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    losses.append(loss.item() / MAX_LENGTH)
