"""Continuing with a grown vocabulary, and frozen vectors."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests.word2vec.test_job import CORPUS, SMALL, sentences
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.word2vec import Corpus, KeyedVectors, Settings, UnknownWordError, Word2Vec

NEW = Corpus.from_sentences([[word.replace("b", "c") for word in line] for line in sentences(3)])
OLD_WORDS = sorted(CORPUS.vocabulary.words)  # a0 to a5 are in NEW, b0 to b5 are not
SUBWORDS = dataclasses.replace(SMALL, subwords=True, minn=1, maxn=2, buckets=30)
SETTINGS = pytest.mark.parametrize("settings", [SMALL, SUBWORDS], ids=["words", "subwords"])


def first(settings: Settings) -> KeyedVectors:
    job = Word2Vec(CORPUS, settings)
    job.fit()
    return job.vectors()


def test_words_are_added_to_a_corpus_with_a_count_of_0() -> None:
    grown = NEW.with_words(CORPUS.vocabulary.words)
    assert grown.vocabulary.words[:12] == NEW.vocabulary.words
    assert set(grown.vocabulary.words[12:]) == {f"b{k}" for k in range(6)}
    assert grown.vocabulary.counts[12:].tolist() == [0] * 6
    np.testing.assert_array_equal(grown.ids, NEW.ids)
    assert NEW.with_words(["a1"]).vocabulary is NEW.vocabulary


@SETTINGS
def test_old_words_begin_with_their_vectors(settings: Settings) -> None:
    old = first(settings)
    job = Word2Vec(NEW, settings, init=old)
    begun = job.vectors()
    assert set(begun.words) == {*NEW.vocabulary.words, *OLD_WORDS}
    np.testing.assert_allclose(begun[OLD_WORDS], old[OLD_WORDS], rtol=1e-6)
    job.fit()
    continued = job.vectors()
    assert not np.array_equal(continued["a1"], old["a1"])
    if not settings.subwords:  # words that are not in the new text
        np.testing.assert_array_equal(continued["b1"], old["b1"])
        assert not np.array_equal(continued["c1"], begun["c1"])


def test_output_table_is_continued_where_the_file_has_one() -> None:
    old = first(SUBWORDS)
    job = Word2Vec(NEW, SUBWORDS, init=old)
    output = job.model.output.weight.detach().numpy()
    rows = dict(zip(job.corpus.vocabulary.words, output, strict=True))
    np.testing.assert_array_equal(rows["a1"], old.output[old.key_to_index["a1"]])
    assert not rows["c1"].any()
    plain = Word2Vec(NEW, SMALL, init=first(SMALL))
    assert not plain.model.output.weight.detach().numpy().any()


@SETTINGS
@pytest.mark.parametrize(
    "workers",
    [
        {},
        pytest.param(
            {"threads": 2, "reproducible": True},
            marks=pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork())),
        ),
    ],
)
def test_frozen_words_keep_their_vectors(settings: Settings, workers: dict[str, object]) -> None:
    settings = dataclasses.replace(settings, sample=0, **workers)
    job = Word2Vec(CORPUS, settings, frozen=["a1", "b2"])
    before = job.vectors()
    job.fit()
    after = job.vectors()
    np.testing.assert_array_equal(after[["a1", "b2"]], before[["a1", "b2"]])
    assert not np.array_equal(after["a2"], before["a2"])


def test_settings_name_files(tmp_path: Path) -> None:
    old = first(SMALL)
    old.save(tmp_path / "old.bin")
    (tmp_path / "frozen.txt").write_text("a1 a2\nb3\n")
    settings = dataclasses.replace(
        SMALL, init=str(tmp_path / "old.bin"), freeze=str(tmp_path / "frozen.txt")
    )
    job = Word2Vec(NEW, settings)
    job.fit()
    np.testing.assert_array_equal(job.vectors()[["a1", "a2", "b3"]], old[["a1", "a2", "b3"]])


def test_wrong_sizes_and_words_are_refused() -> None:
    old = first(SMALL)
    with pytest.raises(InputError, match="init has vectors of 6 dimensions and the model 7"):
        Word2Vec(NEW, dataclasses.replace(SMALL, dim=7), init=old)
    with pytest.raises(InputError, match="init has no subwords and the model Subwords"):
        Word2Vec(NEW, SUBWORDS, init=old)
    with pytest.raises(InputError, match=r"init has Subwords.*use the same subwords"):
        Word2Vec(NEW, dataclasses.replace(SUBWORDS, maxn=3), init=first(SUBWORDS))
    with pytest.raises(UnknownWordError, match="'x1' is not in the vocabulary"):
        Word2Vec(NEW, SMALL, frozen=["x1"])
