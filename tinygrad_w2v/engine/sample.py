"""Sample: an example call of an op, from which its conformance tests are generated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np


class Sample:
    """An example call of an op, inside its domain and away from kinks.

    Parameters
    ----------
    args
        The inputs. Floating arrays are differentiated; a checker converts them to the precision
        it needs.
    attributes
        The op's attributes.

    Examples
    --------
    >>> import numpy as np
    >>> Sample(np.ones((2, 3)), axis=0)
    Sample(float64 (2, 3), axis=0)
    """

    def __init__(self, *args: Any, **attributes: Any) -> None:
        self.args = tuple(arg if isinstance(arg, np.ndarray) else np.asarray(arg) for arg in args)
        self.attributes = attributes

    def __repr__(self) -> str:
        parts = [f"{arg.dtype} {arg.shape}" for arg in self.args]
        parts += [f"{name}={value!r}" for name, value in self.attributes.items()]
        return f"Sample({', '.join(parts)})"


Sampler: TypeAlias = "Callable[[np.random.Generator], Sequence[Sample]]"
"""Makes the samples of an op from a random generator, so that checks can use many seeds."""
