"""A BiLSTM with a conditional random field: the forward algorithm and Viterbi decoding."""

import torch
import torch.nn as nn
import torch.optim as optim

START_TAG, STOP_TAG, EMBEDDING_DIM, HIDDEN_DIM = "<START>", "<STOP>", 5, 4


def argmax(vec):
    _, idx = torch.max(vec, 1)
    return idx.item()


def log_sum_exp(vec):
    max_score = vec[0, argmax(vec)]
    max_score_broadcast = max_score.view(1, -1).expand(1, vec.size()[1])
    return max_score + torch.log(torch.sum(torch.exp(vec - max_score_broadcast)))


class BiLSTM_CRF(nn.Module):
    def __init__(self, vocab_size, tag_to_ix):
        super().__init__()
        self.tag_to_ix, self.tagset_size = tag_to_ix, len(tag_to_ix)
        self.word_embeds = nn.Embedding(vocab_size, EMBEDDING_DIM)
        self.lstm = nn.LSTM(EMBEDDING_DIM, HIDDEN_DIM // 2, num_layers=1, bidirectional=True)
        self.hidden2tag = nn.Linear(HIDDEN_DIM, self.tagset_size)
        self.transitions = nn.Parameter(torch.randn(self.tagset_size, self.tagset_size))
        self.transitions.data[tag_to_ix[START_TAG], :] = -10000
        self.transitions.data[:, tag_to_ix[STOP_TAG]] = -10000

    def _forward_alg(self, feats):
        forward_var = torch.full((1, self.tagset_size), -10000.0)
        forward_var[0][self.tag_to_ix[START_TAG]] = 0.0
        for feat in feats:
            alphas_t = []
            for next_tag in range(self.tagset_size):
                emit_score = feat[next_tag].view(1, -1).expand(1, self.tagset_size)
                next_tag_var = forward_var + self.transitions[next_tag].view(1, -1) + emit_score
                alphas_t.append(log_sum_exp(next_tag_var).view(1))
            forward_var = torch.cat(alphas_t).view(1, -1)
        return log_sum_exp(forward_var + self.transitions[self.tag_to_ix[STOP_TAG]])

    def _get_lstm_features(self, sentence):
        embeds = self.word_embeds(sentence).view(len(sentence), 1, -1)
        lstm_out, _ = self.lstm(embeds, (torch.zeros(2, 1, 2), torch.zeros(2, 1, 2)))
        return self.hidden2tag(lstm_out.view(len(sentence), HIDDEN_DIM))

    def _score_sentence(self, feats, tags):
        score = torch.zeros(1)
        tags = torch.cat([torch.tensor([self.tag_to_ix[START_TAG]], dtype=torch.long), tags])
        for i, feat in enumerate(feats):
            score = score + self.transitions[tags[i + 1], tags[i]] + feat[tags[i + 1]]
        return score + self.transitions[self.tag_to_ix[STOP_TAG], tags[-1]]

    def neg_log_likelihood(self, sentence, tags):
        feats = self._get_lstm_features(sentence)
        return self._forward_alg(feats) - self._score_sentence(feats, tags)

    def viterbi(self, sentence):
        scores = torch.full((1, self.tagset_size), -10000.0)
        scores[0][self.tag_to_ix[START_TAG]] = 0
        backpointers = []
        for feat in self._get_lstm_features(sentence):
            best, pointers = (scores + self.transitions).max(dim=1)
            backpointers.append(pointers.tolist())
            scores = (best + feat).view(1, -1)
        terminal = scores + self.transitions[self.tag_to_ix[STOP_TAG]]
        path = [argmax(terminal)]
        for pointers in reversed(backpointers):
            path.append(pointers[path[-1]])
        return terminal[0][path[0]], path[::-1]


torch.manual_seed(1)
tag_to_ix = {"B": 0, "I": 1, "O": 2, START_TAG: 3, STOP_TAG: 4}
sentence, tags = torch.tensor([0, 1, 2, 3, 1, 4]), torch.tensor([0, 1, 2, 2, 0, 1])
model = BiLSTM_CRF(5, tag_to_ix)
optimizer = optim.SGD(model.parameters(), lr=0.05, weight_decay=1e-4)
losses = []
for _ in range(20):
    model.zero_grad()
    loss = model.neg_log_likelihood(sentence, tags)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
with torch.no_grad():
    score, path = model.viterbi(sentence)
losses += [score.item(), *path]
