"""``tinygrad-w2v ops``: the registered ops as a table."""

from __future__ import annotations

import argparse

from tinygrad_w2v.engine import Op, get_op, registered_ops
from tinygrad_w2v.errors import InputError


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each op."""
    try:
        ops = [get_op(name) for name in arguments.ops] or list(registered_ops().values())
    except KeyError as error:
        raise InputError(error.args[0]) from None
    rows = [("op", "inputs", "order", "saved for backward")]
    rows += [row(op) for op in sorted(ops, key=lambda op: op.name)]
    widths = [max(len(line[column]) for line in rows) for column in range(3)]
    for line in rows:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        print("  ".join([*cells, line[3]]).rstrip())
    return 0


def row(op: Op) -> tuple[str, str, str, str]:
    """Return an op's name, inputs, order of differentiation, and what each rule saves."""
    star = "*" if op.signature.variadic else ""
    inputs = ", ".join(star + name for name in op.inputs)
    if not op.rules:
        return op.name, inputs, "none", ""
    order = "any" if op.order is None else str(op.order)
    saved = "; ".join(
        f"{', '.join(rule.covers)}: {', '.join(rule.names) or 'nothing'}"
        for rule in dict.fromkeys(op.rules.values())
    )
    return op.name, inputs, order, saved
