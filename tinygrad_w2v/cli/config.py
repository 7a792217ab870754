"""``--config FILE``: a training described in a file, and the file that each training leaves."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import is_special
from tinygrad_w2v.word2vec import Word2Vec
from tinygrad_w2v.word2vec.presets import find_preset
from tinygrad_w2v.word2vec.recipe import Recipe

_CORPUS = ("text", "min_count", "max_vocab", "errors")
_SECTION_OF = {
    "model": "model",
    "dim": "model",
    "straight_through": "model",
    "negative": "loss",
    "shared": "loss",
    "block": "loss",
    "lr": "optimizer",
    "clip_row": "optimizer",
}


def read_config(arguments: argparse.Namespace) -> Recipe | None:
    """Read the file, and put its corpus and training options where none were given by hand.

    Raises
    ------
    InputError
        If it cannot be read, or an option is given that belongs to one of its specs.
    """
    if arguments.config is None:
        return None
    recipe = Recipe.read(arguments.config)
    for name, section in _SECTION_OF.items():
        if name in arguments.given:
            flag = name.replace("_", "-")
            raise InputError(
                f"--{flag} is given beside --config {arguments.config}: set it in the section "
                f"[{section}] of that file"
            )
    for option, value in {**recipe.corpus, **recipe.training}.items():
        if option not in arguments.given and not (option == "text" and arguments.text):
            setattr(arguments, option, value)
            arguments.given.add(option)
    if recipe.model.get("type") == "SkipGram":  # what a preset says depends on it
        arguments.model = "skipgram"
        arguments.given.add("model")
    return recipe


def apply_preset(arguments: argparse.Namespace) -> None:
    """Put the corpus options of the preset, if there is one, where none were given.

    Raises
    ------
    InputError
        If the file names a preset there is not.
    """
    if arguments.preset is None:
        return
    for option, value in find_preset(arguments.preset).corpus.items():
        if option not in arguments.given:
            setattr(arguments, option, value)


def write_recipe(job: Word2Vec, arguments: argparse.Namespace) -> None:
    """Write all that the training was made of beside the vectors, as ``VECTORS.run.toml``."""
    if is_special(arguments.output):
        return
    corpus = {name: getattr(arguments, name) for name in _CORPUS}
    corpus["text"] = list(map(os.fspath, arguments.text))
    dataclasses.replace(job.recipe(), corpus=corpus).write(Path(f"{arguments.output}.run.toml"))
