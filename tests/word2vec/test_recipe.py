"""Run files: they round-trip, name mistakes, and repeat a training bit-identically."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.commands import run as run_command
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec
from tinygrad_w2v.word2vec.recipe import Recipe
from tinygrad_w2v.word2vec.vectors import KeyedVectors

CORPUS = Corpus.from_sentences([["you", "say", "goodbye", "and", "i", "say", "hello", "."]] * 60)
SETTINGS = Settings(dim=6, sample=0.0, epochs=2)

needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")

KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
PLAIN = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@needs_toml
@given(st.dictionaries(KEYS, PLAIN))
def test_toml_round_trip(spec: dict[str, Any]) -> None:
    import tomllib

    read = tomllib.loads(Recipe(model=spec).to_toml())
    assert read.get("model", {}) == spec


@pytest.mark.parametrize(
    ("name", "text"), [("run.json", '{"model":' + "[" * 10**5), ("run.toml", "a=" + "[" * 5000)]
)
def test_deeply_nested_file_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(
        InputError,
        match=rf"{name} (is nested too deeply|cannot be read|: it is nested deeper than 200)",
    ):
        Recipe.read(tmp_path / name)


def test_json_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"model": {"type": "CBOW", "dim": 3}}))
    assert Recipe.read(path) == Recipe(model={"type": "CBOW", "dim": 3})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"modell": {}}, r"recipe: no section is named 'modell'; did you mean model"),
        ({"model": 3}, r"recipe: model is 3: it must be a section"),
        ({"training": {"epoch": 3}}, r"training.epoch is not a setting; did you mean epochs"),
        ({"training": {"epochs": "3"}}, r"training.epochs is '3': it must be an integer"),
        ({"corpus": {"text": "a.txt"}}, r"corpus.text is 'a.txt': it must be a list of paths"),
        ([], r"recipe is a list: it must have sections"),
    ],
)
def test_mistake_is_named_by_section_and_setting(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Recipe.of(data)


@pytest.mark.parametrize(
    ("section", "spec", "message"),
    [
        ("model", {"dimm": 3}, r"model.dimm: CBOW has no argument of this name; did you mean dim"),
        ("optimizer", {"lr": "x"}, r"optimizer.lr is 'x': it must be a number above 0"),
        ("optimizer", {"lr": 10**400}, r"optimizer.lr is 1000.*: it must be a number above 0"),
        ("model", {"type": "CBWO"}, r"model.type is 'CBWO': .* did you mean CBOW"),
        ("loss", {"negative": 0}, r"loss: negative is 0: .* at least 1"),
        ("loss", {"type": "Adam"}, r"loss.type is 'Adam': that is not a Module"),
        ("optimizer", {"lr": -1}, r"optimizer.lr is -1"),
        ("schedule", {"floor": "low"}, r"schedule.floor is 'low': it must be a number"),
    ],
)
def test_specs_are_checked_before_training(section: str, spec: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Word2Vec(CORPUS, SETTINGS, recipe=Recipe(**{section: spec}))


RECIPES = {
    "the default": Recipe(),
    "skip-gram": Recipe(model={"type": "SkipGram", "dim": 5}),
    "hierarchical softmax": Recipe(loss={"type": "HierarchicalSoftmaxLoss"}),
    "a full softmax": Recipe(model={"loss": "softmax"}),
    "Adagrad and a cosine": Recipe(
        optimizer={"type": "Adagrad", "lr": 0.05},
        schedule={"type": "CosineLR", "warmup": 100.0},
    ),
    "another sampler": Recipe(loss={"sampler": {"type": "UnigramSampler", "power": 0.5}}),
}


@pytest.mark.parametrize("name", RECIPES)
def test_complete_recipe_is_bit_identical(name: str) -> None:
    job = Word2Vec(CORPUS, SETTINGS, recipe=RECIPES[name])
    job.fit()
    complete = Recipe.of(json.loads(json.dumps(vars(job.recipe()))))
    again = Word2Vec(CORPUS, Settings(**complete.training), recipe=complete)
    again.fit()
    np.testing.assert_array_equal(again.model.vectors, job.model.vectors)
    assert again.recipe() == job.recipe()
    assert math.isfinite(job.trainer.progress.loss)


def test_checkpoint_of_other_recipe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    Word2Vec(CORPUS, SETTINGS).save(path)
    other = Word2Vec(CORPUS, SETTINGS, recipe=RECIPES["hierarchical softmax"])
    with pytest.raises(InputError, match=r"recipe was None, now"):
        other.resume(path)


@needs_toml
def test_written_run_file_repeats_training(tmp_path: Path) -> None:
    text, first, second = (tmp_path / name for name in ("text.txt", "one.txt", "two.txt"))
    text.write_text("you say goodbye and i say hello .\n" * 60)
    options = ["--dim", "5", "--epochs", "2", "--min-count", "1", "--sample", "0", "--quiet"]
    assert run_command("train", str(text), "-o", str(first), *options).returncode == 0
    config = f"{first}.run.toml"
    done = run_command("train", "--config", config, "-o", str(second), "--quiet")
    assert done.returncode == 0, done.stderr
    assert second.read_bytes() == first.read_bytes()
    assert Path(f"{second}.run.toml").read_text() == Path(config).read_text()


@needs_toml
def test_options_replace_settings_of_run_file_or_are_refused(
    tmp_path: Path,
) -> None:
    text, vectors = tmp_path / "text.txt", tmp_path / "vectors.txt"
    text.write_text("you say goodbye and i say hello .\n" * 60)
    config = tmp_path / "run.toml"
    config.write_text(
        f'[corpus]\ntext = ["{text.as_posix()}"]\nmin_count = 1\n'
        '[model]\ntype = "CBOW"\ndim = 4\n[training]\nepochs = 1\nsample = 0\n'
    )
    command = ["train", "--config", str(config), "-o", str(vectors), "--quiet"]
    assert run_command(*command, "--min-count", "61").returncode == 0
    assert len(KeyedVectors.load(vectors)) == 1
    refused = run_command(*command, "--dim", "7")
    assert refused.returncode == 2
    assert "--dim cannot be combined with --config" in refused.stderr
