"""Settings: everything that can be chosen about a training, each choice stated once.

The fields of :class:`CorpusSettings` and :class:`Settings` state the default, the values allowed,
the section of the run file and the help text of each setting. The command line's options, the
sections of the run file and the checks derive from these fields by way of :data:`SETTINGS`.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.validation import above_zero, integer, one_of, within
from tinygrad_w2v.word2vec.presets import find_preset

ModelName: TypeAlias = Literal["cbow", "skipgram"]
ErrorPolicy: TypeAlias = Literal["strict", "replace", "ignore"]

BUILTIN_TEXT_EPOCHS = 20  # the built-in text is small
MODEL_TYPES = {"cbow": "CBOW", "skipgram": "SkipGram"}
"""The class of each model."""


@dataclasses.dataclass(frozen=True, slots=True)
class Values:
    """The values a setting allows.

    Attributes
    ----------
    check
        Called with the setting's name and a value; raises InputError if the value is not allowed.
    parse
        Converts the text of a command-line argument; raises ValueError if it cannot.
    metavar
        Placeholder of the value in the help.
    choices
        All values, where they are few strings.
    """

    check: Callable[[str, Any], object]
    parse: Callable[[str], Any] = str
    metavar: str = "N"
    choices: tuple[str, ...] = ()


def integers(least: int) -> Values:
    """Return the integers of at least `least`."""
    return Values(functools.partial(integer, least=least), int)


def _numbers(check: Callable[..., object], metavar: str = "X") -> Values:
    return Values(lambda name, value: check(**{name: value}), float, metavar)


def _optional(values: Values) -> Values:
    def check(name: str, value: Any) -> None:
        if value is not None:
            values.check(name, value)

    return dataclasses.replace(values, check=check)


def _choice(*choices: str) -> Values:
    return Values(lambda name, value: one_of(choices, **{name: value}), choices=choices)


def _boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise InputError(f"{name} is {value!r}: it must be true or false")


def _path_list(name: str, value: Any) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InputError(f"{name} is {value!r}: it must be a list of paths")


def _fraction_or_boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        within(0, 1, **{name: value})


_FRACTION = _numbers(functools.partial(within, 0, 1))
_BOOLEAN = Values(_boolean, bool, metavar="")


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What is stated about one setting.

    Attributes
    ----------
    section
        The section of the run file that holds it.
    values
        The values allowed.
    help
        Description, as the help and the documentation show it.
    default
        The default.
    default_text
        Description of the default; empty for the value itself.
    argument_of
        For a setting in a section that is a spec: the class whose constructor takes it as an
        argument of the same name, ``"*"`` for every class, or empty for none.
    zero_is_none
        Whether 0 stands for None of that argument, since a TOML file cannot express None.
    """

    section: str
    values: Values
    help: str
    default: Any
    default_text: str = ""
    argument_of: str = ""
    zero_is_none: bool = False


def _setting(
    default: Any, section: str, values: Values, help_text: str, default_text: str = "", **more: Any
) -> Any:
    setting = Setting(section, values, help_text, default, default_text, **more)
    return dataclasses.field(default=default, metadata={"setting": setting})


def _settings_of(cls: Any) -> dict[str, Setting]:
    return {field.name: field.metadata["setting"] for field in dataclasses.fields(cls)}


_Class = TypeVar("_Class", bound=type)


def _documented(cls: _Class) -> _Class:
    """Add the attributes to the docstring of a class of settings, each with its help text."""
    lines = [cls.__doc__, "", "    Attributes", "    ----------"]
    for name, setting in _settings_of(cls).items():
        default = setting.default_text or repr(setting.default)
        text = setting.help[0].upper() + setting.help[1:]
        lines += [f"    {name}", f"        {text} (default: {default})."]
    cls.__doc__ = "\n".join(map(str, lines))
    return cls


def _check(settings: Any) -> None:
    for name, setting in _settings_of(settings).items():
        setting.values.check(name, getattr(settings, name))


@_documented
@dataclasses.dataclass(frozen=True)
class CorpusSettings:
    """What text is read, and which of its words are used."""

    text: Sequence[str] = _setting(
        (),
        "corpus",
        Values(_path_list, metavar="TEXT"),
        "files or folders, .gz, .bz2 and .xz included, or - for standard input; one sentence or "
        "paragraph per line, words separated by spaces",
        "the documentation of the Python on this machine",
    )
    min_count: int = _setting(5, "corpus", integers(1), "drop words that occur fewer times")
    max_vocab: int | None = _setting(
        None,
        "corpus",
        _optional(integers(1)),
        "largest size of the vocabulary; the most frequent words are used",
        "no limit",
    )
    errors: ErrorPolicy = _setting(  # noqa: RUF009 - a field
        "strict",
        "corpus",
        _choice(*get_args(ErrorPolicy)),
        "handling of bytes that are not UTF-8: stop with an error, replace them with U+FFFD, or "
        "ignore them",
    )

    def __post_init__(self) -> None:
        _check(self)


