"""Plan: for one op and one choice of wanted gradients, what to keep and which rules to run.

A rule asks for what it needs by the names of its parameters. The plan gathers the names of those
rules that will run, so nothing else is kept alive; it is made once for each combination that
occurs and then costs one small function call for each recorded op.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op


class Rule(NamedTuple):
    """A backward rule: the function, the inputs it gives gradients for, the names it asks for."""

    function: Callable[..., Any]
    covers: tuple[str, ...]
    names: tuple[str, ...]
    takes_needs: bool


class Step(NamedTuple):
    """One rule to run: on which of the saved values, for which inputs."""

    function: Callable[..., Any]
    positions: tuple[int, ...]
    inputs: tuple[int, ...]
    is_joint: bool


class Plan:
    """What a recorded call keeps (`names`) and what its backward runs (`steps`).

    Parameters
    ----------
    op
        The op.
    count
        The number of inputs of the call; differs from call to call only for a variadic op.
    mask
        Bit i is set if input i wants a gradient.

    Attributes
    ----------
    names
        What is saved, in order; each an input, an attribute, or one of ``out`` (the result),
        ``residuals`` (the forward's second result) and ``shapes`` (of the inputs, by name).
    save
        ``save(args, attributes, out, residuals)`` returns the values in that order. The inputs
        of a variadic op are one value, a list.
    """

    __slots__ = ("mask", "names", "save", "saves_residuals", "steps")

    def __init__(self, op: Op, count: int, mask: int) -> None:
        wanted = tuple(bool(mask >> i & 1) for i in range(count))
        rules = _rules_for(op, wanted)
        self.mask = mask
        self.names = tuple(dict.fromkeys(name for rule in rules for name in rule.names))
        self.saves_residuals = "residuals" in self.names
        self.save = _compile_save(op, self.names)
        self.steps = tuple(self._step(op, rule, wanted) for rule in rules)

    def _step(self, op: Op, rule: Rule, wanted: tuple[bool, ...]) -> Step:
        function = rule.function
        if rule.takes_needs:
            function = _with_needs(function, op.needs_type(*wanted))
        positions = tuple(self.names.index(name) for name in rule.names)
        if op.signature.variadic:
            return Step(function, positions, tuple(range(len(wanted))), True)
        covered = tuple(op.inputs.index(name) for name in rule.covers)
        return Step(function, positions, covered, len(covered) > 1)


def _rules_for(op: Op, wanted: tuple[bool, ...]) -> Sequence[Rule]:
    """Return the rules that give the wanted gradients, each once."""
    rules: dict[Rule, None] = {}
    for position, is_wanted in enumerate(wanted):
        if not is_wanted:
            continue
        rule = op.rules.get(op.inputs[0 if op.signature.variadic else position])
        if rule is None:
            name = op.signature.input_name(position)
            raise TypeError(
                f"{op.name}: '{name}' requires a gradient, but the op has no backward rule for "
                f"it: pass {name}.detach() if it is a constant here"
            )
        rules[rule] = None
    return list(rules)


def _with_needs(function: Callable[..., Any], needs: Any) -> Callable[..., Any]:
    return lambda g, *values: function(g, needs, *values)


def _compile_save(op: Op, names: tuple[str, ...]) -> Callable[..., tuple[Any, ...]]:
    """Write the function that picks the saved values, as one expression."""
    picks = []
    for name in names:
        if name in op.inputs:
            picks.append(
                "list(args)" if op.signature.variadic else f"args[{op.inputs.index(name)}]"
            )
        elif name in ("out", "residuals"):
            picks.append(name)
        elif name == "shapes":
            picks.append("shapes(args)")
        else:
            picks.append(f"attributes[{name!r}]")
    source = f"lambda args, attributes, out, residuals: ({''.join(p + ', ' for p in picks)})"

    def shapes(args: tuple[Any, ...]) -> Any:
        return op.shapes_type(*[np.shape(arg) for arg in args])

    compiled: Callable[..., tuple[Any, ...]] = eval(source, {"shapes": shapes})
    return compiled
