"""The benchmarks of trainings on several machines. No time is tested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import cluster_quality, cluster_time
from tests.benchmarks.cluster_time_model import Rates

RATES = Rates(words=1e6, pack=4e6, unpack=8e6, statistics=2e6, combine=2e6, solve=0.01)


def point(workers: int, seed: int, score: float, floats: float) -> tuple[str, dict[str, Any]]:
    fields = {"workers": workers, "seed": seed, "model": "cbow"}
    scores = dict.fromkeys(cluster_quality.MEASURES, score)
    return json.dumps(fields), {**scores, "floats": floats}


def test_quality_is_a_mean_over_seeds_and_a_difference_from_one_worker(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cluster_quality.report(dict([point(1, 1, 0.5, 0), point(8, 1, 0.4, 10), point(8, 2, 0.5, 20)]))
    line = capsys.readouterr().out.splitlines()[-1].replace("|", " ").split()
    assert line[:4] == ["cbow", "8", "2", "15.0"]
    assert line[4:] == ["0.450"] * 3 + ["-0.050"] * 3


def test_points_in_the_file_are_not_simulated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def run(job: Any, folder: Path, module: str) -> dict[str, float]:
        done.append(job.workers)
        return {"seconds": 1, "floats": 0, **dict.fromkeys(cluster_quality.MEASURES, 0.5)}

    monkeypatch.setattr(cluster_quality, "run", run)
    monkeypatch.setattr(cluster_quality, "unpacked_corpus", lambda folder: folder / "text")
    variables = {"SEEDS": "1", "MODELS": "cbow", "JSON": str(tmp_path / "points.json")}
    for workers in ("1,4", "1,4,8"):
        for name, value in {**variables, "WORKERS": workers}.items():
            monkeypatch.setenv(f"BENCHMARK_{name}", value)
        cluster_quality.main()
    assert done == [1, 4, 8]


def test_figures_have_a_line_for_each_text_and_number_of_machines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    drawn: list[Any] = []
    monkeypatch.setattr(cluster_time, "draw", lambda axes, lines: drawn.append(lines))
    monkeypatch.setattr(cluster_time, "save", lambda figure, path: None)
    cluster_time.draw_figures(RATES, tmp_path)
    efficiency, traffic = drawn
    assert len(efficiency) == 2 * len(cluster_time.TEXTS)
    for _, sent, _ in traffic.values():
        assert sent == sorted(sent, reverse=True)
