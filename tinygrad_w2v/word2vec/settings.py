"""Settings: everything that can be chosen about a training, each choice stated once.

The fields of :class:`CorpusSettings` and :class:`Settings` state the default, the values allowed,
the section of the run file and the help text of each setting. The command line's options, the
sections of the run file and the checks derive from these fields by way of :data:`SETTINGS`.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from tinygrad_w2v.errors import InputError, nearest_or_all
from tinygrad_w2v.validation import above_zero, integer, one_of, within
from tinygrad_w2v.word2vec.presets import find_preset

ModelName: TypeAlias = Literal["cbow", "skipgram"]
ErrorPolicy: TypeAlias = Literal["strict", "replace", "ignore"]

_WORKERS_PER_PROCESSOR = 8
BUILTIN_TEXT_EPOCHS = 20  # the built-in text is small
MODEL_TYPES = {"cbow": "CBOW", "skipgram": "SkipGram"}
"""The class of each model without subwords."""

SUBWORD_TYPE = "FastText"
"""The class of both models with subwords."""


@dataclasses.dataclass(frozen=True, slots=True)
class Values:
    """The values a setting allows."""

    check: Callable[[str, Any], object]  # of name and value; raises InputError
    parse: Callable[[str], Any] = str  # of a command-line argument; may raise ValueError
    choices: tuple[str, ...] = ()  # all values, where they are few strings


def integers(least: int, optional: bool = False) -> Values:
    """Return the integers of at least `least`, and None if `optional`."""
    return Values(
        lambda name, value: None if optional and value is None else integer(name, value, least),
        int,
    )


def _worker_count(name: str, value: Any) -> None:
    integer(name, value, 1)
    processors = os.cpu_count() or 1
    if value > (most := _WORKERS_PER_PROCESSOR * processors):
        raise InputError(
            f"{name} is {value:,}: use at most {most}, {_WORKERS_PER_PROCESSOR} for each of this "
            f"machine's {processors} processors"
        )


def _numbers(check: Callable[..., object], booleans: bool = False) -> Values:
    return Values(
        lambda name, value: (booleans and isinstance(value, bool)) or check(**{name: value}), float
    )


def _choice(*choices: str) -> Values:
    return Values(lambda name, value: one_of(choices, **{name: value}), choices=choices)


def _check_type(name: str, value: Any, kind: type, description: str) -> None:
    if not isinstance(value, kind) or isinstance(value, str):
        raise InputError(f"{name} is {value!r}: it must be {description}")


def _string(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InputError(f"{name} is {value!r}: it must be a path")


_boolean = functools.partial(_check_type, kind=bool, description="true or false")
_paths = functools.partial(_check_type, kind=Sequence, description="a list of paths")


_fraction = functools.partial(within, 0, 1)
_not_negative = functools.partial(within, 0, math.inf, open_end=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What is stated about one setting."""

    section: str  # of the run file
    default: Any
    values: Values
    help: str
    default_text: str = ""  # instead of the value itself
    # In a section that is a spec: the classes whose constructors take the setting as an argument
    # of the same name, separated by spaces; "*" for every class.
    argument_of: str = ""
    zero_is_none: bool = False  # 0 is None of that argument, since TOML cannot express None

    def belongs_to(self, class_name: Any) -> bool:
        """Whether the setting is an argument of a class."""
        return self.argument_of == "*" or class_name in self.argument_of.split()


def _setting(section: str, default: Any, values: Values, *args: Any, **options: Any) -> Any:
    setting = Setting(section, default, values, *args, **options)
    return dataclasses.field(default=default, metadata={"setting": setting})


_corpus = functools.partial(_setting, "corpus")
_model = functools.partial(_setting, "model")
_loss = functools.partial(_setting, "loss", argument_of="NegativeSamplingLoss")
_optimizer = functools.partial(_setting, "optimizer")
_training = functools.partial(_setting, "training")


