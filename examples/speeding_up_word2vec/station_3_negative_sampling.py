"""Station 3: negative sampling asks "is it this word?" instead of "which word is it?".

The softmax compares a target with every word. Negative sampling scores the target and K random
words, and takes a sigmoid of each score. The loss is one op; its rule is derived here line by line
and then checked. The random words are drawn with probability count^0.75.

    python examples/speeding_up_word2vec/station_3_negative_sampling.py
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from measuring import figure, log_lines, parser, save, zipf_counts
from station_1_two_bottlenecks import measure, show

import tinygrad_w2v as tg
from tinygrad_w2v import models
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import opcheck

BATCH, CONTEXT, NEGATIVES = 64, 10, 5


def sampled_loss(h: Any, W: Any, *, words: Any) -> Any:
    """Return the mean of −log σ(s₀) − Σₖ log σ(−sₖ), with the scores sₖ = h · W[wordsₖ].

    `words` is (B, 1 + K): the target, then the negatives. Its loss is the sigmoid cross-entropy
    with the labels 1, 0, ..., 0: log(1 + exp(s)) − label · s.
    """
    scores = np.sum(h[:, None] * W[words], axis=2)  # the embedding dot
    return np.sum(np.logaddexp(0, scores) - labels(words) * scores) / len(h)


def labels(words: Any) -> Any:
    """Return True for the target and False for the negatives, (1 + K,)."""
    return np.arange(words.shape[1]) == 0


def sampled_loss_rule(g: Any, h: Any, W: Any, words: Any) -> tuple[Any, Any]:
    """Return the gradients of h and W.

    d/ds [log(1 + exp(s)) − label · s] = σ(s) − label. The score is h · W[word], so h gets this
    difference times W[word], and W[word] gets it times h, added where a word repeats.
    """
    difference = 1 / (1 + np.exp(-np.sum(h[:, None] * W[words], axis=2))) - labels(words)
    difference = g * difference / len(h)
    grad_h = np.sum(difference[:, :, None] * W[words], axis=1)
    rows = difference[:, :, None] * h[:, None]
    return grad_h, tg.RowSparse(words.ravel(), np.reshape(rows, (words.size, h.shape[1])), W.shape)


def check() -> None:
    """Check the rule, and compare the op with the one of the package."""
    words = np.array([[0, 2, 4], [1, 4, 4], [3, 0, 2]])
    rng = np.random.default_rng(0)
    h, W = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    samples = [tg.Sample(h, W, words=words)]
    own = tg.op(sampled_loss, name="sampled_loss", samples=lambda rng: samples, order=1)
    own.backward("h", "W")(sampled_loss_rule)
    print(opcheck(own))
    loss = own(h, W, words=words)
    theirs = F.negative_sampling(h, W, words[:, 0], words[:, 1:])
    print(f"this op: {loss:.12f}\nnn.functional.negative_sampling: {theirs:.12f}")


def step(loss: str, num_words: int, rng: np.random.Generator) -> Any:
    """Return a function that computes loss and gradients of a batch."""
    model = models.CBOW(
        zipf_counts(num_words), loss=loss.replace(" ", "_"), negative=NEGATIVES, rng=0
    )
    contexts = rng.integers(0, num_words, (BATCH, CONTEXT))
    targets = rng.integers(0, num_words, BATCH)
    return lambda: tg.grad(model(contexts, targets), list(model.parameters()))


def main() -> None:
    """Check the rule, measure the cost, and draw the sampler and the cost."""
    options = parser(__doc__).parse_args()
    check()
    parts = {name: partial(step, name) for name in ("softmax", "negative sampling")}
    cost, _ = measure(parts, options.short, "softmax")
    show(f"milliseconds of a batch of {BATCH} targets", cost)
    drawn, (left, right) = figure(2)
    counts = zipf_counts(10_000)
    for power, colour in ((1.0, "#777777"), (0.75, "#0072B2"), (0.0, "#E69F00")):
        share = counts**power / (counts**power).sum()
        left.plot(np.arange(1, len(counts) + 1), share, color=colour, label=f"count^{power:g}")
    left.set(xscale="log", yscale="log", xlabel="rank", title="probability of a negative")
    left.legend(frameon=False)
    log_lines(right, f"time of {BATCH} targets, ms", cost)
    save(drawn, options.pictures, "negative_sampling.svg")


if __name__ == "__main__":
    main()
