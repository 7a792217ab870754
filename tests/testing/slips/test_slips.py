"""Every slip gets its verdict and its mended twin passes: one seed, and 20 if exhaustive."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.testing.slips import (  # noqa: F401  (they add slips)
    arrays,
    closures,
    corners,
    elementwise,
    formulas,
    functions,
    layers,
    layouts,
    losses,
    models,
    modules,
    pipelines,
    products,
    programs,
    states,
    steps,
    tables,
)
from tests.testing.slips.catalogue import SLIPS

MANY_SEEDS = range(20)


@pytest.mark.parametrize("name", SLIPS)
def test_slip_gets_its_verdict_and_its_twin_passes(name: str) -> None:
    slip = SLIPS[name]
    assert slip.verdict_of(slip.wrong, 0) is slip.verdict
    assert slip.verdict_of(slip.right, 0) is None


@pytest.mark.exhaustive
def test_slips_get_their_verdicts_for_most_seeds() -> None:
    wrong, alarms = Counter[str](), Counter[str]()
    for slip in SLIPS.values():
        for seed in MANY_SEEDS:
            found = slip.verdict_of(slip.wrong, seed)
            wrong[f"{slip.name}: {found}"] += found is not slip.verdict
            alarm = slip.verdict_of(slip.right, seed)
            alarms[f"{slip.name}: {alarm}"] += alarm is not None
    checks = len(SLIPS) * len(MANY_SEEDS)
    print(f"{len(SLIPS)} slips, {checks} checks: {wrong.total()} other verdicts {+wrong}")
    print(f"{alarms.total()} false alarms {+alarms}")
    assert len(SLIPS) >= 120
    assert wrong.total() <= 0.01 * checks
    assert alarms.total() <= 0.002 * checks
