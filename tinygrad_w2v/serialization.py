"""What files may use on loading, with the names of ``torch.serialization``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from tinygrad_w2v.nn.objects import add_safe_globals as add_safe_globals
from tinygrad_w2v.nn.objects import allowed_classes
from tinygrad_w2v.nn.objects import clear_safe_globals as clear_safe_globals
from tinygrad_w2v.nn.objects import load as load
from tinygrad_w2v.nn.objects import save as save


@contextlib.contextmanager
def safe_globals(safe_globals: Iterable[type]) -> Iterator[None]:
    """Allow files to use these classes of Modules inside the block."""
    before = list(allowed_classes)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        allowed_classes[:] = before
