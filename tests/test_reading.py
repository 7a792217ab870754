"""The number of files that a reader of a training step opens."""

from __future__ import annotations

import pytest

from tests.reading import training_step

unrolled = pytest.importorskip("tinygrad_w2v.engine.unrolled")


@pytest.mark.skipif(not unrolled.is_installed(), reason="the reference is in more files")
def test_training_step_runs_through_at_most_20_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unrolled.walk, "mixed", [])  # as if it had never been disabled
    found = training_step()
    assert len(found) <= 20, sorted(found)
    assert {"training/loop.py", "optim/sgd.py", "engine/backward.py"} <= set(found)
