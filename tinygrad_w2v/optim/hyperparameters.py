"""Hyperparameters of the optimizers, as annotated types: meaning and range, stated once.

A constructor states the default: ``eps: Epsilon = 1e-8``. The checks and the ``Parameters`` section
of the class's docstring derive from the annotation.
"""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, get_args

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.annotations import hints_of
from tinygrad_w2v.validation import above_zero, one_of, within


class Hyperparameter(NamedTuple):
    """The meaning of a hyperparameter, and a function that raises InputError for bad values."""

    meaning: str
    check: Callable[..., None] = lambda **named: None
    """Called with the hyperparameter's name as keyword: ``check(lr=0.1)``."""


fraction = partial(within, 0, 1)
not_negative = partial(within, 0, math.inf)


def _check_betas(**named: Any) -> None:
    for name, value in named.items():
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise InputError(f"{name} is {value!r}: it must be two numbers, such as (0.9, 0.999)")
        if not all(0 <= beta < 1 for beta in value):
            raise InputError(f"{name} is {value!r}: both must be within 0 ≤ beta < 1")


def _check_pair(**named: Any) -> None:
    for name, value in named.items():
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise InputError(f"{name} is {value!r}: it must be two numbers")
        not_negative(**{f"{name}[0]": value[0], f"{name}[1]": value[1]})


def _check_etas(**named: Any) -> None:
    _check_pair(**named)
    for name, (low, high) in named.items():
        if not 0 < low < 1 < high:
            raise InputError(f"{name} is {(low, high)}: it must be two numbers around 1, above 0")


def _check_clip_row(**named: Any) -> None:
    for name, value in named.items():
        if value is not None and not value > 0:
            raise InputError(f"{name} is {value}: it must be above 0, or None for no clipping")


def _check_unsupported(**named: Any) -> None:
    for name, value in named.items():
        if value not in (None, False):
            raise InputError(
                f"{name} is {value!r}: there is one implementation of a step, on NumPy arrays; "
                f"leave {name} out"
            )


LEARNING_RATE = Hyperparameter("Learning rate.", not_negative)
EPSILON = Hyperparameter("Added to the denominator of the step.", above_zero)
WEIGHT_DECAY = Hyperparameter("This times the values is added to the gradient.", not_negative)
SPARSE = Hyperparameter(
    "Treatment of a row-sparse gradient. ``'exact'`` follows the trajectory of the dense "
    "gradient; where rows without a gradient move too, a step visits the whole table. "
    "``'lazy'`` changes only the gradient's rows and their state, as PyTorch's SparseAdam; "
    "it is refused together with weight decay or momentum, which would skip rows.",
    partial(one_of, ("exact", "lazy")),
)

UNSUPPORTED = ("foreach", "capturable", "differentiable", "fused")
"""Arguments of PyTorch's constructors that select another implementation of the step."""

