"""Where ``train`` writes vectors and checkpoint, and where else if that fails."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import cache_directory, check_writable, is_special
from tinygrad_w2v.word2vec.vectors import Format, KeyedVectors


def checkpoint_path(output: str) -> Path:
    """Return the path of the checkpoint: beside the vectors; for a device, the current folder."""
    name = f"{Path(output).name}.checkpoint.npz"
    return Path(name) if is_special(output) else Path(output).with_name(name)


def check_outputs(output: str) -> None:
    """Raise InputError, before any work, if the vectors or the checkpoint cannot be written."""
    check_writable(output)
    if not is_special(output):
        check_writable(checkpoint_path(output))


def save_vectors(vectors: KeyedVectors, output: str, format_name: Format | None) -> None:
    """Write the vectors; if that fails, write them elsewhere rather than lose hours of work.

    The failure is raised in any case; the InputError names the place where they are instead.
    """
    try:
        vectors.save(output, format_name)
    except InputError as error:
        for folder in (cache_directory() / "rescued", Path(tempfile.gettempdir())):
            place = folder / f"{os.getpid()}-{Path(output).name}"
            try:
                folder.mkdir(parents=True, exist_ok=True)
                vectors.save(place, format_name)
            except (OSError, InputError):
                continue
            raise InputError(f"{error}; the vectors were saved as {place} instead") from error
        raise
