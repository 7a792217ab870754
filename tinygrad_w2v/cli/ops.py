"""``tinygrad-w2v ops``: the registered ops as a table."""

from __future__ import annotations

import argparse

from tinygrad_w2v.cli.output import print_json, print_rows
from tinygrad_w2v.engine import Op, get_op, registered_ops
from tinygrad_w2v.errors import InputError


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each op."""
    try:
        ops = [get_op(name) for name in arguments.ops] or list(registered_ops().values())
    except KeyError as error:
        raise InputError(error.args[0]) from None
    rows = [row(op) for op in sorted(ops, key=lambda op: op.name)]
    titles = ("op", "inputs", "order", "saved for backward")
    if arguments.json:
        names = ("op", "inputs", "order", "saved")
        print_json([dict(zip(names, line, strict=True)) for line in rows])
    else:
        print_rows(rows, titles)
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
