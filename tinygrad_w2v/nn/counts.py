"""Counted, the base of modules that are made of the counts of words."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Buffer


class Counted(Module):
    """A module whose counts are part of its state; the spec contains only their number."""

    counts: Buffer
    _derived: tuple[int, Any] = (-1, None)

    def _derive(self) -> Any:
        """Compute what depends on the counts alone."""
        raise NotImplementedError

    def _current(self) -> Any:
        """Return the result of ``_derive``, computed again when the counts have changed."""
        if self._derived[0] != int(self.counts.version):
            self._derived = (int(self.counts.version), self._derive())
        return self._derived[1]

    def spec_arguments(self) -> dict[str, Any]:
        """Return the arguments, with the number of words instead of their counts."""
        return {**super().spec_arguments(), "counts": len(self.counts)}

    def extra_repr(self) -> str:
        """Return the number of words and the settings."""
        return f"counts={len(self.counts)}, {super().extra_repr()}"
