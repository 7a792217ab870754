"""Plots are written in the format of their name, with labels that do not overlap."""

from __future__ import annotations

import numpy as np
import pytest

from tests.word2vec.pictures.samples import groups
from tests.word2vec.vectors.samples import royal_family
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.pictures import plot, plot_analogies, plot_training, plot_words
from tinygrad_w2v.word2vec.pictures.labels import place_labels

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BEGINNINGS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_suffix_selects_format(suffix, tmp_path) -> None:
    path = tmp_path / f"words.{suffix}"
    plot_words(groups(), path, method="pca")
    assert path.read_bytes().startswith(BEGINNINGS[suffix])


def test_same_words_give_the_same_picture(tmp_path) -> None:
    for name in ("a.png", "b.png"):
        plot_words(groups(), tmp_path / name, ["a0", "b0", "c0", "a0"])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_words_with_dollars_are_drawn(tmp_path) -> None:
    kv = groups(4)
    kv.add_vectors(["$", "$x$", r"\frac"], np.eye(3, 8))
    plot_words(kv, tmp_path / "v.svg", method="pca", title="in $")


def test_labels_do_not_overlap() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    places = np.random.default_rng(0).normal(size=(80, 2))
    axes.scatter(*places.T)
    shown = place_labels(axes, places, [f"word{n}" for n in range(80)], size=8, color="black")
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == len(shown) > 30
    for n, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:n])
        inside = axes.transData.transform(places)
        assert not ((inside > box.p0) & (inside < box.p1)).all(axis=1).any()


def test_pairs_of_one_relation_are_parallel() -> None:
    kv = royal_family()
    unit = np.array([[kv["man"], kv["king"]], [kv["woman"], kv["queen"]]], np.float64)
    places = plot._analogy_plane(unit)
    arrows = places[:, 1] - places[:, 0]
    np.testing.assert_allclose(arrows[0], arrows[1], atol=1e-9)
    assert arrows[0][1] > 0  # upwards
    assert abs(places[0, 0, 0] - places[1, 0, 0]) > 0.5  # and beside each other


def test_analogies_are_drawn(tmp_path) -> None:
    pairs = [("man", "king"), ("woman", "queen")]
    plot_analogies(royal_family(), tmp_path / "a.png", pairs)
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_loss_curves_are_read(tmp_path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(
        '{"event": "start"}\n{"epoch": 1, "loss": 3.0}\n\n'
        '{"epoch": 2, "loss": 2.5, "validation_loss": 2.75}\n{"epoch": 3, "loss": NaN}\n'
    )
    found = plot._read_metrics(path)
    assert found == {
        "loss": [(1, 3.0), (2, 2.5)],
        "validation_loss": [(2, 2.75)],
        "position": "epoch",
    }
    plot_training(path, tmp_path / "loss.svg")
    assert b"validation" in (tmp_path / "loss.svg").read_bytes()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda path: plot_words(groups(), path / "v.gif"), r"v.gif: name a picture .png, .svg or"),
        (lambda path: plot_words(groups(), path / "v.png", ["a0", "b0"]), "2 words are too few"),
        (lambda path: plot_words(groups(), path / "v.png", ["a0", "b0", "z"]), "'z' is not in the"),
        (
            lambda path: plot_analogies(groups(), path / "v.png", [("a0", "b0")]),
            "an analogy needs at least two pairs of words, such as a:b c:d",
        ),
        (
            lambda path: plot_training(path / "empty.jsonl", path / "v.png"),
            r"empty.jsonl has no loss: expected lines such as",
        ),
        (
            lambda path: plot_training(path / "broken.jsonl", path / "v.png"),
            r"broken.jsonl, line 2: expected a JSON object, found '\[1\]'; name the metrics.jsonl",
        ),
    ],
)
def test_mistake_is_named_and_nothing_written(draw, message, tmp_path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "broken.jsonl").write_text('{"loss": 1}\n[1]\n')
    with pytest.raises(InputError, match=message):
        draw(tmp_path)
    assert not list(tmp_path.glob("v.*"))
