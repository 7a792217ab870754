"""Presets: named sets of settings that stand for the defaults, each with a purpose."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tinygrad_w2v.errors import InputError, nearest_names


@dataclasses.dataclass(frozen=True, slots=True)
class Preset:
    """Values that take the place of defaults; whatever is given explicitly goes before them.

    Attributes
    ----------
    purpose
        What it is for, as the end of a line of help.
    settings
        Fields of :class:`~tinygrad_w2v.word2vec.settings.Settings`.
    models
        For each model, the settings that are its own.
    corpus
        Options of :meth:`data.Corpus.from_text`.
    """

    purpose: str
    settings: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]
    corpus: Mapping[str, Any]


# Near to one word at a time, and stable without a limit on a row's step even with a vocabulary of
# a dozen words, where 128 is not. Smaller ones cost time and cut off more contexts (64: 1 pair of
# words in 27).
_CLASSIC_BATCH = 64

# The gradient of a context's mean divided by the root of the context's size, with the rate of the
# words' vectors to make up for it (a context has six words or so).
_BETWEEN = {"straight_through": 0.5, "input_rate": 2.5}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "classic": Preset(
            purpose=(
                "the settings of the word2vec program (sample 0.001, each word its own negatives, "
                f"no limit on a step, batches of {_CLASSIC_BATCH} words, rate 0.05 for cbow and "
                "0.025 for skipgram)"
            ),
            settings=MappingProxyType(
                {
                    "dim": 100,
                    "window": 5,
                    "negative": 5,
                    "shared": 0,
                    "sample": 1e-3,
                    "epochs": 5,
                    "batch_tokens": _CLASSIC_BATCH,
                    "clip_row": 0.0,
                    "input_rate": 1.0,
                    "straight_through": True,
                }
            ),
            models=MappingProxyType({"cbow": {"lr": 0.05}, "skipgram": {"lr": 0.025}}),
            corpus=MappingProxyType({"min_count": 5}),
        ),
        # The two below were found by trial on 17 million words of Wikipedia, for 5 epochs.
        "fast": Preset(
            purpose=(
                "for texts of ten million words and more, in the least time (5 negatives as 24 "
                "shared by 64 words)"
            ),
            settings=MappingProxyType({"negative": 5, "shared": 24, "block": 64, "sample": 1e-4}),
            models=MappingProxyType(
                {
                    "cbow": {"batch_tokens": 2048, "lr": 0.065, **_BETWEEN},
                    "skipgram": {"batch_tokens": 1024, "lr": 0.03, "input_rate": 1.0},
                }
            ),
            corpus=MappingProxyType({}),
        ),
        "accurate": Preset(
            purpose=(
                "for texts of ten million words and more, with the best vectors (10 negatives as "
                "96 shared by 64 words and sample 0.00003, as 48 and 0.0001 for skipgram, whose "
                "vectors are whitened by a fifth)"
            ),
            settings=MappingProxyType({"negative": 10, "block": 64}),
            models=MappingProxyType(
                {
                    "cbow": {
                        "shared": 96,
                        "sample": 3e-5,
                        "batch_tokens": 2048,
                        "lr": 0.075,
                        **_BETWEEN,
                    },
                    "skipgram": {
                        "shared": 48,
                        "sample": 1e-4,
                        "batch_tokens": 512,
                        "lr": 0.02,
                        "input_rate": 1.0,
                        "whiten": 0.2,
                    },
                }
            ),
            corpus=MappingProxyType({}),
        ),
    }
)
"""All presets by name."""


def find_preset(name: str) -> Preset:
    """Return a preset.

    Raises
    ------
    InputError
        If there is none of this name; names those like it.

    Examples
    --------
    >>> find_preset("classic").models["skipgram"]
    {'lr': 0.025}
    """
    try:
        return PRESETS[name]
    except (KeyError, TypeError):
        hint = nearest_names(str(name), PRESETS) or f"known are {', '.join(PRESETS)}"
        raise InputError(f"no preset is named {name!r}; {hint}") from None
