"""Presets: named sets of settings that replace the defaults, each for a purpose."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tinygrad_w2v.errors import InputError, nearest_or_all


@dataclasses.dataclass(frozen=True, slots=True)
class Preset:
    """Values that replace the defaults of settings; explicit values take precedence over them."""

    purpose: str  # as the help states it
    common: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]  # settings of one model only

    def values(self, model: Any) -> dict[str, Any]:
        """Return the settings for a model; only the common ones for an unknown model."""
        own = self.models.get(model, {}) if isinstance(model, str) else {}
        return {**self.common, **own}


# Close to one word at a time, and stable without a limit on a row's update even with a vocabulary
# of a dozen words, where 128 is not. Smaller batches cost time and cut off more contexts (64: 1
# pair of words in 27).
_CLASSIC_BATCH = 64

# The gradient of a context's mean divided by the root of the context's size, with a higher rate
# for the word vectors to make up for it (a context has about six words).
_HALFWAY = {"straight_through": 0.5, "input_rate": 2.5}

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "classic": Preset(
            purpose=(
                "the settings of word2vec.c (sample 0.001, min-count 5, separate negative samples "
                f"for each prediction, no limit on an update, batches of {_CLASSIC_BATCH} words, "
                "lr 0.05 for cbow and 0.025 for skipgram)"
            ),
            common={
                "min_count": 5,
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
            },
            models={"cbow": {"lr": 0.05}, "skipgram": {"lr": 0.025}},
        ),
        # Chosen among 20 runs on 2.6 million words of Wikipedia, 3 epochs, by the agreement with
        # human judgements: Rare Words, WordSim-353, SimLex-999, SimVerb-3500, MEN and MTurk-771. A
        # lower limit on an update is better for unseen words, since it restrains the n-grams that
        # many words share, and worse for frequent words. See docs/tuning.md.
        "fasttext": Preset(
            purpose="vectors of subwords, for words outside the vocabulary too",
            common={
                "subwords": True,
                "negative": 5,
                "shared": 48,
                "block": 64,
                "sample": 1e-4,
                "input_rate": 1.0,
                "straight_through": True,
            },
            models={
                "cbow": {"batch_tokens": 256, "lr": 0.2},
                "skipgram": {"batch_tokens": 64, "lr": 0.06, "clip_row": 0.2},
            },
        ),
        # The two below were tuned on 17 million words of Wikipedia, for 5 epochs.
        "fast": Preset(
            purpose="shortest training on texts of ten million words or more",
            common={"negative": 5, "shared": 24, "block": 64, "sample": 1e-4},
            models={
                "cbow": {"batch_tokens": 2048, "lr": 0.065, **_HALFWAY},
                "skipgram": {"batch_tokens": 1024, "lr": 0.03, "input_rate": 1.0},
            },
        ),
        "accurate": Preset(
            purpose="best vectors on texts of ten million words or more",
            common={"negative": 10, "block": 64},
            models={
                "cbow": {
                    "shared": 96,
                    "sample": 3e-5,
                    "batch_tokens": 2048,
                    "lr": 0.075,
                    **_HALFWAY,
                },
                "skipgram": {
                    "shared": 48,
                    "sample": 1e-4,
                    "batch_tokens": 512,
                    "lr": 0.02,
                    "input_rate": 1.0,
                    "whiten": 0.2,
                },
            },
        ),
    }
)
"""All presets by name."""


def find_preset(name: str) -> Preset:
    """Return the preset of this name, or raise InputError, which suggests similar names."""
    try:
        return PRESETS[name]
    except (KeyError, TypeError):
        hint = nearest_or_all(str(name), PRESETS)
        raise InputError(f"no preset is named {name!r}; {hint}") from None
