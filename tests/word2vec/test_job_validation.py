"""Held-out text: its loss, early stopping, and that it is not trained on."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import run as run_command
from tests.word2vec.test_job import CORPUS, SMALL, sentences, stopped
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.word2vec import Corpus, Word2Vec
from tinygrad_w2v.word2vec.corpus import WindowBatches

CHOSEN = dataclasses.replace(SMALL, validation=0.25)


def test_held_out_part_begins_at_a_line_and_is_not_trained_on() -> None:
    job = Word2Vec(CORPUS, CHOSEN)
    assert job.total == 3 * 45 * 12
    assert job.validation.batches.words_per_epoch == 15 * 12
    job.fit()
    assert job.trainer.progress.done == job.total
    assert np.isfinite(job.validation.loss)


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_validation_does_not_change_the_vectors(model: str) -> None:
    settings = dataclasses.replace(SMALL, model=model)
    held_out = Corpus.encoded(sentences(1), CORPUS.vocabulary)
    plain, validated = Word2Vec(CORPUS, settings), Word2Vec(CORPUS, settings, held_out=held_out)
    for job in (plain, validated):
        job.fit()
    np.testing.assert_array_equal(plain.vectors().vectors, validated.vectors().vectors)
    assert validated.validation.epoch == 3


def test_validation_loss_is_the_same_after_a_resumption(tmp_path: Path) -> None:
    whole = Word2Vec(CORPUS, CHOSEN)
    whole.fit()
    begun = stopped(Word2Vec(CORPUS, CHOSEN), 12)
    begun.save(tmp_path / "checkpoint.npz")
    again = Word2Vec(CORPUS, CHOSEN)
    again.resume(tmp_path / "checkpoint.npz")
    again.fit()
    assert again.validation.state_dict() == whole.validation.state_dict()


@pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))
@pytest.mark.parametrize("reproducible", [False, True])
def test_worker_processes_are_validated_after_each_epoch(reproducible: bool) -> None:
    settings = dataclasses.replace(CHOSEN, sample=0, threads=2, reproducible=reproducible)
    job = Word2Vec(CORPUS, settings)
    job.fit()
    assert job.validation.epoch == 3
    assert np.isfinite(job.validation.best)


def test_training_ends_when_the_loss_no_longer_falls() -> None:
    # Words of the held-out text occur together only there, so that training makes it worse.
    lines = [*sentences(), *([["a0", "b0", "a1", "b1"]] * 20)]
    settings = dataclasses.replace(
        SMALL, validation=0.1, patience=2, epochs=60, sample=0, lr=0.2, seed=3
    )
    job = Word2Vec(Corpus.from_sentences(lines), settings)
    progress = job.fit()
    assert progress.done < job.total
    assert job.trainer.finished
    assert job.validation.epoch == job.validation.best_epoch + 2


def test_patience_needs_held_out_text() -> None:
    with pytest.raises(InputError, match="patience is 2 without held-out text: set validation"):
        Word2Vec(CORPUS, dataclasses.replace(SMALL, patience=2))


def test_part_without_a_line_is_refused() -> None:
    with pytest.raises(InputError, match=r"validation is 0.001, and no line of 60 ends there"):
        Word2Vec(CORPUS, dataclasses.replace(SMALL, validation=1e-3))


def test_encoded_text_has_only_words_of_the_vocabulary() -> None:
    found = Corpus.encoded([["a0", "x", "a1"], ["x"], ["b0"]], CORPUS.vocabulary)
    words = [CORPUS.vocabulary.words[n] if n >= 0 else "." for n in found.ids]
    assert words == ["a0", "a1", ".", "b0", "."]
    with pytest.raises(InputError, match="the text has no word of the vocabulary"):
        Corpus.encoded([["x"]], CORPUS.vocabulary)


def test_batches_of_a_part_are_those_of_its_text() -> None:
    part = (13 * 10, 13 * 25)  # lines 10 to 24
    text = Corpus(CORPUS.vocabulary, CORPUS.ids[slice(*part)])
    options = {"window": 3, "batch_tokens": 40, "sample": 0, "dynamic": False}
    found = WindowBatches(CORPUS, part=part, **options).epoch(0)
    for a, b in zip(found, WindowBatches(text, **options).epoch(0), strict=True):
        np.testing.assert_array_equal(a.tokens, b.tokens)


def test_command_line_writes_metrics_and_keeps_the_best_vectors(tmp_path: Path) -> None:
    text, vectors = tmp_path / "text.txt", tmp_path / "vectors.txt"
    text.write_text("\n".join(" ".join(line) for line in sentences()))
    options = ["--min-count", "1", "--dim", "4", "--epochs", "3", "--sample", "0"]
    done = run_command(
        "train", str(text), "-o", str(vectors), *options, "--validation", "0.2", "--patience", "1"
    )
    assert done.returncode == 0, done.stderr
    lines = Path(f"{vectors}.metrics.jsonl").read_text().splitlines()
    losses = [json.loads(line).get("validation_loss") for line in lines]
    assert any(losses)
    assert not list(tmp_path.glob("*.best"))
    held_out = tmp_path / "held-out.txt"
    held_out.write_text("a0 a1 a2\n")
    done = run_command(
        "train", str(text), "-o", str(vectors), *options, "--validation-text", str(held_out)
    )
    assert done.returncode == 0, done.stderr
    assert "validation_text" in Path(f"{vectors}.run.toml").read_text()
