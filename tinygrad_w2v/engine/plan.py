"""Plan: for one op and one choice of wanted gradients, what to keep and which rules to run.

A rule asks for what it needs by the names of its parameters. The plan gathers the names of those
rules that will run, so nothing else is kept alive. It is made once for each combination that
occurs; ``plan_code`` then writes its two functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tinygrad_w2v.engine.grad_mode import is_grad_enabled
from tinygrad_w2v.engine.plan_code import write_record, write_run
from tinygrad_w2v.engine.tensor import from_op

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op

PLAIN, FIXED, WANTED = 0, 1, 2
"""The kinds of an input: no Tensor; a Tensor without a gradient; one whose gradient is wanted."""


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
    kinds
        Of each input; there are as many as the call has inputs.

    Attributes
    ----------
    names
        What is saved, in order; each an input, an attribute, or one of ``out`` (the result),
        ``residuals`` (the forward's second result) and ``shapes`` (of the inputs, by name). The
        inputs of a variadic op are one value, a list.
    record
        ``record(out, residuals, *inputs, *attributes)`` returns the result with its node; a
        variadic op's inputs are one tuple.
    run
        ``run(node, g)`` returns the gradients, each with where it goes: ``((edge, gradient),
        ...)``, or, if `is_single`, the one pair ``edge, gradient``.
    is_single
        Whether `run` returns one pair.
    """

    __slots__ = ("is_single", "kinds", "names", "op", "record", "run", "steps")

    def __init__(self, op: Op, kinds: tuple[int, ...]) -> None:
        self.op = op
        self.kinds = kinds
        wanted = tuple(kind == WANTED for kind in kinds)
        rules = _rules_for(op, wanted)
        self.names = tuple(dict.fromkeys(name for rule in rules for name in rule.names))
        self.steps = tuple(self._step(op, rule, wanted) for rule in rules)
        self.is_single = sum(wanted) == 1 and not op.signature.variadic
        self.record = write_record(self)
        self.run = write_run(self)

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


# --- by kinds -----------------------------------------------------------------------------------

Record: TypeAlias = Callable[..., Any]


def recorders(op: Op) -> list[Record] | dict[tuple[int, ...], Record]:
    """Return, for each combination of kinds of an op's inputs, what wraps a result; see `record`.

    It is a list by ``Σ kind · 3**position``, which an unrolled call can add up as it goes, each
    made when it is first called; of a variadic op a dict by the tuple of kinds.
    """
    if op.signature.variadic:
        return _ByKinds(op)
    return [partial(_first, op, key) for key in range(3 ** len(op.inputs))]


def forget(op: Op) -> None:
    """Have what wraps an op's results made anew, after a change of its rules.

    In place: calls that were written already hold the list.
    """
    if isinstance(op.recorders, dict):
        op.recorders.clear()
    else:
        op.recorders[:] = recorders(op)


class _ByKinds(dict[tuple[int, ...], Record]):
    def __init__(self, op: Op) -> None:
        self._op = op

    def __missing__(self, kinds: tuple[int, ...]) -> Record:
        made = self[kinds] = _recorder(self._op, kinds)
        return made


def _first(op: Op, key: int, *args: Any, **settings: Any) -> Any:
    """Record the first call with these kinds: make what later ones find."""
    record = _recorder(op, tuple(key // 3**place % 3 for place in range(len(op.inputs))))
    op.recorders[key] = record
    return record(*args, **settings)


def _recorder(op: Op, kinds: tuple[int, ...]) -> Record:
    if WANTED not in kinds:
        return _unrecorded if any(kinds) else _untouched
    return Plan(op, kinds).record if op.rules else _without_rules(op, kinds)


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
