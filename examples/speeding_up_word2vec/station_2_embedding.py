"""Station 2: the Embedding layer reads rows instead of multiplying by one-hot vectors.

Forward, it reads rows of W. Backward, it adds the cotangents to those rows. When an index repeats,
assigning instead of adding loses a gradient; the gradient checker shows it. The layer computes the
same loss and gradient as the one-hot product, at a cost that does not grow with the vocabulary.

    python examples/speeding_up_word2vec/station_2_embedding.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
from measuring import figure, log_lines, parser, save
from station_1_two_bottlenecks import BATCH, CONTEXT, DIM, measure, one_hot_product

import tinygrad_w2v as tg
from tinygrad_w2v import nn
from tinygrad_w2v.testing import GradcheckError, gradcheck


def read_rows(weight: Any, *, ids: Any) -> Any:
    """Return the rows of W with the given indices."""
    return weight[ids]


def assigned(g: Any, shapes: Any, ids: Any) -> Any:
    """Write each cotangent to its row: of the rows read twice, one gradient is lost."""
    gradient = np.zeros(shapes.weight, g.dtype)
    gradient[ids] = g
    return gradient


def added(g: Any, shapes: Any, ids: Any) -> Any:
    """Add each cotangent to its row."""
    gradient = np.zeros(shapes.weight, g.dtype)
    np.add.at(gradient, ids, g)
    return gradient


def show_rows() -> None:
    """Print rows of a small table, forward and backward."""
    table = np.arange(21, dtype=np.float32).reshape(7, 3)
    ids = np.array([1, 0, 3, 0])
    print("W[2] =", table[2], "\nW[[1, 0, 3, 0]] =\n", table[ids])
    for name, rule in (("assigning", assigned), ("adding", added)):
        rows = tg.op(read_rows, name=f"rows_{name}", weight=rule)
        print(f"\nThe rule by {name}:")
        try:
            gradcheck(lambda weight, op=rows: op(weight, ids=ids), [table.astype(np.float64)])
        except GradcheckError as error:
            print(error)
        else:
            print("gradcheck passes")


def same_as_one_hot() -> tuple[float, float]:
    """Return the largest differences of output and gradient from the one-hot product."""
    rng = np.random.default_rng(0)
    layer = nn.Embedding(50, 8, rng=0)
    ids = rng.integers(0, 50, 30)
    cotangent = rng.standard_normal((30, 8), np.float32)
    by_rows, by_product = layer(ids), tg.Tensor(np.eye(50, dtype=np.float32)[ids]) @ layer.weight
    gradients = [tg.grad(out, layer.weight, cotangent)[0] for out in (by_rows, by_product)]
    row_sparse, dense = gradients[0].to_dense(), gradients[1].numpy()
    value = np.abs((by_rows - by_product).detach().numpy()).max()
    return float(value), float(np.abs(np.asarray(row_sparse) - dense).max())


def embedding(num_words: int, rng: np.random.Generator) -> Any:
    """Return a function that reads rows, forward and backward."""
    layer = nn.Embedding(num_words, DIM, rng=0)
    ids = rng.integers(0, num_words, BATCH * CONTEXT)
    cotangent = np.ones((BATCH * CONTEXT, DIM), np.float32)
    return lambda: tg.grad(layer(ids), layer.weight, cotangent)


def main() -> None:
    """Show the rules, compare with the one-hot product, measure and draw."""
    options = parser(__doc__).parse_args()
    show_rows()
    value, gradient = same_as_one_hot()
    print(f"\nlargest difference from the one-hot product: {value:.1g}, gradient {gradient:.1g}")
    parts: Any = {"one-hot × W_in": one_hot_product, "Embedding": embedding}
    time, memory = measure(parts, options.short, "one-hot × W_in")
    product, rows = time.values()
    print(f"at {max(product):,} words: {product[max(product)] / rows[max(product)]:,.0f} × faster")
    drawn, (left, right) = figure(2)
    log_lines(left, "time of a batch, ms", time)
    log_lines(right, "memory of a batch, MB", memory)
    save(drawn, options.pictures, "embedding.svg")


if __name__ == "__main__":
    main()
