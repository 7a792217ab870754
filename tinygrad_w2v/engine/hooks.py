"""Hooks: functions that are called with the gradient of a Tensor and may replace it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Hook: TypeAlias = Callable[[Any], Any]
"""Takes the gradient, a Tensor or a RowSparse; returns None, or a gradient that replaces it."""


class HookHandle:
    """Removes a hook."""

    def __init__(self, hooks: list[Hook], hook: Hook) -> None:
        self._hooks = hooks
        self._hook = hook

    def remove(self) -> None:
        """Remove the hook. A second call has no effect."""
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)


def run_hooks(hooks: list[Hook], gradient: Any, wrap: Callable[[Any], Any]) -> Any:
    """Pass a gradient through hooks, in order; each gets the result of the one before."""
    is_array = isinstance(gradient, np.ndarray)
    for hook in tuple(hooks):
        shown = wrap(gradient) if is_array else gradient
        changed = hook(shown)
        if changed is None:
            continue
        if changed.shape != gradient.shape:
            raise RuntimeError(
                f"a gradient hook returned shape {changed.shape} for a gradient of shape "
                f"{gradient.shape}: return None or a gradient of the same shape"
            )
        gradient = np.asarray(changed, dtype=gradient.dtype) if is_array else changed
    return gradient