@_documented
@dataclasses.dataclass(frozen=True)
class Settings:
    """Hyperparameters and options of a training."""

    model: ModelName = _setting(  # noqa: RUF009 - a field
        "cbow",
        "model",
        _choice(*get_args(ModelName)),
        "predict a word from its context (cbow), or its context from a word (skipgram)",
    )
    dim: int = _setting(
        100, "model", integers(1), "dimensions of the word vectors", argument_of="*"
    )
    window: int = _setting(
        5,
        "training",
        integers(1),
        "largest distance of a word of the context; drawn for each word from 1 to this value",
    )
    negative: int = _setting(
        10,
        "loss",
        integers(1),
        "number of negative samples for each prediction",
        argument_of="NegativeSamplingLoss",
    )
    shared: int = _setting(
        96,
        "loss",
        integers(0),
        "number of negative samples drawn for a block of predictions together, each weighted by "
        "negative / shared; 0 draws separate ones for each prediction",
        argument_of="NegativeSamplingLoss",
        zero_is_none=True,
    )
    block: int = _setting(
        64,
        "loss",
        integers(1),
        "number of predictions that share negative samples",
        argument_of="NegativeSamplingLoss",
    )
    sample: float = _setting(
        7e-5,
        "training",
        _FRACTION,
        "threshold for subsampling frequent words; 0 keeps every word",
    )
    epochs: int = _setting(
        5,
        "training",
        integers(1),
        "passes over the text",
        f"5; {BUILTIN_TEXT_EPOCHS} for the built-in text",
    )
    lr: float = _setting(
        0.09,
        "optimizer",
        _numbers(above_zero),
        "initial learning rate; it decays linearly to 0.0001 of this value",
        argument_of="*",
    )
    batch_tokens: int = _setting(
        1024,
        "training",
        integers(3),  # with batches of 2 words, a line of 3 would leave one without context
        "number of words in a batch, after subsampling",
    )
    clip_row: float = _setting(
        0.5,
        "optimizer",
        _numbers(functools.partial(within, 0, math.inf, open_end=True)),
        "largest norm of the update of one row (a word's vector) in a batch; 0 sets no limit",
        argument_of="SGD",
        zero_is_none=True,
    )
    input_rate: float = _setting(
        2.5,
        "training",
        _numbers(above_zero),
        "learning rate of the word vectors (the input table), as a multiple of lr, which is that "
        "of the output table",
    )
    straight_through: bool | float = _setting(
        0.5,
        "model",
        Values(_fraction_or_boolean, float, "X"),
        "gradient of CBOW's context mean: 0 is the derivative, 1 the undivided gradient of "
        "word2vec.c, a number between them interpolates",
        argument_of="CBOW",
    )
    whiten: float = _setting(
        0.0,
        "training",
        _FRACTION,
        "degree of whitening of the trained vectors: 0 for none, 1 for full",
    )
    seed: int = _setting(
        1,
        "training",
        integers(0),
        "random seed; the same seed gives bit-identical vectors, with one thread or reproducible",
    )
    threads: int = _setting(
        1,
        "training",
        integers(1),
        "number of workers that update the same vectors in parallel without locks: processes "
        "where they can share memory (Linux, and an optimizer without state), otherwise threads",
    )
    reproducible: bool = _setting(
        False,
        "training",
        _BOOLEAN,
        "synchronize several workers in each step, so that the same seed gives the same vectors; "
        "requires processes and takes about 17% longer",
    )

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def preset(cls, name: str, **explicit: Any) -> Settings:
        """Return the settings of a preset, with explicit settings taking precedence over them.

        Parameters
        ----------
        name
            One of :data:`presets.PRESETS`: ``"classic"``, the settings of word2vec.c with batches
            of 64 words instead of 1; ``"fast"``; or ``"accurate"``.
        explicit
            Settings that take precedence over those of the preset.

        Raises
        ------
        InputError
            If there is no such preset or setting, or a value is out of range.

        Examples
        --------
        >>> chosen = Settings.preset("classic", model="skipgram", epochs=3)
        >>> chosen.lr, chosen.sample, chosen.epochs, chosen.shared, chosen.clip_row
        (0.025, 0.001, 3, 0, 0.0)
        """
        known = _settings_of(cls)
        for option in explicit:
            if option not in known:
                hint = nearest_names(option, known) or f"known are {', '.join(known)}"
                raise InputError(f"{option!r} is not a setting; {hint}")
        values = find_preset(name).values(explicit.get("model", cls.model))
        return cls(**{**{k: v for k, v in values.items() if k in known}, **explicit})


SETTINGS: dict[str, Setting] = {**_settings_of(CorpusSettings), **_settings_of(Settings)}
"""Every setting by name."""


def check_setting(name: str, value: Any, shown_name: str | None = None) -> None:
    """Raise InputError unless a setting allows a value; the message uses `shown_name`, if given."""
    SETTINGS[name].values.check(shown_name or name, value)
