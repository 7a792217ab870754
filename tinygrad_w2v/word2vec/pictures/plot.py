"""Plots with Matplotlib: words in two dimensions, analogies, and the loss of a training."""

from __future__ import annotations

import importlib
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.runtime.files import atomic_write, is_special, read_text
from tinygrad_w2v.validation import integer
from tinygrad_w2v.word2vec.pictures.labels import place_labels
from tinygrad_w2v.word2vec.pictures.projection import Method, chosen_method, project
from tinygrad_w2v.word2vec.vectors import KeyedVectors

Path_ = str | os.PathLike[str]

# Okabe and Ito's colors, which readers with any color vision distinguish.
_BLUE, _ORANGE, _GREEN, _RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
_INK, _SOFT = "#22252a", "#8a9099"
_SIZE = (9, 6.5)  # inches
_DPI = 150
_FORMATS = (".png", ".svg", ".pdf")
_NAMES = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}


def plot_words(
    kv: KeyedVectors,
    path: Path_,
    words: Sequence[str] = (),
    top: int = 200,
    method: Method = "auto",
    seed: int = 0,
    title: str | None = None,
) -> None:
    """Draw words where a projection of their vectors puts them.

    Parameters
    ----------
    kv
        The vectors.
    path
        The picture, in the format of its suffix: ``.png``, ``.svg`` or ``.pdf``.
    words
        The words to draw; by default the `top` first words.
    method, seed
        The projection; see :func:`project`. ``"auto"`` is PCA for fewer than 30 words.
    title
        By default the number of words and the projection.

    Raises
    ------
    InputError
        If a word has no vector, fewer than 3 are drawn, or the suffix is another.
    MissingExtraError
        If Matplotlib or the package of the projection is not installed.

    Notes
    -----
    Labels that do not fit without overlap are omitted, those of the last words first.
    """
    chosen = list(dict.fromkeys(words)) or list(kv.words[: integer("top", top, least=2)])
    if len(chosen) < 3:
        raise InputError(f"{len(chosen)} words are too few for a projection; name at least 3")
    rows = np.array([kv.get_index(word) for word in chosen])
    _check_suffix(path)
    method = "pca" if method == "auto" and len(chosen) < 30 else chosen_method(method)
    places = project(kv.get_unit_vectors(rows), method, seed)
    figure, axes = _figure(path, title or f"{len(chosen):,} words by {_NAMES[method]}")
    axes.scatter(*places.T, s=14 if len(chosen) > 60 else 26, color=_BLUE, alpha=0.75, lw=0)
    _frame(axes, places)
    size = 10 if len(chosen) <= 60 else 8
    place_labels(axes, places, chosen, size=size, color=_INK)
    _save(figure, path)


def plot_analogies(
    kv: KeyedVectors,
    path: Path_,
    pairs: Sequence[tuple[str, str]],
    title: str | None = None,
) -> None:
    """Draw pairs of words with arrows; pairs of one relation form parallelograms.

    The plane is spanned by the mean difference of the pairs and by the direction in which the
    midpoints vary most.

    Parameters
    ----------
    kv
        The vectors.
    path
        The picture; see :func:`plot_words`.
    pairs
        At least two, such as ``[("man", "king"), ("woman", "queen")]``.
    title
        By default the pairs.

    Raises
    ------
    InputError
        If a word has no vector, or there are fewer than two pairs.
    """
    if len(pairs) < 2:
        raise InputError("an analogy needs at least two pairs of words, such as a:b c:d")
    unit = np.array([[kv.get_vector(word, norm=True) for word in pair] for pair in pairs])
    places = _analogy_plane(unit.astype(np.float64))
    shown = title or ",  ".join(f"{a} → {b}" for a, b in pairs[:4]) + (" ..." * (len(pairs) > 4))
    figure, axes = _figure(path, shown)
    axes.set_aspect("equal", adjustable="datalim")
    style = {"arrowstyle": "-|>", "mutation_scale": 16, "shrinkA": 6, "shrinkB": 6, "lw": 1.8}
    for start, end in places:
        axes.annotate("", end, start, arrowprops={**style, "color": _BLUE})
    beside = places[places.mean(axis=1)[:, 0].argsort()]
    for side in (0, 1):  # the other two sides of the parallelograms
        axes.plot(*beside[:, side].T, color=_ORANGE, lw=1.2, ls=(0, (4, 3)), zorder=1)
    for side, color in ((0, _GREEN), (1, _RED)):
        axes.scatter(*places[:, side].T, s=48, color=color, zorder=3)
    flat = places.reshape(-1, 2)
    _frame(axes, flat)
    place_labels(axes, flat, [word for pair in pairs for word in pair], size=12, color=_INK, gap=8)
    _save(figure, path)


