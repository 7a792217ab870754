"""The pytest plugin: fixtures for gradient checks.

pytest imports its plugins in every run of every project. So this module is installed outside the
package, and imports the package only when a test uses a fixture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def _fixture(name: str) -> Any:
    @pytest.fixture(name=name)
    def check() -> Callable[..., Any]:
        from tinygrad_w2v import testing  # lazily: see the module's docstring

        found: Callable[..., Any] = getattr(testing, name)
        return found

    return check


gradcheck = _fixture("gradcheck")
gradgradcheck = _fixture("gradgradcheck")
opcheck = _fixture("opcheck")
