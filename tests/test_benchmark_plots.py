"""The support of the benchmarks: figures and the selection of points. No time is tested."""

from __future__ import annotations

import importlib
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import plot, quality, vocabulary
from tests.benchmarks.__main__ import main
from tinygrad_w2v.errors import InputError, MissingExtraError


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8), st.floats(0.01, 0.3))
def test_spread_keeps_order_and_distance(heights: dict[str, float], least: float) -> None:
    moved = plot.spread(heights, least)
    ordered = sorted(heights, key=heights.__getitem__)
    assert sorted(moved, key=moved.__getitem__) == ordered
    for low, high in itertools.pairwise(ordered):
        assert moved[high] - moved[low] > least * 0.999


def test_missing_matplotlib_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'tinygrad-w2v\[plot\]'"):
        plot.pyplot()


def test_points_in_the_file_are_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = {"SERIES": "ours, fast, NumPy", "EPOCHS": "1,2", "SEEDS": "7", "LIST": "1"}
    for name, value in variables.items():
        monkeypatch.setenv(f"BENCHMARK_{name}", value)
    path = tmp_path / "points.json"
    monkeypatch.setenv("BENCHMARK_JSON", str(path))
    first, second = (point.key for point in quality.wanted())
    path.write_text(json.dumps({first: {}}))
    quality.main()
    assert capsys.readouterr().out == f"{second}\n"


def test_unknown_series_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCHMARK_SERIES", "gensm")
    assert main(["quality"]) == 2
    assert "error: BENCHMARK_SERIES: no series is named 'gensm'; did you mean gensim?" in (
        capsys.readouterr().out
    )
    monkeypatch.setenv("BENCHMARK_SERIES", "*")
    monkeypatch.setenv("BENCHMARK_EPOCHS", "some")
    with pytest.raises(InputError, match=r"^BENCHMARK_EPOCHS is 'some': it must be integers"):
        list(quality.wanted())


def test_medians_are_over_the_seeds() -> None:
    points = {
        str(seed): {"series": "ours", "epochs": 1, "training": seed, "whole": 2, "peak": 3}
        for seed in (1, 2, 9)
    }
    assert quality.medians(points) == {
        "ours": {1: {"training": 2, "whole": 2, "peak": 3, "runs": 3}}
    }


def test_vocabulary_points_are_inside_the_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("matplotlib")
    figures: list[Any] = []
    monkeypatch.setattr(vocabulary, "save", lambda figure, path: figures.append(figure))
    costs = {
        name: {1_000: 0.01, 10_000: 10.0**place} for place, name in enumerate(vocabulary.SIZES)
    }
    vocabulary.picture(costs)
    (axes,) = figures[0].axes
    low, high = axes.get_ylim()
    assert low < 0.01
    assert high > 1_000