def _settings_of(cls: Any) -> dict[str, Setting]:
    return {field.name: field.metadata["setting"] for field in dataclasses.fields(cls)}


_Class = TypeVar("_Class", bound=type)


def _documented(cls: _Class) -> _Class:
    """Add the attributes to the docstring of a class of settings, each with its help text."""
    lines = [cls.__doc__, "", "    Attributes", "    ----------"]
    for name, setting in _settings_of(cls).items():
        default = setting.default_text or repr(setting.default)
        text = f"{setting.help[0].upper()}{setting.help[1:]} (default: {default})."
        lines += [f"    {name}", textwrap.indent(textwrap.fill(text, 92), " " * 8)]
    cls.__doc__ = "\n".join(map(str, lines))
    return cls


class _Checked:
    """Base of the classes of settings: checks every value on construction."""

    def __post_init__(self) -> None:
        for name, setting in _settings_of(self).items():
            setting.values.check(name, getattr(self, name))


@_documented
@dataclasses.dataclass(frozen=True)
class CorpusSettings(_Checked):
    """What text is read, and which of its words are used."""

    text: Sequence[str] = _corpus(
        (),
        Values(_paths),
        "files, folders or URLs such as s3://bucket/*.txt, .gz, .bz2 and .xz included, or - for "
        "standard input; a sentence or paragraph per line",
        "the documentation of the Python on this machine",
    )
    min_count: int = _corpus(5, integers(1), "drop words that occur fewer times")
    max_vocab: int | None = _corpus(
        None,
        integers(1, optional=True),
        "use only this number of most frequent words",
        "no limit",
    )
    phrases: int = _corpus(
        0,
        integers(0),
        "join words that often occur together, such as new_york, in this number of passes over "
        "the text; n passes find phrases of up to 2**n words",
    )
    validation_text: Sequence[str] = _corpus(
        (),
        Values(_paths, lambda path: (path,)),
        "file, folder or URL of held-out text, used as with --validation",
        "none",
    )
    errors: ErrorPolicy = _corpus(  # noqa: RUF009 - a field
        "strict",
        _choice(*get_args(ErrorPolicy)),
        "handling of bytes that are not UTF-8",
    )


