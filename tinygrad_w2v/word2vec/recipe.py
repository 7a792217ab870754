"""Recipe: a whole training as data, in a file: its text, model, loss, optimizer, schedule.

It is read from TOML or JSON and written as TOML. Its sections are specs (see ``nn.build``), but
for ``corpus`` and ``training``, which are the options of the same names.
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

from tinygrad_w2v.errors import InputError, MissingExtraError, nearest_names
from tinygrad_w2v.nn.annotations import describe, fits
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error

_OPTIONS: dict[str, dict[str, Any]] = {
    "corpus": {"text": list[str], "min_count": int, "max_vocab": int, "errors": str},
    "training": {
        "preset": str,
        "window": int,
        "sample": float,
        "epochs": int,
        "batch_tokens": int,
        "input_rate": float,
        "whiten": float,
        "seed": int,
        "threads": int,
        "reproducible": bool,
    },
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What a training is made of; what is left out has its default.

    Attributes
    ----------
    corpus
        ``text`` (paths), ``min_count``, ``max_vocab``, ``errors``.
    model, loss, optimizer, schedule
        Specs; the corpus supplies the number of words and their counts.
    training
        ``window``, ``sample``, ``epochs``, ``batch_tokens``, ``input_rate``, ``whiten``, ``seed``,
        ``threads``, ``reproducible``, and ``preset``, whose values stand for all that is not said
        here or in the specs.

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
            If it cannot be read, or a section or an option is unknown or of the wrong type.
        MissingExtraError
            For TOML under Python 3.10, if the package tomli is not installed.
        """
        shown = os.fspath(path)
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot read {shown}: {describe_os_error(error)}; check it") from None
        except UnicodeDecodeError:
            raise InputError(f"{shown} is not UTF-8 text: save it as UTF-8") from None
        try:
            data = json.loads(text) if Path(path).suffix == ".json" else _toml().loads(text)
        except ValueError as error:
            raise InputError(f"{shown} cannot be read: {error}; correct it") from None
        return cls.of(data, shown)

    @classmethod
    def of(cls, data: Any, name: str = "recipe") -> Recipe:
        """Check plain data and make a recipe of it."""
        sections = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(data, Mapping):
            raise InputError(f"{name} is a {type(data).__name__}: it must have sections")
        for section, options in data.items():
            if section not in sections:
                hint = nearest_names(section, sections) or f"known are {', '.join(sections)}"
                raise InputError(f"{name}: no section is named {section!r}; {hint}")
            if not isinstance(options, Mapping):
                raise InputError(f"{name}: {section} is {options!r}: it must be a section")
            known = _OPTIONS.get(section)
            for option, value in options.items() if known is not None else ():
                assert known is not None
                if option not in known:
                    hint = nearest_names(option, known) or f"known are {', '.join(known)}"
                    raise InputError(f"{name}: {section}.{option} is no option; {hint}")
                if not fits(value, known[option]):
                    raise InputError(
                        f"{name}: {section}.{option} is {value!r}: it must be "
                        f"{describe(known[option])}"
                    )
        return cls(**data)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write it as TOML; the file replaces an older one at once and whole."""
        with atomic_write(path) as temporary:
            temporary.write_text(self.to_toml(), encoding="utf-8")

    def to_toml(self) -> str:
        """Return it as TOML."""
        return "\n".join(
            line
            for field in dataclasses.fields(self)
            if getattr(self, field.name)
            for line in [*_section(field.name, getattr(self, field.name)), ""]
        )


def _toml() -> Any:
    if sys.version_info >= (3, 11):
        return importlib.import_module("tomllib")
    try:
        return importlib.import_module("tomli")
    except ImportError:
        raise MissingExtraError("tomli", "io", "TOML files under Python 3.10") from None


def _section(path: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table's own lines, then the tables in it."""
    yield f"[{path}]"
    nested = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            nested[key] = value
        elif value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in nested.items():
        yield ""
        yield from _section(f"{path}.{_key(key)}", value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return f"{{{inside}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise InputError(f"{value!r} cannot stand in a TOML file: use numbers, strings and lists")
