"""The Numba forms of the hot routines. Imported by ``set_backend("numba")`` only.

Each has the name, the arguments and, to rounding, the results of its NumPy form. They release
the interpreter's lock, so threads run them side by side, and are compiled once for all
processes (``cache=True``). Products of matrices stay with BLAS, three times as fast as loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_w2v.kernels.compiled.row_update import add_to_rows, descend_rows
from tinygrad_w2v.kernels.compiled.rows import take_rows
from tinygrad_w2v.kernels.compiled.sampling import sampling_gradients, sampling_losses
from tinygrad_w2v.kernels.compiled.skip_gram import window_logistic, window_negatives
from tinygrad_w2v.kernels.compiled.windows import (
    first_outside,
    window_mean,
    window_spread,
    window_sum,
)

_FLOATS, _INTEGERS = "fd", "bhilqBHILQ"

FORMS: dict[str, tuple[Callable[..., Any], str]] = {
    "add_to_rows": (add_to_rows, _FLOATS),
    "descend_rows": (descend_rows, _FLOATS),
    "first_outside": (first_outside, _INTEGERS),
    "sampling_gradients": (sampling_gradients, "f"),
    "sampling_losses": (sampling_losses, "f"),
    "take_rows": (take_rows, _FLOATS),
    "window_logistic": (window_logistic, "f"),
    "window_mean": (window_mean, _FLOATS),
    "window_negatives": (window_negatives, "f"),
    "window_spread": (window_spread, _FLOATS),
    "window_sum": (window_sum, _FLOATS),
}
"""Each form, and the dtypes (NumPy's characters) of its first argument; others are NumPy's."""
