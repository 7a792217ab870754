"""Special functions: gamma, error and Bessel functions.

Where PyTorch has no gradient, the values alone are compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.ops.torch_cases.case import Case, inside, normal, positive
from tests.ops.torch_cases.decompositions import both

torch = pytest.importorskip("torch")


def of(name: str, *args: Any, has_gradient: bool = True) -> Case:
    """Compare a function of the module ``special``."""

    def call(module: Any, *tensors: Any) -> Any:
        given = tensors if has_gradient else [each.detach() for each in tensors]
        return getattr(module.special, name)(*given)

    return both(name, call, *args)


SIGNED = np.concatenate([3 * normal(6), [-30.0, -8.0, 0.0, 1e-3, 12.0, 30.0]])
# PyTorch's Bessel functions are accurate to 7 digits only for sizes from 3 to 13.
ACCURATE = np.concatenate([inside(6), [-30.0, -14.0, 0.0, 1e-3, 2.5, 20.0]])

SPECIAL = [
    *(of(name, SIGNED) for name in ("i0", "i0e", "i1", "i1e", "erfc", "log_ndtr")),
    of("erfcx", np.maximum(SIGNED, -5)),
    of("ndtr", SIGNED),
    of("ndtri", (1 + inside(3, 4)) / 2),
    *(of(f"bessel_j{n}", ACCURATE, has_gradient=False) for n in (0, 1)),
    *(of(f"bessel_y{n}", np.abs(ACCURATE), has_gradient=False) for n in (0, 1)),
    *(
        of(f"{scaled}modified_bessel_k{n}", positive(3, 4), has_gradient=False)
        for scaled in ("", "scaled_")
        for n in (0, 1)
    ),
    *(
        both(name, lambda module, a, x, name=name: getattr(module, name)(a.detach(), x), *args)
        for name in ("igamma", "igammac")
        for args in [(positive(3, 4), 5 * positive(4))]
    ),
]
