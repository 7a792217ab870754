"""HierarchicalSoftmaxLoss: a softmax as a path through a Huffman tree, in O(log V)."""

from __future__ import annotations

import heapq
from dataclasses import KW_ONLY, InitVar
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer, Size
from tinygrad_w2v.nn.negative_sampling import Counted
from tinygrad_w2v.nn.parameter import Buffer, new_parameter
from tinygrad_w2v.ops.loss import Reduction, reduce_losses
from tinygrad_w2v.validation import as_counts


def huffman_paths(counts: Array) -> tuple[Array, Array]:
    """Return each word's path from the root of its Huffman tree: nodes and turns, (V, L) each.

    Nodes are 0 … V − 2, and −1 after the path's end; turns are 1 for left, −1 for right and 0 after
    the end. Source: Huffman, "A method for the construction of minimum-redundancy codes", 1952.

    Examples
    --------
    >>> nodes, turns = huffman_paths(np.array([4, 2, 1]))
    >>> (turns != 0).sum(axis=1)  # the most frequent word has the shortest path
    array([1, 2, 2])
    """
    words = len(counts)
    heap = [(int(count), word) for word, count in enumerate(counts.tolist())]
    heapq.heapify(heap)
    parent = np.zeros(2 * words - 1, np.intp)
    turn = np.zeros(2 * words - 1, np.int8)
    for node in range(words, 2 * words - 1):
        (low, left), (high, right) = heapq.heappop(heap), heapq.heappop(heap)
        parent[left] = parent[right] = node
        turn[left], turn[right] = 1, -1
        heapq.heappush(heap, (low + high, node))
    root = 2 * words - 2
    here = np.arange(words)
    nodes, turns = [], []
    while (here != root).any():  # all words move up together, one level at a time
        below_root = here != root
        turns.append(np.where(below_root, turn[here], 0))
        here = np.where(below_root, parent[here], root)
        nodes.append(np.where(below_root, root - here, -1))
    lengths = np.sum(np.stack(turns) != 0, axis=0)
    # The paths are from leaf to root: reverse each, so that the root comes first.
    order = (lengths[:, None] - 1 - np.arange(len(turns))) % len(turns)
    return (
        np.take_along_axis(np.stack(nodes, axis=1), order, axis=1),
        np.take_along_axis(np.stack(turns, axis=1), order, axis=1),
    )


class HierarchicalSoftmaxLoss(Counted, Layer, declared=True):
    """Cross-entropy of a softmax whose classes are the leaves of a binary tree.

    Each inner node has a row of `weight` and decides between its children by logistic regression.
    The probabilities of all words sum to 1, and the cost is proportional to the path's length,
    not to V.

    Source: Morin and Bengio, "Hierarchical probabilistic neural network language model", 2005;
    Mikolov et al., arXiv 1310.4546, section 2.1.

    Parameters
    ----------
    embedding_dim
        Size of the input vectors.
    counts
        The number of occurrences of each word, or only the number of words. They determine the
        tree and are part of the state; the spec contains only their number.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.
    dtype
        Of the (V − 1, embedding_dim) table, which is initialized to zeros.

    Examples
    --------
    >>> loss = HierarchicalSoftmaxLoss(2, [4, 2, 1])
    >>> round(loss(np.ones((1, 2), np.float32), [0]).item(), 4)  # one decision, log 2
    0.6931
    """

    embedding_dim: Size
    counts: InitVar[npt.ArrayLike]
    _: KW_ONLY
    reduction: Reduction = "mean"
    dtype: InitVar[npt.DTypeLike] = np.float32

    def _initialize(self, counts: npt.ArrayLike, dtype: npt.DTypeLike) -> None:
        self.counts = Buffer(as_counts(counts))
        if len(self.counts) < 2:
            raise InputError("counts are of 1 word: a tree needs at least 2")
        self.weight = new_parameter((len(self.counts) - 1, self.embedding_dim), dtype, 0)

    def paths(self) -> tuple[Array, Array]:
        """Return the nodes and turns of all words; see :func:`huffman_paths`."""
        paths: tuple[Array, Array] = self._current()
        return paths

    def _derive(self) -> tuple[Array, Array]:
        return huffman_paths(self.counts._data)

    def forward(self, hidden: TensorLike, target: TensorLike) -> Any:
        """Return the loss of vectors (B, D) and target words (B,)."""
        nodes, turns = self.paths()
        words = np.asarray(target)
        if words.ndim != 1 or (words.size and not 0 <= words.min() <= words.max() < len(nodes)):
            raise InputError(
                f"target has shape {words.shape} and values up to {words.max(initial=0)}: it must "
                f"be (B,) words within 0 to {len(nodes) - 1}"
            )
        longest = int((turns[words] != 0).sum(axis=1).max(initial=1))
        path, path_turns = nodes[words, :longest], turns[words, :longest]
        vectors: Any = operand(hidden)
        rows = F.embedding(np.maximum(path, 0), self.weight)
        scores = np.vecdot(rows, np.expand_dims(vectors, 1))
        # −log σ(±score); after the path's end the turn of 0 would contribute log 2.
        decisions = F.softplus(scores * -path_turns.astype(vectors.dtype))
        losses = np.sum(decisions * (path_turns != 0), axis=1)
        return reduce_losses(losses, self.reduction)
