"""Presets: their values and precedence; as an argument, an option and in a run file."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from tests.cli.commands import assert_refused, call, small_text
from tests.word2vec.test_job import CORPUS, trained
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import Corpus, Word2Vec
from tinygrad_w2v.word2vec.presets import find_preset
from tinygrad_w2v.word2vec.recipe import Recipe
from tinygrad_w2v.word2vec.settings import Settings

Capture = pytest.CaptureFixture[str]

needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(small_text() + "once upon a time a\n")
    return "text.txt"


@pytest.mark.parametrize(("model", "lr"), [("cbow", 0.05), ("skipgram", 0.025)])
def test_classic_has_settings_of_word2vec_c(model: str, lr: float) -> None:
    chosen = Settings.preset("classic", model=model)
    expected = {
        "model": model,
        "dim": 100,
        "window": 5,
        "negative": 5,
        "shared": 0,
        "sample": 1e-3,
        "epochs": 5,
        "lr": lr,
        "clip_row": 0,
        "straight_through": True,
    }
    assert {name: getattr(chosen, name) for name in expected} == expected
    assert find_preset("classic").common["min_count"] == 5


def test_classic_draws_separate_negatives_without_clipping() -> None:
    job = Word2Vec(CORPUS, Settings.preset("classic", dim=4))
    assert job.model.output.draw(7).shape == (7, 5)
    assert job.optimizer.param_groups[0]["clip_row"] is None
    assert job.model.straight_through


@pytest.mark.parametrize(("name", "drawn"), [("fast", (1, 24)), ("accurate", (1, 96))])
def test_preset_shares_negatives(name: str, drawn: tuple[int, int]) -> None:
    job = Word2Vec(CORPUS, Settings.preset(name, dim=4))
    assert job.model.output.draw(64).shape == drawn


@pytest.mark.parametrize(
    ("name", "explicit", "message"),
    [
        ("clasic", {}, "no preset is named 'clasic'; did you mean classic?"),
        ("best", {}, "no preset is named 'best'; known are classic, fasttext, fast, accurate"),
        ("classic", {"epoch": 3}, "'epoch' is not a setting; did you mean epochs?"),
        ("classic", {"model": "cbwo"}, "model is 'cbwo': use 'cbow' or 'skipgram'; did you mean "),
        ("classic", {"dim": 0}, "dim is 0: it must be an integer of at least 1"),
    ],
)
def test_invalid_preset_or_setting_is_refused(
    name: str, explicit: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        Settings.preset(name, **explicit)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_words_of_topic_become_neighbours(model: str) -> None:
    # Subsampling would drop nearly all of so small a text. With 12 words, the update of a row is a
    # sum of many gradients; the small batch keeps it stable.
    vectors = trained(Settings.preset("classic", model=model, dim=10, sample=0, epochs=40))
    for word in vectors.words:
        assert all(near[0] == word[0] for near, _ in vectors.most_similar(word, topn=5))


def test_complete_recipe_of_classic_is_bit_identical() -> None:
    job = Word2Vec(CORPUS, Settings.preset("classic", dim=4, epochs=2))
    job.fit()
    complete = job.recipe()
    assert complete.loss["shared"] == complete.optimizer["clip_row"] == 0
    again = Word2Vec(CORPUS, Settings(**complete.training), recipe=complete)
    again.fit()
    assert again.vectors().vectors.tobytes() == job.vectors().vectors.tobytes()


QUICK = ["--dim", "4", "--sample", "0", "--quiet"]


def vectors_of(capsys: Capture, *argv: object) -> bytes:
    outcome = call(capsys, "train", *argv, "-o", "v.bin")
    assert outcome.status == 0, outcome.err
    return Path("v.bin").read_bytes()


@pytest.mark.parametrize(
    ("more", "equal"),
    [
        ([], ["--lr", "0.05"]),
        (["--model", "skipgram"], ["--model", "skipgram", "--lr", "0.025"]),
        (["--lr", "0.02"], ["--lr", "0.02"]),
    ],
)
def test_preset_option_equals_its_values(
    text: str, capsys: Capture, more: list[str], equal: list[str]
) -> None:
    values = ["--epochs", "5", "--shared", "0", "--clip-row", "0", "--batch-tokens", "64"]
    values += ["--negative", "5", "--input-rate", "1", "--straight-through", "1"]
    preset = vectors_of(capsys, text, *QUICK, "--preset", "classic", *more)
    assert preset == vectors_of(capsys, text, *QUICK, *values, *equal)


@needs_toml
@pytest.mark.parametrize("type_name", ["CBOW", "SkipGram"])
def test_run_file_takes_precedence_over_its_preset(
    text: str, capsys: Capture, type_name: str
) -> None:
    Path("run.toml").write_text(
        f'[corpus]\ntext = ["text.txt"]\nmin_count = 2\n[model]\ntype = "{type_name}"\ndim = 4\n'
        '[training]\npreset = "classic"\nepochs = 2\nsample = 0\n'
    )
    options = ["--model", type_name.lower(), "--min-count", "2", "--epochs", "2"]
    expected = vectors_of(capsys, text, *QUICK, "--preset", "classic", *options)
    assert vectors_of(capsys, "--config", "run.toml", "--quiet") == expected
    assert vectors_of(capsys, "--config", "v.bin.run.toml", "--quiet") == expected
    assert Recipe.read("v.bin.run.toml").optimizer["clip_row"] == 0


@needs_toml
def test_run_file_with_unknown_preset_is_refused(text: str, capsys: Capture) -> None:
    Path("run.toml").write_text('[corpus]\ntext = ["text.txt"]\n[training]\npreset = "clasic"\n')
    outcome = call(capsys, "train", "--config", "run.toml", "--quiet")
    assert_refused(outcome, "no preset is named 'clasic'; did you mean classic?")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_classic_is_stable_on_penn_treebank(data_folder: Path, model: str) -> None:
    text = data_folder / "ptb" / "ptb.train.txt"
    if not text.is_file():
        pytest.skip(f"no {text.name} in {text.parent}")
    job = Word2Vec(Corpus.from_text(text), Settings.preset("classic", model=model, epochs=3))
    progress = job.fit()
    assert math.isfinite(progress.loss)
    assert progress.loss < 6 * math.log(2) * 0.7  # what it starts with
    days = {"monday", "tuesday", "wednesday", "thursday", "friday"}
    near = [word for word, _ in job.vectors().most_similar("monday", topn=10)]
    assert len(days.intersection(near)) >= 3
