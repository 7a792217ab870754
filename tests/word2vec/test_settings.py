"""Options, run file, checks and documentation of a setting derive from its one statement."""

from __future__ import annotations

import argparse
import dataclasses
import math
from typing import Any

import pytest

from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import Subwords
from tinygrad_w2v.word2vec.presets import PRESETS
from tinygrad_w2v.word2vec.recipe import SETTINGS_SECTIONS, Recipe
from tinygrad_w2v.word2vec.settings import (
    SETTINGS,
    CorpusSettings,
    Setting,
    Settings,
    check_setting,
    integers,
)


def options() -> dict[str, argparse.Action]:
    """Return the options of ``train`` by name."""
    commands = next(
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return {action.dest: action for action in commands["train"]._actions}


def test_new_setting_appears_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Setting("training", 3, integers(2), "length of the n-grams")
    monkeypatch.setitem(SETTINGS, "ngram_size", new)
    assert options()["ngram_size"].option_strings == ["--ngram-size"]
    assert options()["ngram_size"].help == "length of the n-grams (default: 3)"
    assert build_parser().parse_args(["train", "--ngram-size", "4"]).ngram_size == 4
    assert Recipe.of({"training": {"ngram_size": 4}}).training == {"ngram_size": 4}
    message = "ngram_size is 1: it must be an integer of at least 2"
    with pytest.raises(InputError, match=f"^recipe: training.{message}$"):
        Recipe.of({"training": {"ngram_size": 1}})
    with pytest.raises(InputError, match=f"^{message}$"):
        check_setting("ngram_size", 1)


@pytest.mark.parametrize("cls", [CorpusSettings, Settings])
def test_every_field_is_a_setting(cls: Any) -> None:
    for field in dataclasses.fields(cls):
        setting = SETTINGS[field.name]
        assert setting.default == field.default == getattr(cls(), field.name)
        assert f"    {field.name}\n        {setting.help[0].upper()}" in cls.__doc__


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_has_option_with_help_and_default(name: str) -> None:
    action, setting = options()[name], SETTINGS[name]
    assert action.option_strings == ([] if name == "text" else [f"--{name.replace('_', '-')}"])
    assert action.help.replace("%%", "%").startswith(setting.help)
    assert ("(default: " in action.help) == (SETTINGS[name].default is not False)
    assert action.default is argparse.SUPPRESS


@pytest.mark.parametrize("name", [n for n in SETTINGS if SETTINGS[n].section in SETTINGS_SECTIONS])
def test_setting_is_read_from_run_file_and_checked(name: str) -> None:
    section, default = SETTINGS[name].section, SETTINGS[name].default
    assert getattr(Recipe.of({section: {name: default}}), section) == {name: default}
    with pytest.raises(InputError, match=f"^recipe: {section}.{name} is "):
        Recipe.of({section: {name: {}}})


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_other_settings_complete_specs(model: Any) -> None:
    specs = Recipe().completed(Settings(model=model))
    for name, setting in SETTINGS.items():
        if setting.argument_of == "*":
            assert getattr(specs, setting.section)[name] == setting.default
        elif setting.argument_of:
            spec = getattr(specs, setting.section)
            assert (name in spec) == setting.belongs_to(spec["type"])


def test_zero_stands_for_none_of_argument() -> None:
    specs = Recipe().completed(Settings(shared=0, clip_row=0))
    assert specs.loss["shared"] is specs.optimizer["clip_row"] is None


def test_values_of_presets_are_settings() -> None:
    for name, preset in PRESETS.items():
        for model in preset.models:
            assert preset.values(model).keys() <= SETTINGS.keys()
            Recipe(training={"preset": name}, model={"type": "CBOW"}).resolve()


def test_precedence_is_explicit_then_run_file_then_preset_then_default() -> None:
    recipe = Recipe(corpus={"min_count": 2}, training={"preset": "classic", "window": 4, "seed": 7})
    corpus, settings = recipe.resolve(seed=8, max_vocab=9)
    assert (settings.seed, settings.window, settings.negative, settings.dim) == (8, 4, 5, 100)
    assert (corpus.min_count, corpus.max_vocab) == (2, 9)


def test_preset_uses_values_of_model_in_run_file() -> None:
    recipe = Recipe(model={"type": "SkipGram"}, training={"preset": "classic"})
    assert recipe.resolve()[1].lr == 0.025


def test_builtin_text_is_trained_for_more_epochs() -> None:
    assert Recipe().resolve()[1].epochs == 20
    assert Recipe().resolve(text=["a.txt"])[1].epochs == 5
    assert Recipe(training={"epochs": 2}).resolve()[1].epochs == 2
    assert Recipe().resolve(preset="classic")[1].epochs == 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dim": 0}, "dim is 0: it must be an integer of at least 1"),
        ({"dim": 2.5}, "dim is 2.5: it must be an integer of at least 1"),
        ({"window": -1}, "window is -1: it must be an integer of at least 1"),
        ({"batch_tokens": 2}, "batch_tokens is 2: it must be an integer of at least 3"),
        ({"lr": -0.1}, "lr is -0.1: it must be a number above 0"),
        ({"lr": math.nan}, "lr is nan: it must be a number above 0"),
        ({"lr": math.inf}, "lr is inf: it must be a number above 0"),
        ({"lr": "fast"}, "lr is 'fast': it must be a number above 0"),
        ({"reproducible": 1}, "reproducible is 1: it must be true or false"),
        ({"whiten": 1.5}, "whiten is 1.5: it must be a number from 0 to 1"),
        ({"clip_row": -1}, "clip_row is -1: it must be a number of at least 0"),
        ({"clip_row": math.inf}, "clip_row is inf: it must be a number of at least 0"),
        ({"straight_through": 2}, "straight_through is 2: it must be a number from 0 to 1"),
        ({"input_rate": 0}, "input_rate is 0: it must be a number above 0"),
        ({"sample": 2}, "sample is 2: it must be a number from 0 to 1"),
        ({"model": "cbwo"}, "model is 'cbwo': use 'cbow' or 'skipgram'; did you mean cbow?"),
    ],
)
def test_value_out_of_range_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings(**wrong)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_more_workers_than_the_machine_can_run_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert Settings(threads=32).threads == 32
    with pytest.raises(InputError) as caught:
        Settings(threads=100_000)
    assert str(caught.value) == (
        "threads is 100,000: use at most 32, 8 for each of this machine's 4 processors"
    )


def test_defaults_of_subwords_are_the_models() -> None:
    settings = Settings()
    model = Subwords()
    for name in ("minn", "maxn", "buckets"):
        assert getattr(settings, name) == getattr(model, name)
