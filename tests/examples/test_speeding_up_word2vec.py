"""The stations of the story run in their short mode, print their tables and draw their pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytest.importorskip("matplotlib", reason="the stations draw pictures")

STATIONS = {
    "station_1_two_bottlenecks": ("one-hot × W_in", "two_bottlenecks.svg"),
    "station_2_embedding": ("gradcheck passes", "embedding.svg"),
    "station_3_negative_sampling": ("opcheck of sampled_loss: passed", "negative_sampling.svg"),
    "station_4_real_text": ("1 epochs in", "real_text.svg"),
    "station_5_beyond": ("shared negatives", "beyond.svg"),
}


def run(name: str, *arguments: str | Path) -> str:
    """Run a station in its short mode; return what it printed."""
    command = [sys.executable, ROOT / "examples/speeding_up_word2vec" / f"{name}.py", "--short"]
    done = subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", STATIONS)
def test_station_prints_and_draws(name: str, tmp_path: Path) -> None:
    printed, picture = STATIONS[name]
    text = tmp_path / "text.txt"
    text.write_text("you say goodbye and i say hello .\n" * 2000, encoding="utf-8")
    has_text = name == "station_4_real_text"
    assert printed in run(name, "--pictures", tmp_path, *["--text", text] * has_text)
    assert (tmp_path / picture).read_text(encoding="utf-8").count("<path") > 5


def test_assigning_repeated_rows_fails_the_gradient_check(tmp_path: Path) -> None:
    printed = run("station_2_embedding", "--pictures", tmp_path)
    assert "entries are 0 but should not be" in printed
    assert "largest difference from the one-hot product: 0, gradient 0" in printed
