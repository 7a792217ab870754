"""A module that tests allow a spec to import; it has imported others itself."""

from __future__ import annotations

import os  # noqa: F401
from tempfile import mkdtemp as helper  # noqa: F401
from typing import Any

import numpy as np  # noqa: F401

from tinygrad_w2v import nn


class AllowedLayer(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Any) -> Any:
        return self.factor * x


def scale(x: Any) -> Any:
    return 2 * x
