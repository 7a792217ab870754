"""Station 1: where a simple CBOW gets slow.

The simple CBOW multiplies one-hot vectors by W_in, the mean by W_out, and takes a softmax over the
vocabulary. This script measures time and memory of each part, forward and backward, against the
size of the vocabulary. All of them grow in proportion to it.

    python examples/speeding_up_word2vec/station_1_two_bottlenecks.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from measuring import figure, log_lines, parser, peak_bytes, save, seconds, table

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F

DIM, BATCH, CONTEXT = 100, 10, 10
LARGEST_SLOW = 100_000  # above it, the one-hot vectors of one batch take over 400 MB


def one_hot_product(num_words: int, rng: np.random.Generator) -> Callable[[], object]:
    """Return a function that multiplies one-hot vectors by W_in, forward and backward."""
    weight = tg.Tensor(rng.standard_normal((num_words, DIM), np.float32), requires_grad=True)
    ids = rng.integers(0, num_words, BATCH * CONTEXT)
    cotangent = np.ones((BATCH * CONTEXT, DIM), np.float32)

    def run() -> object:
        one_hot = np.zeros((len(ids), num_words), np.float32)
        one_hot[np.arange(len(ids)), ids] = 1
        return tg.grad(tg.Tensor(one_hot) @ weight, weight, cotangent)

    return run


def output_product(num_words: int, rng: np.random.Generator) -> Callable[[], object]:
    """Return a function that multiplies hidden vectors by W_out, forward and backward."""
    weight = tg.Tensor(rng.standard_normal((DIM, num_words), np.float32), requires_grad=True)
    hidden = tg.Tensor(rng.standard_normal((BATCH, DIM), np.float32), requires_grad=True)
    cotangent = np.ones((BATCH, num_words), np.float32)
    return lambda: tg.grad(hidden @ weight, [hidden, weight], cotangent)


def softmax(num_words: int, rng: np.random.Generator) -> Callable[[], object]:
    """Return a function that computes softmax and cross-entropy, forward and backward."""
    scores = tg.Tensor(rng.standard_normal((BATCH, num_words), np.float32), requires_grad=True)
    targets = rng.integers(0, num_words, BATCH)
    return lambda: tg.grad(F.cross_entropy(scores, targets), scores)


Part: TypeAlias = Callable[[int, np.random.Generator], Callable[[], object]]
PARTS: dict[str, Part] = {
    "one-hot × W_in": one_hot_product,
    "hidden × W_out": output_product,
    "softmax and loss": softmax,
}


def measure(parts: dict[str, Part], is_short: bool, slow: str) -> list[dict[str, dict[int, float]]]:
    """Return milliseconds and megabytes of each part by vocabulary; `slow` up to 100,000 words."""
    time: dict[str, dict[int, float]] = {name: {} for name in parts}
    memory: dict[str, dict[int, float]] = {name: {} for name in parts}
    rng = np.random.default_rng(0)
    for size in [10**n for n in range(2, 5 if is_short else 7)]:
        for name, part in parts.items():
            if name == slow and size > LARGEST_SLOW:
                continue
            run = part(size, rng)
            time[name][size] = seconds(run) * 1e3
            memory[name][size] = peak_bytes(run) / 1e6
    return [time, memory]


def show(title: str, values: dict[str, dict[int, float]]) -> None:
    """Print a table of parts by vocabulary."""
    sizes = max(values.values(), key=len)
    rows = [[n, *(f"{of[s]:,.2f}" if s in of else "" for s in sizes)] for n, of in values.items()]
    print(f"\n{title}:\n")
    table(["", *(f"{size:,}" for size in sizes)], rows)


def main() -> None:
    """Measure, print the tables and draw the picture."""
    options = parser(__doc__).parse_args()
    time, memory = measure(PARTS, options.short, "one-hot × W_in")
    show(f"milliseconds of a batch of {BATCH} targets with {CONTEXT} context words each", time)
    show("megabytes", memory)
    drawn, (left, right) = figure(2)
    log_lines(left, "time of a batch, ms", time)
    log_lines(right, "memory of a batch, MB", memory)
    save(drawn, options.pictures, "two_bottlenecks.svg")


if __name__ == "__main__":
    main()
