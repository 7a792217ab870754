"""The Numba implementations of the hot routines, imported by ``set_backend("numba")`` only.

What they must have in common with the NumPy ones is stated in :mod:`kernels.dispatch`. They
release the GIL, so that threads run them in parallel, and are compiled once for all processes
(``cache=True``). Matrix products are left to BLAS, which is three times as fast as loops.
"""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.compiled import (
    bags,
    negative_sampling,
    quantization,
    rows,
    selection,
    skip_gram,
    windows,
)
from tinygrad_w2v.kernels.dispatch import CompiledKernel

_SINGLE, _DOUBLE = frozenset({np.dtype(np.float32)}), frozenset({np.dtype(np.float64)})
_FLOATS = _SINGLE | _DOUBLE

KERNELS: dict[str, CompiledKernel] = {
    kernel.function.__name__: kernel
    for kernel in (
        CompiledKernel(bags.bag_sum, _FLOATS),
        CompiledKernel(negative_sampling.choose_alias, _DOUBLE, same_dtype=(1,)),
        CompiledKernel(negative_sampling.negative_sampling_with_gradients, _SINGLE, (1,)),
        CompiledKernel(quantization.quantize_rows, _SINGLE, same_dtype=(1,)),
        CompiledKernel(rows.add_to_rows, _FLOATS, same_dtype=(2,)),
        CompiledKernel(rows.sgd_step_rows, _FLOATS, same_dtype=(2,)),
        CompiledKernel(rows.take_rows, _FLOATS),
        CompiledKernel(selection.keep_largest, _SINGLE, same_dtype=(2,)),
        CompiledKernel(skip_gram.skip_gram_with_gradients, _SINGLE, same_dtype=(1,)),
        CompiledKernel(windows.table_window_mean, _FLOATS),
        CompiledKernel(windows.window_mean, _FLOATS),
        CompiledKernel(windows.window_spread, _FLOATS),
        CompiledKernel(windows.window_sum, _FLOATS),
    )
}
"""By name."""