def plot_training(metrics: Path_, path: Path_, title: str | None = None) -> None:
    """Draw the loss of a training, from a file of JSON lines.

    Parameters
    ----------
    metrics
        The ``metrics.jsonl`` of a training: each line an object with ``loss`` or
        ``validation_loss``, and ``done``, ``words``, ``step`` or ``epoch``, the position.
    path
        The picture; see :func:`plot_words`.
    title
        By default the name of the file.

    Raises
    ------
    InputError
        If the file has no such lines.
    """
    curves = _read_metrics(metrics)
    figure, axes = _figure(path, title or f"loss, {os.fspath(metrics)}")
    styles = {"loss": (_BLUE, "training"), "validation_loss": (_ORANGE, "validation")}
    for name, (color, label) in styles.items():
        if points := curves[name]:
            marker = "o" if len(points) < 30 else None
            axes.plot(*zip(*points, strict=True), color=color, label=label, lw=1.8, marker=marker)
    axes.set_xlabel({"done": "words"}.get(curves["position"], curves["position"]))
    axes.set_ylabel("loss")
    axes.grid(alpha=0.25)
    if curves["loss"] and curves["validation_loss"]:
        axes.legend(frameon=False)
    _save(figure, path)


_POSITIONS = ("done", "words", "step", "steps", "epoch")


def _read_metrics(path: Path_) -> dict[str, Any]:
    """Return the points of each curve, and the name of their position."""
    curves: dict[str, Any] = {"loss": [], "validation_loss": [], "position": "line"}
    for number, line in enumerate(read_text(path, 1 << 28).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise InputError(
                f"{os.fspath(path)}, line {number:,}: expected a JSON object, found "
                f"{line[:60]!r}; name the metrics.jsonl of a training"
            )
        position = next((name for name in _POSITIONS if _is_number(row.get(name))), None)
        curves["position"] = position or curves["position"]
        for name in ("loss", "validation_loss"):
            if _is_number(row.get(name)):
                curves[name].append((row[position] if position else number, row[name]))
    if not curves["loss"] and not curves["validation_loss"]:
        raise InputError(
            f'{os.fspath(path)} has no loss: expected lines such as {{"epoch": 1, "loss": 2.5}}'
        )
    return curves


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def _analogy_plane(unit: Any) -> Any:
    """Return the places (N, 2, 2) of pairs of vectors (N, 2, D) in the plane of the relation."""
    difference = (unit[:, 1] - unit[:, 0]).mean(axis=0)
    length = np.linalg.norm(difference)
    up = difference / length if length else np.eye(unit.shape[2])[0]
    middles = unit.mean(axis=1)
    middles = middles - middles.mean(axis=0)
    middles -= np.outer(middles @ up, up)
    _, _, directions = np.linalg.svd(middles)
    right = directions[0]
    right *= np.sign(right[np.abs(right).argmax()]) or 1
    return unit @ np.stack([right, up], axis=1)


def _figure(path: Path_, title: str) -> tuple[Any, Any]:
    _check_suffix(path)
    try:
        module: Any = importlib.import_module("matplotlib.figure")  # optional: the extra `plot`
    except ImportError:
        raise MissingExtraError("matplotlib", "plot", "pictures") from None
    figure = module.Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(_SOFT)
    axes.tick_params(colors=_SOFT, labelcolor=_INK)
    # Dollar signs would be typeset as mathematics.
    axes.set_title(title.replace("$", r"\$"), loc="left", fontsize=12, color=_INK, pad=12)
    return figure, axes


def _check_suffix(path: Path_) -> None:
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS and not is_special(path):
        raise InputError(f"{os.fspath(path)}: name a picture {', '.join(_FORMATS[:2])} or .pdf")


def _frame(axes: Any, places: Any) -> None:
    """Leave space for labels, and hide the scales, which have no meaning."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.margins(0.08)
    axes.autoscale_view()


def _save(figure: Any, path: Path_) -> None:
    kind = Path(path).suffix.lower().removeprefix(".") or "png"
    # Without the date, the same data gives the same file.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=_DPI, metadata=metadata)
