"""What a backward rule asks for, and what a call therefore saves. First file of the reference.

A rule asks for values by the names of its parameters: an input, an attribute, ``out``,
``residuals``, ``shapes`` or ``needs``. A :class:`Plan` collects the names that the rules of one
call ask for. Nothing else is saved.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from tinygrad_w2v.engine.signature import Signature, parameter_names


class OpRecord(Protocol):
    """An op as the tape sees it; :class:`tinygrad_w2v.engine.op.Op` is the implementation."""

    name: str
    forward: Callable[..., Any]
    signature: Signature
    rules: dict[str, Rule]
    plans: dict[tuple[bool, ...], Plan]
    order: int | None
    retrace: Callable[..., Any] | None
    broadcasts: bool

    def __call__(self, *args: Any, **attributes: Any) -> Any: ...  # noqa: D102


# --- rules ---------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """A backward rule.

    Attributes
    ----------
    function
        Called as ``function(g, *needs, *values)``.
    covers
        Names of the inputs that it returns gradients for.
    names
        Names of the values that it asks for.
    takes_needs
        Whether its second parameter is ``needs``: which of the inputs want a gradient.
    """

    function: Callable[..., Any]
    covers: tuple[str, ...]
    names: tuple[str, ...]
    takes_needs: bool


def read_rule(
    signature: Signature, function: Callable[..., Any], covers: tuple[str, ...], residuals: bool
) -> Rule:
    """Read a rule's parameters.

    Raises
    ------
    TypeError
        If `covers` names something that is not an input, or the rule asks for an unknown name.
    """
    for name in covers:
        if name not in signature.inputs:
            raise TypeError(
                f"op {signature.op}: a backward rule is given for '{name}', its inputs are "
                f"{', '.join(signature.inputs)}"
            )
    _, *names = parameter_names(function)
    takes_needs = names[:1] == ["needs"]
    names = names[takes_needs:]
    allowed = (*signature.names, "out", "shapes", *["residuals"] * residuals)
    for name in names:
        if name not in allowed:
            raise TypeError(
                f"op {signature.op}: its rule for '{', '.join(covers)}' asks for '{name}'; it can "
                f"ask for {', '.join(allowed)}"
            )
    return Rule(function, covers, tuple(names), takes_needs)


# --- which rules run -----------------------------------------------------------------------------


class Step(NamedTuple):
    """One rule of a plan, called as ``function(g, *needs, *select(saved))``.

    Attributes
    ----------
    function
        The rule.
    needs
        Empty, or the one ``needs`` argument.
    values, select
        Positions of its values among the saved ones, and the function that takes them.
    inputs
        Positions of the inputs that it returns gradients for.
    is_joint
        Whether it returns a tuple of gradients rather than one gradient.
    """

    function: Callable[..., Any]
    needs: tuple[Any, ...]
    values: tuple[int, ...]
    select: Callable[[Sequence[Any]], tuple[Any, ...]]
    inputs: tuple[int, ...]
    is_joint: bool


class Plan:
    """What a call of an op saves and which rules its backward runs, for one choice of gradients.

    Parameters
    ----------
    op
        The op.
    wanted
        For each input, whether its gradient is wanted.

    Attributes
    ----------
    names
        Names of the saved values: inputs, attributes, ``out`` (the result), ``residuals`` (the
        second result of the forward) and ``shapes`` (of the inputs). The inputs of a variadic op
        are one value, a list.
    steps
        The rules to run.
    select
        Takes the values of `names` from all values of a call: a tuple of the inputs, the
        attributes, ``out``, ``residuals``, and ``shapes`` if `takes_shapes`.
    saves_call
        Whether the arguments of the call are saved too. With ``create_graph=True`` the walk
        computes the residuals from them again, as Tensors.

    Raises
    ------
    TypeError
        If a gradient is wanted for which the op has no rule.
    """

    __slots__ = ("names", "op", "saves_call", "select", "steps", "takes_shapes", "wanted")

    def __init__(self, op: OpRecord, wanted: tuple[bool, ...]) -> None:
        self.op = op
        self.wanted = wanted
        rules = _rules_for(op, wanted)
        self.names = tuple(dict.fromkeys(name for rule in rules for name in rule.names))
        all_names = (*op.signature.names, "out", "residuals", "shapes")
        self.select = _selector([all_names.index(name) for name in self.names])
        self.takes_shapes = "shapes" in self.names
        self.steps = tuple(self._step(rule) for rule in rules)
        self.saves_call = "residuals" in self.names and op.order is None and op.retrace is None

    def _step(self, rule: Rule) -> Step:
        signature, wanted = self.op.signature, self.wanted
        needs = (tuple.__new__(signature.needs_type, wanted),) if rule.takes_needs else ()
        values = tuple(self.names.index(name) for name in rule.names)
        select = _selector(values)
        if signature.variadic:
            return Step(rule.function, needs, values, select, tuple(range(len(wanted))), True)
        covered = tuple(signature.inputs.index(name) for name in rule.covers)
        return Step(rule.function, needs, values, select, covered, len(covered) > 1)


def _selector(positions: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return the function that takes the values at `positions` from a sequence."""
    if len(positions) == 1:
        (position,) = positions
        return lambda values: (values[position],)
    return operator.itemgetter(*positions) if positions else lambda values: ()


def _rules_for(op: OpRecord, wanted: tuple[bool, ...]) -> Sequence[Rule]:
    """Return the rules of the wanted gradients, each once."""
    signature = op.signature
    rules: dict[Rule, None] = {}
    for position, is_wanted in enumerate(wanted):
        if not is_wanted:
            continue
        rule = op.rules.get(signature.inputs[0 if signature.variadic else position])
        if rule is None:
            name = signature.input_name(position)
            raise TypeError(
                f"{op.name}: '{name}' requires a gradient, but the op has no backward rule for "
                f"it: pass {name}.detach() if it is a constant here"
            )
        rules[rule] = None
    return list(rules)
