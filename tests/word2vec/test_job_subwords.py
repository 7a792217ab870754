"""Trainings with subwords: vectors, run files, checkpoints and several workers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.word2vec.test_job import CORPUS, SMALL, stopped
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import FastText
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.word2vec import Settings, Word2Vec
from tinygrad_w2v.word2vec.recipe import Recipe
from tinygrad_w2v.word2vec.vectors import SubwordVectors

CHOSEN = dataclasses.replace(SMALL, subwords=True, minn=1, maxn=2, buckets=40)
MODELS = pytest.mark.parametrize("model", ["cbow", "skipgram"])


def trained(settings: Settings) -> SubwordVectors:
    job = Word2Vec(CORPUS, settings)
    job.fit()
    vectors = job.vectors()
    assert isinstance(vectors, SubwordVectors)
    return vectors


@MODELS
def test_vectors_of_a_training_include_unseen_words(model: str) -> None:
    settings = dataclasses.replace(CHOSEN, model=model, epochs=8, sample=0, lr=0.05)
    vectors = trained(settings)
    assert vectors.arguments["model"] == (1 if model == "cbow" else 2)
    assert np.isfinite(vectors["a9"]).all()
    assert "a9" not in vectors.key_to_index
    assert vectors.similarity("a1", "a2") > vectors.similarity("a1", "b2")


def test_word_vectors_have_their_own_learning_rate() -> None:
    job = Word2Vec(CORPUS, dataclasses.replace(CHOSEN, input_rate=3.0, lr=0.1))
    _, words = job.optimizer.param_groups
    assert words["params"] == [job.model.input.weight]
    assert words["lr"] == pytest.approx(0.3)


@MODELS
def test_run_file_repeats_the_training(model: str, tmp_path: Path) -> None:
    job = Word2Vec(CORPUS, dataclasses.replace(CHOSEN, model=model))
    job.fit()
    job.recipe().write(tmp_path / "run.json.toml")
    recipe = Recipe.read(tmp_path / "run.json.toml")
    assert recipe.model["type"] == "FastText"
    assert "words" not in recipe.model
    _, settings = recipe.resolve()
    assert (settings.subwords, settings.model) == (True, model)
    again = Word2Vec(CORPUS, settings, recipe=recipe)
    again.fit()
    np.testing.assert_array_equal(again.vectors().vectors, job.vectors().vectors)


def test_resumed_training_has_the_same_vectors(tmp_path: Path) -> None:
    begun = stopped(Word2Vec(CORPUS, CHOSEN), 10)
    begun.save(tmp_path / "checkpoint.npz")
    again = Word2Vec(CORPUS, CHOSEN)
    again.resume(tmp_path / "checkpoint.npz")
    again.fit()
    np.testing.assert_array_equal(again.vectors().table, trained(CHOSEN).table)


@pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))
def test_reproducible_workers_give_bit_identical_vectors() -> None:
    settings = dataclasses.replace(CHOSEN, sample=0, threads=2, reproducible=True)
    first, again = trained(settings), trained(settings)
    np.testing.assert_array_equal(first.table, again.table)


def test_hierarchical_softmax_is_possible() -> None:
    recipe = Recipe(loss={"type": "HierarchicalSoftmaxLoss"})
    job = Word2Vec(CORPUS, CHOSEN, recipe=recipe)
    assert isinstance(job.model, FastText)
    job.fit()
    assert job.vectors().output is None


@pytest.mark.parametrize("option", [{"whiten": 0.2}, {"average": True}])
def test_changes_of_words_and_subwords_are_not_combined(option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="changes words but not their subwords"):
        Word2Vec(CORPUS, dataclasses.replace(CHOSEN, **option))
