"""BLAS's own threads, which get in the way of small products and of a trainer's threads."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread in the block, if threadpoolctl (the ``fast`` extra) is installed.

    Without it, set ``OPENBLAS_NUM_THREADS=1`` (or your BLAS's own variable) before Python starts.
    """
    if importlib.util.find_spec("threadpoolctl") is None:
        yield
        return
    from threadpoolctl import threadpool_limits  # optional: the extra `fast`

    with threadpool_limits(limits=1, user_api="blas"):
        yield
