"""``python -m tests.benchmarks NAME...``: run benchmarks and print their tables.

A benchmark is a module of this folder that defines ``main()``.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.benchmarks as here
from tests.benchmarks.timing import machine
from tinygrad_w2v.errors import InputError, MissingExtraError, nearest_names

SUPPORT = (
    "plot",
    "timing",
    "cluster_simulation",
    "cluster_time_model",
    "word2vec_job",
    "word2vec_runs",
)


def main(names: list[str]) -> int:
    known = [
        module.name
        for module in pkgutil.iter_modules(here.__path__)
        if not module.name.startswith("_") and module.name not in SUPPORT
    ]
    unknown = [name for name in names if name not in known]
    if not names or unknown:
        hint = nearest_names(unknown[0], known) if unknown else ""
        wrong = f"no benchmark is named {unknown[0]!r}; {hint} " if unknown else ""
        print(f"{wrong}usage: python -m tests.benchmarks NAME...; known: {', '.join(known)}")
        return 2
    print(machine())
    try:
        for name in names:
            importlib.import_module(f"tests.benchmarks.{name}").main()
    except (InputError, MissingExtraError) as error:
        print(f"error: {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
