"""Every mutant is rejected with its verdict."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.mutants import peers
from tests.mutants.all_mutants import MUTANTS, Mutant
from tests.ops.test_conformance import OPS
from tinygrad_w2v.testing import opcheck

every_mutant = pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS.keys())


def test_number_of_mutants_and_registry() -> None:
    assert len(MUTANTS) >= 60
    assert not set(tg.registered_ops()) & {mutant.name for mutant in MUTANTS.values()}


@every_mutant
def test_mutant_gets_its_verdict(mutant: Mutant) -> None:
    with mutant.registered() as op:
        report = opcheck(op, raise_exception=False)
    assert report.verdict is mutant.verdict, str(report)


@pytest.mark.exhaustive
@every_mutant
def test_mutant_gets_its_verdict_for_any_seed(mutant: Mutant) -> None:
    with mutant.registered() as op:
        verdicts = [opcheck(op, seed=seed, raise_exception=False).verdict for seed in range(100)]
    assert set(verdicts) == {mutant.verdict}


@pytest.mark.exhaustive
@pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
def test_op_of_the_package_passes_for_any_seed(op: tg.Op) -> None:
    for seed in range(100):
        opcheck(op, seed=seed)


@pytest.mark.parametrize("name", ["multiply", "embedding", "softmax"])
def test_correct_ops_pass_other_checkers(name: str) -> None:
    for check in peers.installed().values():
        assert peers.passes(check, tg.get_op(name), seed=0)


def test_opcheck_finds_what_allclose_misses() -> None:
    missed = MUTANTS["exp_ten_ppm"]
    assert peers.passes(peers.allclose, missed.op, seed=0)
    assert not np.allclose(1.0, 1.001)
    with missed.registered() as op:
        assert not opcheck(op, raise_exception=False)
