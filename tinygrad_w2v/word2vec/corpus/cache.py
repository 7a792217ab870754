"""The corpus on disk: one folder an encoded text, used again only if nothing about it is wrong.

A folder holds the word ids (raw int32, as the machine orders its bytes), the vocabulary, and a
small JSON file that is written last and describes the two.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error
from tinygrad_w2v.word2vec.corpus.encoding import LINE_END, EncodingProgress, encode_text
from tinygrad_w2v.word2vec.corpus.stored_ids import Ids, StoredIds, pieces
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary
from tinygrad_w2v.word2vec.text.source import TextSource

_FORMAT = 1  # to be raised whenever the same text would give other files
_IDS, _VOCABULARY, _DESCRIPTION = "ids.int32", "vocabulary.txt", "corpus.json"
_CHUNK_IDS = 1 << 17

Encoded = tuple[Vocabulary, StoredIds]


def cache_key(source: TextSource, min_count: int, max_vocab: int | None) -> str | None:
    """Return the folder name for an encoding of this text; None for a pipe, never the same."""
    identity = source.identity()
    if identity is None:
        return None
    settings = [_FORMAT, identity, min_count, max_vocab, source.errors]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:32]


def build(
    folder: Path,
    source: TextSource,
    *,
    min_count: int,
    max_vocab: int | None,
    progress: EncodingProgress | None,
) -> Encoded:
    """Encode a text into the folder, and return its vocabulary and its ids there.

    Raises
    ------
    InputError
        If the folder cannot be made or written, or as :func:`encode_text` says.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the cache folder {folder}: {describe_os_error(error)}; set the cache "
            "directory (TINYGRAD_W2V_CACHE) to a place you may write to"
        ) from error
    with atomic_write(folder / _IDS) as path:
        vocabulary = encode_text(
            source, path, min_count=min_count, max_vocab=max_vocab, progress=progress
        )
    vocabulary.save(folder / _VOCABULARY)
    with atomic_write(folder / _DESCRIPTION) as path:
        path.write_text(json.dumps(_description(folder, source)), encoding="utf-8")
    # Read anew: its words lie scattered among all that were counted, and would keep that memory.
    del vocabulary
    return Vocabulary.load(folder / _VOCABULARY), StoredIds(folder / _IDS)


def load(folder: Path) -> Encoded | None:
    """Return what :func:`build` left in the folder, or None if it is missing or damaged."""
    try:
        stored = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
        if stored["vocabulary_crc32"] != _checksum(folder / _VOCABULARY):
            return None
        vocabulary, ids = Vocabulary.load(folder / _VOCABULARY), StoredIds(folder / _IDS)
        sound = np.array_equal(occurrences(ids, len(vocabulary))[1:], vocabulary.counts)
    except (OSError, ValueError, KeyError, TypeError):  # ValueError covers JSON and InputError
        return None
    return (vocabulary, ids) if sound and stored["ids"] == len(ids) else None


def occurrences(ids: Ids, size: int) -> NDArray[np.int64]:
    """Return how often ``LINE_END`` and each id below `size` occur, shape (1 + size,).

    Raises
    ------
    ValueError
        If there are other ids.
    """
    counts = np.zeros(size + 1, np.int64)
    for piece in pieces(ids, _CHUNK_IDS):
        # A longer count, of an id that is too high, fails to be added.
        counts += np.bincount(piece - LINE_END, minlength=size + 1)
    return counts


def _description(folder: Path, source: TextSource) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "text": source.files,
        "ids": (folder / _IDS).stat().st_size // np.dtype(np.int32).itemsize,
        "vocabulary_crc32": _checksum(folder / _VOCABULARY),
    }


def _checksum(path: Path) -> int:
    return zlib.crc32(path.read_bytes())
