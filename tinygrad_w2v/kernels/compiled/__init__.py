"""The Numba forms of the hot routines. Imported by ``set_backend("numba")`` only.

Each has the name, the arguments and, to rounding, the results of its NumPy form. They release
the interpreter's lock, so threads run them side by side, and are compiled once for all
processes (``cache=True``). Products of matrices are left to BLAS, three times as fast as loops.
"""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.backend import Form
from tinygrad_w2v.kernels.compiled.alias import choose_alias
from tinygrad_w2v.kernels.compiled.row_update import add_to_rows, descend_rows
from tinygrad_w2v.kernels.compiled.rows import take_rows
from tinygrad_w2v.kernels.compiled.sampling import summed_sampling
from tinygrad_w2v.kernels.compiled.skip_gram import summed_skip_gram
from tinygrad_w2v.kernels.compiled.windows import (
    window_mean,
    window_mean_of,
    window_spread,
    window_sum,
)

_SINGLE, _DOUBLE = frozenset({np.dtype(np.float32)}), frozenset({np.dtype(np.float64)})
_FLOATS = _SINGLE | _DOUBLE

FORMS: dict[str, Form] = {
    "add_to_rows": Form(add_to_rows, _FLOATS, alike=(2,)),
    "choose_alias": Form(choose_alias, _DOUBLE, alike=(1,)),
    "descend_rows": Form(descend_rows, _FLOATS, alike=(2,)),
    "summed_skip_gram": Form(summed_skip_gram, _SINGLE, alike=(1,)),
    "summed_sampling": Form(summed_sampling, _SINGLE, alike=(1,)),
    "take_rows": Form(take_rows, _FLOATS),
    "window_mean": Form(window_mean, _FLOATS),
    "window_mean_of": Form(window_mean_of, _FLOATS),
    "window_spread": Form(window_spread, _FLOATS),
    "window_sum": Form(window_sum, _FLOATS),
}
"""By the routine's name."""
