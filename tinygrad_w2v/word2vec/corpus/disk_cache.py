"""Encoded texts on disk: one folder per text, reused only if it is complete and undamaged.

A folder holds the word ids (raw int32 in the machine's byte order), the vocabulary, and a small
JSON file that describes both and is written last.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.runtime.files import atomic_write, make_cache_folder
from tinygrad_w2v.word2vec.corpus.encoding import LINE_END, EncodingProgress, encode_text
from tinygrad_w2v.word2vec.corpus.stored_ids import Ids, StoredIds, chunks
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary
from tinygrad_w2v.word2vec.settings import CorpusSettings
from tinygrad_w2v.word2vec.text.source import TextSource

_FORMAT = 1  # increased whenever the same text results in other files
_IDS, _VOCABULARY, _DESCRIPTION = "ids.int32", "vocabulary.txt", "corpus.json"

Encoded = tuple[Vocabulary, StoredIds]


def cache_key(source: TextSource, settings: CorpusSettings) -> str | None:
    """Return the folder name for an encoding of this text; None for a pipe, which never repeats."""
    identity = source.identity()
    if identity is None:
        return None
    parts = [_FORMAT, identity, settings.min_count, settings.max_vocab, settings.errors]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def store(
    folder: Path,
    source: TextSource,
    settings: CorpusSettings,
    progress: EncodingProgress | None,
) -> Encoded:
    """Encode a text into the folder, and return its vocabulary and its ids there.

    Raises
    ------
    InputError
        If the folder cannot be created or written, or for the reasons of :func:`encode_text`.
    """
    make_cache_folder(folder)
    with atomic_write(folder / _IDS) as path:
        vocabulary = encode_text(source, path, settings, progress)
    vocabulary.save(folder / _VOCABULARY)
    with atomic_write(folder / _DESCRIPTION) as path:
        path.write_text(json.dumps(_description(folder, source)), encoding="utf-8")
    # Loaded again: its words are scattered among all counted words and would retain that memory.
    del vocabulary
    return Vocabulary.load(folder / _VOCABULARY), StoredIds(folder / _IDS)


def load(folder: Path) -> Encoded | None:
    """Return what :func:`store` wrote to the folder, or None if it is missing or damaged."""
    try:
        stored = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
        if stored["vocabulary_crc32"] != _checksum(folder / _VOCABULARY):
            return None
        vocabulary, ids = Vocabulary.load(folder / _VOCABULARY), StoredIds(folder / _IDS)
        sound = np.array_equal(occurrences(ids, len(vocabulary))[1:], vocabulary.counts)
    except (OSError, ValueError, KeyError, TypeError):  # ValueError includes JSON and InputError
        return None
    return (vocabulary, ids) if sound and stored["ids"] == len(ids) else None


def occurrences(ids: Ids, size: int) -> NDArray[np.int64]:
    """Return the number of occurrences of ``LINE_END`` and of each id below `size`, (1 + size,).

    Raises
    ------
    ValueError
        If there are other ids.
    """
    counts = np.zeros(size + 1, np.int64)
    for chunk in chunks(ids):
        # An id that is too large makes this count longer, and the addition fails.
        counts += np.bincount(chunk - LINE_END, minlength=size + 1)
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
