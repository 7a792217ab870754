"""The Numba implementations of the hot routines, imported by ``set_backend("numba")`` only.

What they must have in common with the NumPy ones is stated in :mod:`kernels.dispatch`. They
release the GIL, so that threads run them in parallel, and are compiled once for all processes
(``cache=True``). Matrix products are left to BLAS, which is three times as fast as loops.
"""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.compiled.alias import choose_alias
from tinygrad_w2v.kernels.compiled.negative_sampling import negative_sampling_with_gradients
from tinygrad_w2v.kernels.compiled.row_update import add_to_rows, sgd_step_rows
from tinygrad_w2v.kernels.compiled.rows import take_rows
from tinygrad_w2v.kernels.compiled.skip_gram import skip_gram_with_gradients
from tinygrad_w2v.kernels.compiled.windows import (
    table_window_mean,
    window_mean,
    window_spread,
    window_sum,
)
from tinygrad_w2v.kernels.dispatch import CompiledKernel

_SINGLE, _DOUBLE = frozenset({np.dtype(np.float32)}), frozenset({np.dtype(np.float64)})
_FLOATS = _SINGLE | _DOUBLE

KERNELS: dict[str, CompiledKernel] = {
    kernel.function.__name__: kernel
    for kernel in (
        CompiledKernel(add_to_rows, _FLOATS, same_dtype=(2,)),
        CompiledKernel(choose_alias, _DOUBLE, same_dtype=(1,)),
        CompiledKernel(negative_sampling_with_gradients, _SINGLE, same_dtype=(1,)),
        CompiledKernel(sgd_step_rows, _FLOATS, same_dtype=(2,)),
        CompiledKernel(skip_gram_with_gradients, _SINGLE, same_dtype=(1,)),
        CompiledKernel(table_window_mean, _FLOATS),
        CompiledKernel(take_rows, _FLOATS),
        CompiledKernel(window_mean, _FLOATS),
        CompiledKernel(window_spread, _FLOATS),
        CompiledKernel(window_sum, _FLOATS),
    )
}
"""By name."""
