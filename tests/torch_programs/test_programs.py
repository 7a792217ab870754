"""Programs in the manner of PyTorch's tutorials have the same losses with one import changed.

Their losses under PyTorch are in ``losses.json``; where PyTorch is installed, they are also run
under it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.torch_programs.runner import PROGRAMS, recorded, run

TOLERANCE = 1e-4


def test_every_program_is_recorded() -> None:
    assert [path.stem for path in PROGRAMS] == sorted(recorded())
    assert len(PROGRAMS) >= 40


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_losses_match_pytorch(path: Path) -> None:
    losses = run(path, "tinygrad_w2v")
    assert losses == pytest.approx(recorded()[path.stem], rel=TOLERANCE, abs=TOLERANCE)
    if importlib.util.find_spec("torch") is not None:
        assert losses == pytest.approx(run(path), rel=TOLERANCE, abs=TOLERANCE)
