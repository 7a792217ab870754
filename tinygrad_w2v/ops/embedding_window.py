"""The mean of the table's rows around each token of a run: CBOW's hidden layer in one pass.

It is :func:`context_mean` of :func:`embedding`, without an array of the rows between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.windows import table_window_mean, window_spread
from tinygrad_w2v.ops.context_window import check_integers, context_spread, reaches_out
from tinygrad_w2v.ops.indexing import check_indices


def _embedding_window(
    weight: Array, tokens: Array, left: Array, right: Array, *, straight_through: float = 0.0
) -> Array:
    """Mean of the rows of the tokens around each one of a run, itself left out.

    Token i's context is ``tokens[i - left[i] : i]`` and ``tokens[i + 1 : i + 1 + right[i]]``.

    Parameters
    ----------
    weight : (V, D)
        The table. Its gradient is row-sparse.
    tokens : (T,) integers within 0 … V − 1
        The words of the run.
    left, right : (T,) integers
        How many tokens on either side belong to the context; within the run.
    straight_through
        From 0, the true gradient, to 1, that of the *sum*; see :func:`context_mean`.

    Returns
    -------
    (T, D)
        Zeros where the context is empty.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> W = np.array([[1.0], [2.0], [6.0]])
    >>> F = tg.nn.functional
    >>> F.embedding_window(W, [0, 1, 2, 1], left=[0, 1, 1, 1], right=[2, 1, 1, 0])
    array([[4. ],
           [3.5],
           [2. ],
           [6. ]])
    """
    tokens, left, right = np.asarray(tokens), np.asarray(left), np.asarray(right)
    shape = tokens.shape
    if weight.ndim != 2 or len(shape) != 1 or left.shape != shape or right.shape != shape:
        raise ValueError(
            f"embedding_window: weight {weight.shape}, tokens {shape}, left {left.shape}, right "
            f"{right.shape}: weight must be (V, D), tokens, left and right (T,)"
        )
    check_integers("embedding_window", left, right)
    mean = table_window_mean(weight, tokens, left, right) if tokens.dtype.kind in "iu" else None
    if mean is None:
        check_indices("embedding_window", "tokens", tokens, len(weight))
        raise reaches_out("embedding_window", left, right)
    return mean


def _rule(
    g: Any, shapes: Any, tokens: Array, left: Array, right: Array, straight_through: float
) -> RowSparse:
    left, right = np.asarray(left), np.asarray(right)
    if isinstance(g, np.ndarray):  # the windows are known to be right
        rows: Any = window_spread(g, left, right, 1.0 - straight_through)
    else:
        rows = context_spread(g, left, right, power=1.0 - straight_through)
    return RowSparse(tokens, rows, shapes.weight)


def _samples(rng: np.random.Generator) -> list[Sample]:
    weight = rng.normal(size=(4, 3))
    return [
        Sample(weight, np.array([3, 1, 1, 0]), np.array([0, 1, 2, 0]), np.array([1, 2, 0, 0])),
        Sample(weight, *np.zeros((3, 1), np.intp)),
    ]


embedding_window: Op = op(
    _embedding_window, names="F.embedding_window", weight=_rule, samples=_samples
)
