"""Getting the result of a training to disk, or at least somewhere."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import cache_directory, check_writable, is_special
from tinygrad_w2v.word2vec.vectors import Format, KeyedVectors


def checkpoint_path(output: str) -> Path:
    """Return where the checkpoint goes: beside the vectors, or here if they go to a device."""
    name = f"{Path(output).name}.checkpoint.npz"
    return Path(name) if is_special(output) else Path(output).with_name(name)


def check_places(output: str) -> None:
    """Raise InputError now if the vectors or the checkpoint could not be written later."""
    check_writable(output)
    if not is_special(output):
        check_writable(checkpoint_path(output))


def save_vectors(vectors: KeyedVectors, output: str, format_name: Format | None) -> None:
    """Write the vectors; if that fails, write them elsewhere rather than lose hours of work.

    Raises
    ------
    InputError
        If they could not be written to `output`; says where they are instead.
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