@_documented
@dataclasses.dataclass(frozen=True)
class Settings(_Checked):
    """Hyperparameters and options of a training."""

    model: ModelName = _model(  # noqa: RUF009 - a field
        "cbow",
        _choice(*get_args(ModelName)),
        "predict a word from its context (cbow), or its context from a word (skipgram)",
        argument_of="FastText",
    )
    dim: int = _model(100, integers(1), "dimensions of the word vectors", argument_of="*")
    window: int = _training(
        5,
        integers(1),
        "largest distance of a context word; drawn for each word from 1 to this value",
    )
    negative: int = _loss(10, integers(1), "number of negative samples for each prediction")
    shared: int = _loss(
        96,
        integers(0),
        "number of negative samples that a block of predictions shares, each weighted by "
        "negative / shared; 0 draws separate ones for each prediction",
        zero_is_none=True,
    )
    block: int = _loss(64, integers(1), "number of predictions that share negative samples")
    sample: float = _training(
        7e-5, _numbers(_fraction), "threshold for subsampling frequent words; 0 keeps every word"
    )
    epochs: int = _training(
        5, integers(1), "passes over the text", f"5; {BUILTIN_TEXT_EPOCHS} for the built-in text"
    )
    lr: float = _optimizer(
        0.09,
        _numbers(above_zero),
        "initial learning rate; decays linearly to 0.0001 of this value",
        argument_of="*",
    )
    batch_tokens: int = _training(
        1024,
        integers(3),  # with batches of 2 words, a line of 3 would leave one without context
        "number of words in a batch, after subsampling",
    )
    clip_row: float = _optimizer(
        0.5,
        _numbers(_not_negative),
        "largest norm of the update of one row (a word's vector) in a batch; 0 sets no limit",
        argument_of="SGD",
        zero_is_none=True,
    )
    input_rate: float = _training(
        2.5,
        _numbers(above_zero),
        "learning rate of the word vectors (the input table), as a multiple of lr",
    )
    straight_through: bool | float = _model(
        0.5,
        _numbers(_fraction, booleans=True),
        "gradient of CBOW's context mean: from 0, the derivative, to 1, the undivided one of "
        "word2vec.c",
        argument_of="CBOW FastText",
    )
    subwords: bool = _model(
        False,
        Values(_boolean, bool),
        "make each word's vector the mean of vectors of the word and its character n-grams, as in "
        "fastText; words outside the vocabulary then have vectors too",
    )
    # As in models.Subwords, whose import would slow the help down; a test compares them.
    minn: int = _model(3, integers(0), "shortest n-gram of subwords", argument_of="FastText")
    maxn: int = _model(6, integers(0), "longest n-gram of subwords", argument_of="FastText")
    buckets: int = _model(
        2_000_000,
        integers(0),
        "number of vectors that the n-grams share, selected by a hash",
        argument_of="FastText",
    )
    validation: float = _training(
        0.0,
        _numbers(functools.partial(_fraction, open_end=True)),
        "part of the text, at its end, that is held out; its loss is computed after each epoch, "
        "and the best vectors are kept",
    )
    patience: int = _training(
        0,
        integers(0),
        "end the training after this number of epochs without a lower loss of the "
        "held-out text; 0 trains all epochs",
    )
    init: str = _training(
        "",
        Values(_string),
        "file of vectors: its words are added to the vocabulary and begin with its vectors",
        "random vectors",
    )
    freeze: str = _training(
        "",
        Values(_string),
        "file of words whose vectors do not change, separated by white space",
        "none",
    )
    average: bool = _training(
        False,
        Values(_boolean, bool),
        "use the means of the trained vectors and of those of the output layer",
    )
    whiten: float = _training(
        0.0, _numbers(_fraction), "degree of whitening of the trained vectors, from 0 to 1"
    )
    seed: int = _training(1, integers(0), "random seed; see reproducible for several workers")
    threads: int = _training(
        1,
        dataclasses.replace(integers(1), check=_worker_count),
        "number of workers that update the same vectors in parallel without locks: processes "
        "where they can share memory (Linux, and an optimizer without state), otherwise threads",
    )
    reproducible: bool = _training(
        False,
        Values(_boolean, bool),
        "synchronize several workers in each step, so that the same seed gives the same vectors if "
        "the training is not interrupted; requires processes and takes about 17% longer",
    )

    @classmethod
    def preset(cls, name: str, **explicit: Any) -> Settings:
        """Return the settings of a preset, one of :data:`presets.PRESETS`.

        `explicit` settings take precedence over them. InputError names a preset or a setting that
        does not exist, or a value out of range.

        Examples
        --------
        >>> chosen = Settings.preset("classic", model="skipgram", epochs=3)
        >>> chosen.lr, chosen.sample, chosen.epochs, chosen.shared, chosen.clip_row
        (0.025, 0.001, 3, 0, 0.0)
        """
        known = _settings_of(cls)
        for option in explicit:
            if option not in known:
                raise InputError(f"{option!r} is not a setting; {nearest_or_all(option, known)}")
        values = find_preset(name).values(explicit.get("model", cls.model))
        return cls(**{**{k: v for k, v in values.items() if k in known}, **explicit})


SETTINGS: dict[str, Setting] = {**_settings_of(CorpusSettings), **_settings_of(Settings)}
"""Every setting by name."""


def check_setting(name: str, value: Any, shown_name: str | None = None) -> None:
    """Raise InputError unless a setting allows a value; the message uses `shown_name`, if given."""
    SETTINGS[name].values.check(shown_name or name, value)
