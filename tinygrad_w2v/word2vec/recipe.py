"""Recipe: a complete training as data, in a run file: text, model, loss, optimizer, schedule.

A run file is read from TOML or JSON and written as TOML. The sections ``corpus`` and ``training``
hold settings (see :mod:`~tinygrad_w2v.word2vec.settings`); the others are specs (see ``nn.build``).
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tinygrad_w2v.errors import InputError, MissingExtraError, nearest_or_all
from tinygrad_w2v.nn.archive import MOST_META, check_meta
from tinygrad_w2v.runtime.files import read_text, write_text
from tinygrad_w2v.word2vec.presets import find_preset
from tinygrad_w2v.word2vec.settings import (
    BUILTIN_TEXT_EPOCHS,
    MODEL_TYPES,
    SETTINGS,
    SUBWORD_TYPE,
    CorpusSettings,
    Settings,
    check_setting,
)

SETTINGS_SECTIONS = ("corpus", "training")
"""The sections that hold settings; the others are specs."""

SPEC_SECTIONS = ("model", "loss", "optimizer", "schedule")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The parts of a training; what is omitted has its default.

    Attributes
    ----------
    corpus
        Fields of :class:`CorpusSettings`.
    model, loss, optimizer, schedule
        Specs; the number of words and their counts come from the corpus.
    training
        The fields of :class:`Settings` that are not arguments of the specs, and ``preset``, whose
        values replace the defaults of everything that is omitted here and in the specs.

    Examples
    --------
    >>> recipe = Recipe(model={"type": "CBOW", "dim": 50}, training={"epochs": 3})
    >>> print(recipe.to_toml())
    [model]
    type = "CBOW"
    dim = 50
    <BLANKLINE>
    [training]
    epochs = 3
    <BLANKLINE>
    """

    corpus: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    model: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    loss: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    optimizer: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    schedule: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Recipe:
        """Read a file that ends in ``.toml`` or ``.json``.

        Raises
        ------
        InputError
            If it cannot be read, or a section or a setting is unknown or has a wrong value.
        MissingExtraError
            If TOML under Python 3.10 needs the package tomli.
        """
        shown, text = os.fspath(path), read_text(path, MOST_META)
        try:
            data = json.loads(text) if Path(path).suffix == ".json" else _toml().loads(text)
        except ValueError as error:
            raise InputError(f"{shown} cannot be read: {error}; correct it") from None
        except RecursionError:
            raise InputError(f"{shown} is nested too deeply: use fewer levels") from None
        check_meta(data, text, shown)
        return cls.of(data, shown)

    @classmethod
    def of(cls, data: Any, name: str = "recipe") -> Recipe:
        """Return the recipe of plain data, after checking its sections and settings."""
        sections = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(data, Mapping):
            raise InputError(f"{name} is a {type(data).__name__}: it must have sections")
        for section, options in data.items():
            if section not in sections:
                raise InputError(
                    f"{name}: no section is named {section!r}; {nearest_or_all(section, sections)}"
                )
            if not isinstance(options, Mapping):
                raise InputError(f"{name}: {section} is {options!r}: it must be a section")
            if section in SETTINGS_SECTIONS:
                _check_settings(section, options, name)
        return cls(**data)

    def resolve(self, **explicit: Any) -> tuple[CorpusSettings, Settings]:
        """Return the settings of a training.

        A setting is taken from `explicit` (settings, or ``preset``), else from this recipe, else
        from its preset, else it has its default. Settings that are arguments of a spec are not
        taken from the recipe.

        Examples
        --------
        >>> corpus, settings = Recipe(training={"preset": "classic"}).resolve(window=3)
        >>> corpus.min_count, settings.window, settings.negative
        (5, 3, 5)
        """
        chosen = {**self.corpus, **self.training, **explicit}
        preset = chosen.pop("preset", None)
        kind = self.model.get("type")
        if kind == SUBWORD_TYPE:
            chosen |= {"subwords": True, "model": self.model.get("model", Settings.model)}
        elif kind == MODEL_TYPES["skipgram"]:
            chosen["model"] = "skipgram"  # the values of a preset depend on it
        if preset is not None:
            chosen = {**find_preset(preset).values(chosen.get("model", Settings.model)), **chosen}
        elif not chosen.get("text"):
            chosen.setdefault("epochs", BUILTIN_TEXT_EPOCHS)
        corpus = {name: chosen.pop(name) for name in _names("corpus") if name in chosen}
        return CorpusSettings(**corpus), Settings(**chosen)

    def completed(self, settings: Settings) -> Recipe:
        """Return the specs with their types and with the settings that they omit."""
        types = {
            "model": SUBWORD_TYPE if settings.subwords else MODEL_TYPES[settings.model],
            "loss": "NegativeSamplingLoss",
            "optimizer": "SGD",
            "schedule": "LinearDecay",
        }
        specs = {name: {"type": types[name], **getattr(self, name)} for name in SPEC_SECTIONS}
        for name, setting in SETTINGS.items():
            spec = specs.get(setting.section, {})
            if spec and setting.belongs_to(spec["type"]):
                value = spec.get(name, getattr(settings, name))
                spec[name] = (value or None) if setting.zero_is_none else value
        return Recipe(**specs)

    @classmethod
    def of_training(cls, specs: Mapping[str, Mapping[str, Any]], settings: Settings) -> Recipe:
        """Return the recipe of a training from the specs of its parts and its settings.

        It omits numbers of words, which come from the corpus, and has 0 where TOML lacks None.
        """
        written: dict[str, Any] = {name: _without_words(specs[name]) for name in SPEC_SECTIONS}
        for name, setting in SETTINGS.items():
            spec = written.get(setting.section, {})
            if setting.zero_is_none and setting.belongs_to(spec.get("type")):
                spec[name] = spec.get(name) or 0
        return cls(**written, training={n: getattr(settings, n) for n in _names("training")})

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the recipe as TOML; an existing file is replaced atomically."""
        write_text(path, [self.to_toml()])

    def to_toml(self) -> str:
        """Return the recipe as TOML."""
        sections = [(field.name, getattr(self, field.name)) for field in dataclasses.fields(self)]
        filled = [_section_lines(name, values) for name, values in sections if values]
        return "\n".join(line for lines in filled for line in [*lines, ""])


def _names(section: str) -> list[str]:
    return [name for name, setting in SETTINGS.items() if setting.section == section]


def _check_settings(section: str, options: Mapping[str, Any], name: str) -> None:
    known = [*_names(section), *(["preset"] if section == "training" else [])]
    for option, value in options.items():
        if option not in known:
            raise InputError(
                f"{name}: {section}.{option} is not a setting; {nearest_or_all(option, known)}"
            )
        if option == "preset":
            find_preset(value)
        else:
            check_setting(option, value, f"{name}: {section}.{option}")


def _without_words(spec: Any) -> Any:
    """Remove words and their number from a spec and those nested in it; the corpus has them."""
    if not isinstance(spec, Mapping):
        return spec
    kept = (item for item in spec.items() if item[0] not in ("counts", "words"))
    return {name: _without_words(value) for name, value in kept}


# --- TOML -----------------------------------------------------------------------------------------


def _toml() -> Any:
    if sys.version_info >= (3, 11):
        return importlib.import_module("tomllib")
    try:
        return importlib.import_module("tomli")
    except ImportError:
        raise MissingExtraError("tomli", "io", "TOML files under Python 3.10") from None


def _section_lines(path: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table's own lines, then the tables nested in it."""
    yield f"[{path}]"
    for key, value in values.items():
        if value is not None and not isinstance(value, Mapping):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield ""
            yield from _section_lines(f"{path}.{_key(key)}", value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        # A file name that is not UTF-8 has no form in TOML.
        value = value.encode(errors="surrogateescape").decode(errors="replace")
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else repr(value)
    raise InputError(f"{value!r} has no form in TOML: use numbers, strings and lists")
