"""``tinygrad-w2v opcheck``: the checks of an op, as a table."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any

from tinygrad_w2v.cli.output import print_json
from tinygrad_w2v.engine import get_op
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.testing import opcheck


def run(arguments: argparse.Namespace) -> int:
    """Print one table for each op; 0 if all passed."""
    reports = [
        opcheck(find_op(name), seed=arguments.seed, raise_exception=False) for name in arguments.ops
    ]
    if arguments.json:
        pairs = zip(arguments.ops, reports, strict=True)
        print_json([{"op": op, "passed": bool(each), "report": str(each)} for op, each in pairs])
    else:
        print("\n\n".join(map(str, reports)))
    return 0 if all(reports) else 1


def find_op(place: str) -> Any:
    """Return the op named by ``module:name``, or the registered op of that name."""
    module_name, _, name = place.rpartition(":")
    if not module_name:
        try:
            return get_op(name)
        except KeyError as error:
            raise InputError(f"{error.args[0]}; for an op of your own write MODULE:NAME") from None
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as python -m does
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise InputError(
            f"{place}: cannot import {module_name} ({error}): run the command where "
            f"'import {module_name}' works"
        ) from None
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise InputError(f"{place}: {module_name} has no '{name}': check its spelling")
        found = getattr(found, part)
    if isinstance(found, str):  # opcheck would look up an op of this name
        raise InputError(f"{place} is not an op but a str: name what tinygrad_w2v.op(...) returned")
    return found
