"""Settings: what can be chosen about a training of word vectors, and its defaults."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.validation import above_zero, integer, within
from tinygrad_w2v.word2vec.presets import find_preset

ModelName: TypeAlias = Literal["cbow", "skipgram"]


_LEAST = {
    "dim": 1,
    "window": 1,
    "negative": 1,
    "shared": 0,
    "block": 1,
    "epochs": 1,
    "batch_tokens": 3,
    "seed": 0,
    "threads": 1,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen about a training; the defaults are the command line's.

    Attributes
    ----------
    model
        ``"cbow"`` or ``"skipgram"``.
    dim
        Size of the vectors.
    window
        Words to each side that are context, at most; each word's is drawn from 1 to this.
    negative
        Words drawn at random that each word is told apart from.
    shared
        How many of them are drawn for a block of predictions together, each then weighing
        ``negative / shared``; 0 draws `negative` for each alone.
    block
        How many predictions share them.
    sample
        Threshold of the subsampling of frequent words; 0 keeps all.
    epochs
        Passes through the text.
    lr
        Learning rate at the start; it falls linearly to 1e-4 of it.
    batch_tokens
        Words in a batch, after subsampling.
    clip_row
        The longest step of a word's vector in one batch; 0 sets no limit.
    input_rate
        The learning rate of the words' vectors, of which the context is made, as a multiple of
        `lr`, which is that of the output table.
    straight_through
        Whether CBOW passes each context word the undivided gradient of the mean, as word2vec.c
        does, or its true derivative; a number from 0, the derivative, to 1 stands between. See
        :func:`nn.functional.context_mean`.
    whiten
        How far the principal directions of the vectors are made equally strong once they are
        trained: 0 leaves them, 1 whitens; see :meth:`vectors.KeyedVectors.whitened`.
    seed
        With one thread, or `reproducible`, the same seed gives the same vectors to the bit.
    threads
        Workers that train the same vectors side by side, without locks: processes where these can
        share memory (Linux, and an optimizer that keeps no state), else threads.
    reproducible
        Whether several workers wait for each other in each step, so that their vectors are the
        same each time; they must be processes, and take some sixth longer.
    """

    model: ModelName = "cbow"
    dim: int = 100
    window: int = 5
    negative: int = 10
    shared: int = 96
    block: int = 64
    sample: float = 7e-5
    epochs: int = 5
    lr: float = 0.09
    batch_tokens: int = 1024
    clip_row: float = 0.5
    input_rate: float = 2.5
    straight_through: bool | float = 0.5
    whiten: float = 0.0
    seed: int = 1
    threads: int = 1
    reproducible: bool = False

    def __post_init__(self) -> None:
        if self.model not in ("cbow", "skipgram"):
            hint = nearest_names(self.model, ("cbow", "skipgram"))
            raise InputError(f"model is {self.model!r}: use 'cbow' or 'skipgram' {hint}".rstrip())
        for name, bound in _LEAST.items():
            integer(name, getattr(self, name), bound)
        above_zero(lr=self.lr, input_rate=self.input_rate)
        if not _is_number(self.clip_row) or not 0 <= self.clip_row < math.inf:
            raise InputError(
                f"clip_row must be a number above 0, or 0 for no limit, found {self.clip_row!r}"
            )
        if not isinstance(self.reproducible, bool):
            raise InputError(f"reproducible must be True or False, found {self.reproducible!r}")
        within(0, 1, sample=self.sample, whiten=self.whiten)
        if not isinstance(self.straight_through, bool):
            within(0, 1, straight_through=self.straight_through)

    @classmethod
    def preset(cls, name: str, **explicit: Any) -> Settings:
        """Return the settings of a preset, with others where they are given.

        Parameters
        ----------
        name
            One of :data:`presets.PRESETS`: ``"classic"``, the settings of the word2vec program
            with batches of 64 words in place of single ones; ``"fast"``; or ``"accurate"``.
        explicit
            Settings that go before those of the preset.

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
        found = find_preset(name)
        known = [field.name for field in dataclasses.fields(cls)]
        for option in explicit:
            if option not in known:
                hint = nearest_names(option, known) or f"known are {', '.join(known)}"
                raise InputError(f"{option!r} is no setting; {hint}")
        model = explicit.get("model", cls().model)
        # For a model there is not, the constructor has the better words.
        own = found.models.get(model, {}) if isinstance(model, str) else {}
        return cls(**{**found.settings, **own, **explicit})


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number))
