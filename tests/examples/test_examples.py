"""The examples run, and the models that they train learn."""

from __future__ import annotations

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
