"""PyTorch's names for profiling: ``autograd.profiler.profile`` and ``record_function``."""

from __future__ import annotations

import contextlib
from typing import Any

from tinygrad_w2v.autograd.profile import profile as _profile


class profile(_profile):  # noqa: N801  (named as in PyTorch)
    """:class:`tinygrad_w2v.profile` with PyTorch's arguments; only `enabled` has an effect.

    Parameters
    ----------
    enabled
        Whether calls are timed.
    """

    def __init__(self, enabled: bool = True, **_: Any) -> None:
        super().__init__()
        self.enabled = enabled

    def __enter__(self) -> Any:
        return super().__enter__() if self.enabled else self

    def __exit__(self, *exc_info: object) -> None:
        if self.enabled:
            super().__exit__(*exc_info)

    def key_averages(self, *_: Any, **__: Any) -> profile:
        """Return the profile, which has the totals of each op."""
        return self

    def table(self, *_: Any, **__: Any) -> str:
        """Return the totals of each op as a table."""
        return str(self)


class record_function(contextlib.ContextDecorator):  # noqa: N801
    """A named block of PyTorch's profiler; it has no effect here."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> record_function:
        return self

    def __exit__(self, *exc_info: object) -> None: ...
