"""Skip-gram with a hierarchical softmax over a Huffman tree."""

import heapq

import torch
import torch.nn as nn
import torch.nn.functional as F

frequencies = [12, 9, 7, 7, 4, 3, 2, 1]
heap = [(f, i, None) for i, f in enumerate(frequencies)]
heapq.heapify(heap)
inner = 0
while len(heap) > 1:
    left, right = heapq.heappop(heap), heapq.heappop(heap)
    heapq.heappush(heap, (left[0] + right[0], len(frequencies) + inner, (inner, left, right)))
    inner += 1
paths = {}


def walk(node, path):
    if node[2] is None:
        paths[node[1]] = path
        return
    number, left, right = node[2]
    walk(left, [*path, (number, 1.0)])
    walk(right, [*path, (number, -1.0)])


walk(heap[0], [])
longest = max(map(len, paths.values()))
nodes = torch.zeros(len(frequencies), longest, dtype=torch.long)
signs = torch.zeros(len(frequencies), longest)
for word, path in paths.items():
    for place, (number, sign) in enumerate(path):
        nodes[word, place], signs[word, place] = number, sign

torch.manual_seed(0)
words, tree = nn.Embedding(len(frequencies), 6), nn.Embedding(inner, 6)
optimizer = torch.optim.Adagrad([*words.parameters(), *tree.parameters()], lr=0.2)
losses = []
for _ in range(20):
    center = torch.randint(len(frequencies), (16,))
    context = (center + torch.randint(1, 3, (16,))) % len(frequencies)
    scores = torch.einsum("bd,bpd->bp", words(center), tree(nodes[context]))
    mask = signs[context] != 0
    log_p = F.logsigmoid(scores * signs[context]).masked_fill(~mask, 0.0)
    loss = -log_p.sum(1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
