"""The examples run, and the models that they train learn."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.word2vec import Corpus

SENTENCE = "you say goodbye and i say hello ."
EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name=f"example_{name}")


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.py")), ids=lambda path: path.stem)
def test_program_has_fewer_than_100_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 100


def test_custom_op_passes_opcheck(capsys: pytest.CaptureFixture[str]) -> None:
    example("custom_op")["main"]()
    assert "opcheck of swish: passed" in capsys.readouterr().out


def test_custom_layer_is_trained_saved_and_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    example("custom_layer")["main"]()
    printed = capsys.readouterr().out
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert losses[-1] < losses[0]
    assert "loaded model agrees: True" in printed


def test_two_moons_are_separated() -> None:
    losses = example("two_moons")["train"](epochs=8)
    assert losses[-1] < 0.25 * losses[0]


def test_boundary_of_two_moons_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    example("two_moons")["train"](epochs=4, picture=str(tmp_path / "moons.svg"))
    assert (tmp_path / "moons.svg").read_text(encoding="utf-8").count("<path") > 5


def test_word_vectors_are_trained() -> None:
    corpus = Corpus.from_sentences([SENTENCE.split()] * 50)
    vectors = example("word_vectors")["train"](corpus, dim=8, epochs=2)
    assert vectors.words == corpus.vocabulary.words
    assert np.isfinite(vectors.vectors).all()


def test_char_lstm_learns() -> None:
    text = "the quick brown fox jumps over the lazy dog\n" * 40
    bits = example("char_lstm")["train"](text, steps=40, show=10)
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] < 0.85 * bits[0]


def test_small_gpt_learns() -> None:
    text = "the quick brown fox jumps over the lazy dog\n" * 40
    bits = example("small_gpt")["train"](text, steps=20, show=10)
    assert bits[-1] < 0.85 * bits[0]


def test_matrix_factorisation_approaches_the_noise(capsys: pytest.CaptureFixture[str]) -> None:
    errors = example("matrix_factorisation")["train"](epochs=4)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.25 * errors[0]
    assert "RowSparse(" in capsys.readouterr().out


def test_node2vec_finds_communities() -> None:
    _, share = example("node2vec")["train"](each=10)
    assert share > 0.7  # 0.12 by chance


def test_newton_steps_shrink_the_gradient_quadratically() -> None:
    norms = example("hessian_vector_products")["main"]()
    assert norms[-1] < 1e-7
    assert norms[4] < norms[3] / 50


def test_run_file_is_trained() -> None:
    corpus = Corpus.from_sentences([SENTENCE.split()] * 200)
    job, vectors = example("run_from_toml")["train"](EXAMPLES / "training_run.toml", corpus)
    assert type(job.model.output).__name__ == "HierarchicalSoftmaxLoss"
    assert vectors.vectors.shape == (7, 64)


def test_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    text = "\n".join(f"{SENTENCE} word{n} word{n + 1}" for n in range(100) for _ in range(5))
    corpus = Corpus.from_sentences([line.split() for line in text.splitlines()])
    monkeypatch.setattr(Corpus, "from_text", lambda *args, **options: corpus)
    cells = json.loads((EXAMPLES / "word_vectors.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["progress"].done > 0
