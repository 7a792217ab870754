"""The pytest plugin of tinygrad_w2v: fixtures for gradient checks.

pytest imports its plugins in every run of every project, so this module stands outside the
package and imports nothing of it until a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def gradcheck() -> Callable[..., Any]:
    """Give :func:`tinygrad_w2v.testing.gradcheck`."""
    from tinygrad_w2v.testing import gradcheck  # lazily: see the module's docstring

    return gradcheck


@pytest.fixture
def gradgradcheck() -> Callable[..., Any]:
    """Give :func:`tinygrad_w2v.testing.gradgradcheck`."""
    from tinygrad_w2v.testing import gradgradcheck  # lazily: see the module's docstring

    return gradgradcheck


@pytest.fixture
def opcheck() -> Callable[..., Any]:
    """Give :func:`tinygrad_w2v.testing.opcheck`."""
    from tinygrad_w2v.testing import opcheck  # lazily: see the module's docstring

    return opcheck