LearningRate: TypeAlias = Annotated[float, LEARNING_RATE]
Maximize: TypeAlias = Annotated[bool, Hyperparameter("Ascend the objective, not descend.")]
Unsupported: TypeAlias = Annotated[
    bool | None,
    Hyperparameter("Accepted for PyTorch's signature; None or False.", _check_unsupported),
]
Epsilon: TypeAlias = Annotated[float, EPSILON]
WeightDecay: TypeAlias = Annotated[float, WEIGHT_DECAY]
DecoupledWeightDecay: TypeAlias = Annotated[
    float, Hyperparameter("The values are multiplied by ``1 - lr * weight_decay``.", not_negative)
]
Decoupled: TypeAlias = Annotated[
    bool,
    Hyperparameter("Weight decay multiplies the values instead of adding to the gradient."),
]
AMSGrad: TypeAlias = Annotated[
    bool,
    Hyperparameter(
        "Divide by the largest average of squares so far (Reddi et al., arXiv 1904.09237)."
    ),
]
Sparse: TypeAlias = Annotated[Literal["exact", "lazy"], SPARSE]
Betas: TypeAlias = Annotated[
    Sequence[float],
    Hyperparameter("Decay rates of the averages of the gradient and of its size.", _check_betas),
]
Momentum: TypeAlias = Annotated[
    float, Hyperparameter("Fraction of the last step that is added to the next one.", fraction)
]
Dampening: TypeAlias = Annotated[
    float, Hyperparameter("Fraction of the gradient left out, from the second step on.", fraction)
]
Nesterov: TypeAlias = Annotated[
    bool, Hyperparameter("Use Nesterov's momentum (Sutskever et al. 2013).")
]
ClipRow: TypeAlias = Annotated[
    float | None,
    Hyperparameter(
        "Largest Euclidean norm of the step of one row of a matrix; longer steps are scaled down "
        "to it. It keeps frequent words stable in large batches.",
        _check_clip_row,
    ),
]
MomentumDecay: TypeAlias = Annotated[
    float,
    Hyperparameter(
        "The momentum of step t is ``beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))``.",
        not_negative,
    ),
]
LearningRateDecay: TypeAlias = Annotated[
    float, Hyperparameter("The rate is divided by ``1 + (steps - 1) * lr_decay``.", not_negative)
]
InitialSum: TypeAlias = Annotated[
    float, Hyperparameter("Initial value of the sums of squares.", not_negative)
]
RowWise: TypeAlias = Annotated[
    bool, Hyperparameter("Sum the mean square of each row: one number a row, not one an element.")
]
Alpha: TypeAlias = Annotated[float, Hyperparameter("Decay rate of the moving averages.", fraction)]
Rho: TypeAlias = Annotated[
    float, Hyperparameter("Decay rate of the averages of squares.", fraction)
]
Lambd: TypeAlias = Annotated[
    float, Hyperparameter("Decay of the values, and of the rate.", not_negative)
]
Power: TypeAlias = Annotated[float, Hyperparameter("Exponent of the decay of the rate.")]
AveragingStart: TypeAlias = Annotated[
    float, Hyperparameter("Step from which on the values are averaged.", not_negative)
]
Etas: TypeAlias = Annotated[
    Sequence[float],
    Hyperparameter("Factors on the step size after a change of sign, and after none.", _check_etas),
]
StepSizes: TypeAlias = Annotated[
    Sequence[float], Hyperparameter("Smallest and largest step size.", _check_pair)
]
Centered: TypeAlias = Annotated[
    bool, Hyperparameter("Divide by the standard deviation, not by the root mean square.")
]


def declare(cls: type, known: Mapping[str, Hyperparameter]) -> dict[str, Hyperparameter]:
    """Return the `known` hyperparameters and those of an optimizer's own constructor.

    A docstring without a ``Parameters`` section gets one.
    """
    constructor: Any = vars(cls).get("__init__")
    hints = hints_of(constructor, include_extras=True) if constructor else {}
    own = {name: found for name, hint in hints.items() for found in _metadata(hint)}
    if own and cls.__doc__ and "Parameters\n" not in cls.__doc__:
        lines = ["Parameters\n----------\nparams\n    See :class:`Optimizer`."]
        for name, parameter in inspect.signature(constructor).parameters.items():
            if name in own:
                has_default = parameter.default is not parameter.empty
                lines.append(f"{name} : default {parameter.default!r}" if has_default else name)
                lines.append(textwrap.indent(textwrap.fill(own[name].meaning, 92), "    "))
        cls.__doc__ = "\n".join([inspect.cleandoc(cls.__doc__), "", *lines])
    return {**known, **own}


def _metadata(hint: Any) -> Iterator[Hyperparameter]:
    for part in get_args(hint):
        if isinstance(part, Hyperparameter):
            yield part
        else:  # Python 3.10 wraps the annotation of an argument that is None by default
            yield from _metadata(part)
