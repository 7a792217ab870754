"""Print the tables of docs/mutants.md: ``python -m tests.mutants --seeds N --peer-seeds N``.

Mutants caught with the right verdict, and false alarms on the ops of the package, over seeds;
and the same for the other checkers that are installed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable

import tinygrad_w2v as tg
from tests.mutants.all_mutants import MUTANTS
from tests.mutants.peers import installed, passes
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.testing import gradcheck, gradgradcheck
from tinygrad_w2v.testing.op_case import differentiable


def own_gradcheck(op: Op, sample: Sample) -> bool:
    """Run this package's gradcheck on the op's own samples alone, as the other checkers do."""
    checks = (gradcheck, gradgradcheck) if op.order is None else (gradcheck,)
    return all(
        check(
            lambda *args: op(*args, **sample.attributes),
            sample.args,
            argnums=differentiable(op, sample),
            raise_exception=False,
        )
        for check in checks
    )


def ops_of_the_package() -> list[Op]:
    """Return the registered ops, without those of examples."""
    return [op for name, op in tg.registered_ops().items() if not name.startswith("doc_")]


def run_opcheck(first: int, seeds: int) -> None:
    """Check every mutant and every op with opcheck, over `seeds` seeds from `first` on."""
    caught = right = alarms = 0
    misses: Counter[str] = Counter()
    started = time.perf_counter()
    for seed in range(first, first + seeds):
        for mutant in MUTANTS.values():
            with mutant.registered() as op:
                report = tg.testing.opcheck(op, seed=seed, raise_exception=False)
            caught += not report.ok
            right += report.verdict is mutant.verdict
            if report.verdict is not mutant.verdict:
                misses[f"{mutant.name}: {report.verdict}, not {mutant.verdict}"] += 1
        for op in ops_of_the_package():
            report = tg.testing.opcheck(op, seed=seed, raise_exception=False)
            alarms += not report.ok
            for row in report.rows:
                if row.finding is not None:
                    misses[f"{op.name}: {row.check}: {row.finding.verdict}"] += 1
    total = seeds * len(MUTANTS)
    print(f"opcheck, {seeds} seeds from {first}: caught {caught} of {total} mutants,")
    print(f"  {right} of them with the right verdict;")
    print(f"  {alarms} false alarms in {seeds * len(ops_of_the_package())} checks of ops;")
    print(f"  {time.perf_counter() - started:.0f} s")
    for miss, count in misses.items():
        print(f"  {count:4d} × {miss}")


def run_peers(seeds: int) -> None:
    """Run each checker on every mutant and every op, on their own samples."""
    checkers: dict[str, Callable[[Op, Sample], bool]] = {
        "gradcheck": own_gradcheck,
        **installed(),
    }
    print(f"\n| checker, on the ops' own samples | caught of {len(MUTANTS)} | false alarms | s |")
    print("|---|---|---|---|")
    missed: dict[str, list[str]] = {}
    for name, check in checkers.items():
        started = time.perf_counter()
        missed[name] = []
        for mutant in MUTANTS.values():
            with mutant.registered() as op:
                if all(passes(check, op, seed) for seed in range(seeds)):
                    missed[name].append(mutant.name.removeprefix("mutant_"))
        alarmed = [
            op.name
            for op in ops_of_the_package()
            if op.samples is not None
            and op.rules
            and not all(passes(check, op, seed) for seed in range(seeds))
        ]
        count = len(MUTANTS) - len(missed[name])
        took = time.perf_counter() - started
        print(f"| {name} | {count} | {len(alarmed)} {', '.join(alarmed)} | {took:.0f} |")
    for name, mutants in missed.items():
        print(f"\n{name} misses: {', '.join(mutants)}")


def list_mutants() -> None:
    """Print every mutant with its description and verdict."""
    print("\n| mutant | mistake | verdict |\n|---|---|---|")
    for name, mutant in MUTANTS.items():
        print(f"| {name} | {mutant.description} | {mutant.verdict} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--peer-seeds", type=int, default=0)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.seeds:
        run_opcheck(arguments.first_seed, arguments.seeds)
    if arguments.peer_seeds:
        run_peers(arguments.peer_seeds)
    if arguments.list:
        list_mutants()


if __name__ == "__main__":
    main()
