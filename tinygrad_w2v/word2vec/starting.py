"""How the tables of a model begin: with vectors of an earlier training, and with frozen rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import FastText
from tinygrad_w2v.nn import NegativeSamplingLoss, Parameter
from tinygrad_w2v.nn.frozen_rows import freeze_rows
from tinygrad_w2v.word2vec.corpus import Vocabulary
from tinygrad_w2v.word2vec.vectors import KeyedVectors, SubwordVectors


def begin_with(model: Any, words: Sequence[str], init: KeyedVectors) -> None:
    """Set the rows of the words that have vectors; see :class:`Word2Vec`.

    With subwords, the rows of words and n-grams are those of the table of `init`.

    Raises
    ------
    InputError
        If the sizes of the vectors, or the n-grams, are different.
    """
    table, first = _input_table(model), init.vectors
    if init.dim != table.shape[1]:
        raise InputError(
            f"init has vectors of {init.dim} dimensions and the model {table.shape[1]}: use the "
            f"same dim"
        )
    places = init.key_to_index
    known = np.array([n for n, word in enumerate(words) if word in places], np.intp)
    rows = np.array([places[words[n]] for n in known.tolist()], np.intp)
    if isinstance(model, FastText):
        if not isinstance(init, SubwordVectors) or init.subwords != model.subwords:
            found = getattr(init, "subwords", "no subwords")
            raise InputError(
                f"init has {found} and the model {model.subwords}: use the same subwords"
            )
        first = init.table
        table._data[len(words) :] = first[len(init) :]
    table._data[known] = first[rows]
    output = getattr(init, "output", None)
    loss = getattr(model, "output", None)
    if output is not None and isinstance(loss, NegativeSamplingLoss):
        loss.weight._data[known] = output[rows]


def freeze_words(model: Any, vocabulary: Vocabulary, words: Iterable[str]) -> None:
    """Exclude the vectors of words from training; UnknownWordError names one that has none.

    With subwords, the vectors of the words' n-grams do not change either.
    """
    rows = np.array([vocabulary.index(word) for word in dict.fromkeys(words)], np.intp)
    if len(rows):
        if isinstance(model, FastText):
            rows, _ = model.input.members.select(rows)
        freeze_rows(_input_table(model), rows)


def _input_table(model: Any) -> Parameter:
    """Return the parameter whose rows are word vectors, or of which words are means."""
    if isinstance(model, FastText):
        table: Parameter = model.input.weight
        return table
    vectors = getattr(model, "vectors", None)
    for parameter in model.parameters():
        if parameter._data is vectors:
            assert isinstance(parameter, Parameter)
            return parameter
    raise InputError("the vectors of the model are no parameter: init and frozen need one")
