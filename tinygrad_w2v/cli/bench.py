"""``tinygrad-w2v bench``: the speed of this machine, as a table."""

from __future__ import annotations

import argparse

from tinygrad_w2v.cli.output import print_json, print_rows
from tinygrad_w2v.word2vec.benchmark import machine, measure


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each measurement."""
    if not arguments.json:
        print(machine())
    found = measure(arguments.seconds)
    if arguments.json:
        rows = [measurement._asdict() for measurement in found]
        print_json({"machine": machine(), "measurements": rows})
        return 0
    print_rows([(each.name, f"{each.value:,.0f}", each.unit) for each in found])
    return 0
