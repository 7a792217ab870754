"""Find the communities of a graph: random walks are the text, and nodes are the words.

Run ``python examples/node2vec.py``. Source: Grover and Leskovec 2016, "node2vec: scalable feature
learning for networks", arXiv 1607.00653, here with p = q = 1. It prints the neighbours of some
nodes and the share of nodes whose nearest neighbour is in the same community.
"""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.word2vec import Corpus, KeyedVectors, Settings, Word2Vec


def communities(
    rng: np.random.Generator, groups: int = 8, size: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Return the adjacency matrix of a graph with dense groups, and the group of each node."""
    group = np.repeat(np.arange(groups), size)
    chance = np.where(group[:, None] == group, 0.25, 0.01)
    upper = np.triu(rng.random(chance.shape) < chance, 1)
    return upper | upper.T, group


def walks(
    edges: np.ndarray, rng: np.random.Generator, each: int = 20, length: int = 30
) -> list[list[str]]:
    """Return random walks, `each` from every node, as sentences of node names."""
    neighbours = [np.flatnonzero(row) for row in edges]
    found = []
    for start in np.tile(np.arange(len(edges)), each):
        walk = [start]
        while len(walk) < length and len(neighbours[walk[-1]]):
            walk.append(rng.choice(neighbours[walk[-1]]))
        found.append([f"node{node}" for node in walk])
    return found


def train(seed: int = 0, each: int = 20) -> tuple[KeyedVectors, float]:
    """Return vectors of the nodes, and the share with a nearest neighbour in their community."""
    rng = np.random.default_rng(seed)
    edges, group = communities(rng)
    corpus = Corpus.from_sentences(walks(edges, rng, each))
    settings = Settings(model="skipgram", dim=32, sample=0, lr=0.05, epochs=5)
    job = Word2Vec(corpus, settings)
    job.fit()
    vectors = job.vectors()
    nearest = [vectors.most_similar(f"node{n}", topn=1)[0][0] for n in range(len(group))]
    same = [group[int(name[4:])] == group[n] for n, name in enumerate(nearest)]
    return vectors, float(np.mean(same))


def main() -> None:
    """Train and print neighbours."""
    vectors, share = train()
    for node in ("node0", "node100", "node200"):
        print(f"{node}: {', '.join(name for name, _ in vectors.most_similar(node, topn=5))}")
    print(f"nearest neighbour in the same community: {share:.1%}")


if __name__ == "__main__":
    main()
