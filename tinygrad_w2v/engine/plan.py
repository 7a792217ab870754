"""Plan: for one op and one choice of wanted gradients, what to keep and which rules to run.

A rule asks for what it needs by the names of its parameters. The plan gathers the names of those
rules that will run, so nothing else is kept alive. It is made once for each combination that
occurs; ``plan_code`` writes its two functions when they are first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from tinygrad_w2v.engine.grad_mode import is_grad_enabled
from tinygrad_w2v.engine.plan_code import write_record, write_run
from tinygrad_w2v.engine.rules import passes_on, run_hooked, scales
from tinygrad_w2v.engine.tensor import from_op
from tinygrad_w2v.engine.types import PLAIN, WANTED

if TYPE_CHECKING:
    from tinygrad_w2v.engine.hooks import Hook
    from tinygrad_w2v.engine.node import Edge, Node
    from tinygrad_w2v.engine.op import Op


class Rule(NamedTuple):
    """A backward rule: the function, the inputs it gives gradients for, the names it asks for."""

    function: Callable[..., Any]
    covers: tuple[str, ...]
    names: tuple[str, ...]
    takes_needs: bool


class Step(NamedTuple):
    """One rule to run: on which of the saved values, for which inputs.

    It is called as ``function(g, *needs, *values)``; `needs` is empty if it does not ask for them.
    """

    function: Callable[..., Any]
    needs: tuple[Any, ...]
    positions: tuple[int, ...]
    inputs: tuple[int, ...]
    is_joint: bool


class Plan:
    """What a recorded call keeps (`names`) and what its backward runs (`steps`).

    Parameters
    ----------
    op
        The op.
    kinds
        Of each input; there are as many as the call has inputs.

    Attributes
    ----------
    names
        What is saved, in order; each an input, an attribute, or one of ``out`` (the result),
        ``residuals`` (the forward's second result) and ``shapes`` (of the inputs, by name). The
        inputs of a variadic op are one value, a list.
    keeps_call
        Whether inputs and attributes are kept beside, to make the residuals again.
    is_single
        Whether one gradient is wanted; its edge then stands alone, not in a tuple.
    is_direct
        Whether that gradient is the output's own, as of a sum, or a product of it with what is
        kept, and so is found without `run` wherever input and output have one shape and dtype.
    scales
        Whether it is such a product, which then has that shape and dtype too.
    run
        ``run(node, g)`` returns the wanted gradients, each with where it goes: ``((edge,
        gradient), ...)``, or, if `is_single`, the gradient alone.
    hooks
        Of the one node that has this plan; None for the plan that nodes share.
    """

    __slots__ = (
        "hooks",
        "is_direct",
        "is_single",
        "keeps_call",
        "kinds",
        "names",
        "op",
        "run",
        "scales",
        "steps",
    )

    def __init__(self, op: Op, kinds: tuple[int, ...]) -> None:
        self.op = op
        self.kinds = kinds
        wanted = tuple(kind == WANTED for kind in kinds)
        rules = _rules_for(op, wanted)
        self.names = tuple(dict.fromkeys(name for rule in rules for name in rule.names))
        self.steps = tuple(self._step(op, rule, wanted) for rule in rules)
        self.keeps_call = "residuals" in self.names and op.order is None and op.retrace is None
        self.is_single = sum(wanted) == 1
        is_alone = self.is_single and not self.steps[0].is_joint
        self.scales = is_alone and self._scales()
        self.is_direct = self.scales or (is_alone and passes_on(self.steps[0].function))
        self.hooks: list[Hook] | None = None
        self.run: Callable[[Node, Any], Any] = self._first_run

    def _first_run(self, node: Node, cotangent: Any) -> Any:
        self.run = write_run(self)
        return self.run(node, cotangent)

    def with_hooks(self, hooks: list[Hook]) -> Plan:
        """Return this plan for one node, with hooks that are called before its rules."""
        plan = object.__new__(Plan)
        plan.op, plan.kinds, plan.names, plan.steps = self.op, self.kinds, self.names, self.steps
        plan.keeps_call, plan.is_single = self.keeps_call, self.is_single
        plan.is_direct = plan.scales = False
        plan.hooks, plan.run = hooks, partial(run_hooked, self)
        return plan

    def edge_of_each_input(self, edges: Any) -> tuple[Edge | None, ...]:
        """Return ``node.edges`` by the inputs' positions, with None where none is wanted."""
        kinds = self.kinds
        if self.is_single:
            place = kinds.index(WANTED)
            return (None,) * place + (edges,) + (None,) * (len(kinds) - place - 1)
        if len(edges) == len(kinds):
            return tuple(edges)
        wanted = iter(edges)
        return tuple([next(wanted) if kind == WANTED else None for kind in kinds])

    def _scales(self) -> bool:
        """Whether the rule is a product that has the output's shape and dtype if the input has.

        One with the output has. One with the other factor of a product has, since the output had
        when that factor was multiplied by the input.
        """
        if self.steps[0].needs or not scales(self.steps[0].function):
            return False
        (name,) = self.names
        return name == "out" or (
            self.op.forward is np.multiply and self.kinds[self.op.inputs.index(name)] == PLAIN
        )

    def _step(self, op: Op, rule: Rule, wanted: tuple[bool, ...]) -> Step:
        needs = (op.needs_type(*wanted),) if rule.takes_needs else ()
        positions = tuple(self.names.index(name) for name in rule.names)
        if op.signature.variadic:
            return Step(rule.function, needs, positions, tuple(range(len(wanted))), True)
        covered = tuple(op.inputs.index(name) for name in rule.covers)
        return Step(rule.function, needs, positions, covered, len(covered) > 1)


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


# --- by kinds -----------------------------------------------------------------------------------

Record: TypeAlias = Callable[..., Any]


def plan_of(op: Op, kinds: tuple[int, ...]) -> Plan:
    """Return the plan for these kinds of an op's inputs; made once."""
    plan = op.plans.get(kinds)
    # Two threads may both make it: the one that stands first is everybody's.
    return plan or op.plans.setdefault(kinds, Plan(op, kinds))


def usual_plans(op: Op) -> list[tuple[int, Plan]]:
    """Return the plans of the commonest kinds of call, with their places in `recorders`.

    All gradients there are rules for are wanted, or, of two inputs, only the first, and nothing
    else is a Tensor.
    """
    differentiable = tuple(WANTED if name in op.rules else PLAIN for name in op.inputs)
    if PLAIN in (differentiable[:1] or (PLAIN,)) or op.promotes[:1] not in ((), (0,)):
        return []
    usual = [(WANTED, PLAIN), differentiable] if len(op.inputs) == 2 else [differentiable]
    return [(_place(kinds), plan_of(op, kinds)) for kinds in dict.fromkeys(usual)]


def recorders(op: Op) -> list[Record] | dict[tuple[int, ...], Record]:
    """Return, for each combination of kinds of an op's inputs, what wraps a result.

    Each is ``record(out, residuals, *inputs, *attributes)``, written when it is first called; a
    variadic op's inputs are one tuple. They are a list by ``Σ kind · 3**position``, which an
    unrolled call can add up as it goes; of a variadic op a dict by the tuple of kinds.
    """
    if op.signature.variadic:
        return _ByKinds(op)
    return [partial(_first, op, place) for place in range(3 ** len(op.inputs))]


def forget(op: Op) -> None:
    """Have an op's plans, and what wraps its results, made anew after a change of its rules."""
    op.plans.clear()
    made = op.__dict__.get("recorders")
    if isinstance(made, dict):
        made.clear()
    elif made is not None:
        made[:] = recorders(op)  # in place: a written call holds the list


class _ByKinds(dict[tuple[int, ...], Record]):
    def __init__(self, op: Op) -> None:
        self._op = op

    def __missing__(self, kinds: tuple[int, ...]) -> Record:
        made = self[kinds] = _recorder(self._op, kinds)
        return made


def _first(op: Op, place: int, *args: Any, **settings: Any) -> Any:
    """Record the first call with these kinds: make what later ones find."""
    record = _recorder(op, tuple(place // 3**i % 3 for i in range(len(op.inputs))))
    op.recorders[place] = record
    return record(*args, **settings)


def _place(kinds: tuple[int, ...]) -> int:
    return sum(kind * 3**i for i, kind in enumerate(kinds))


def _recorder(op: Op, kinds: tuple[int, ...]) -> Record:
    if WANTED not in kinds:
        return _unrecorded if any(kinds) else _untouched
    return write_record(plan_of(op, kinds)) if op.rules else _without_rules(op, kinds)


def _untouched(out: Any, *_: Any, **__: Any) -> Any:
    return out  # no Tensor went in, none comes out


def _unrecorded(out: Any, *_: Any, **__: Any) -> Any:
    return from_op(out, None)


def _without_rules(op: Op, kinds: tuple[int, ...]) -> Record:
    """Truth values and positions have no gradient; another result without a rule is an error."""

    def record(out: Any, *_: Any, **__: Any) -> Any:
        if out.dtype.kind == "f" and is_grad_enabled():
            Plan(op, kinds)  # which raises
        return from_op(out, None)

    return record
