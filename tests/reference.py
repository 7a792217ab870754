"""reference_engine(): a context in which the accelerator is off, if its folder exists at all."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from typing import Any


def reference_engine() -> Any:
    if importlib.util.find_spec("tinygrad_w2v.engine.unrolled") is None:
        return contextlib.nullcontext()
    return importlib.import_module("tinygrad_w2v.engine.unrolled").disabled()
