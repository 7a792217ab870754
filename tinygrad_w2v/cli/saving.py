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

    Raises
    ------
    InputError
        If they could not be written to `output`; names the place where they are instead.
    """
    try:
        vectors.save(output, format_name)
    except InputError as error:
        place = _rescue(vectors, Path(output).name, format_name)
        if place is None:
            raise
        raise InputError(f"{error}; the vectors were saved as {place} instead") from error


def _rescue(vectors: KeyedVectors, name: str, format_name: Format | None) -> Path | None:
    for folder in (cache_directory() / "rescued", Path(tempfile.gettempdir())):
        place = folder / f"{os.getpid()}-{name}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            vectors.save(place, format_name)
        except (OSError, InputError):
            continue
        return place
    return None
