"""Encoded texts on disk: one folder per text, reused only if it is complete and undamaged.

A folder holds the word ids (raw int32 in the machine's byte order), the vocabulary, and a small
JSON file that describes both and is written last.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zlib
from pathlib import Path

from tinygrad_w2v.runtime.files import atomic_write, cache_directory, make_cache_folder, write_text
from tinygrad_w2v.word2vec.corpus.encoding import EncodingProgress, encode_text
from tinygrad_w2v.word2vec.corpus.stored_ids import StoredIds, checksum
from tinygrad_w2v.word2vec.corpus.vocabulary import Vocabulary
from tinygrad_w2v.word2vec.settings import CorpusSettings
from tinygrad_w2v.word2vec.text.files import TextPath
from tinygrad_w2v.word2vec.text.source import TextSource

_FORMAT = 2  # increased whenever the same text results in other files
_IDS, _VOCABULARY, _DESCRIPTION = "ids.int32", "vocabulary.txt", "corpus.json"

Encoded = tuple[Vocabulary, StoredIds]


def encoded(
    source: TextSource,
    settings: CorpusSettings,
    cache: TextPath | None = None,
    progress: EncodingProgress | None = None,
) -> Encoded:
    """Return a text's vocabulary and ids, from the cache if it was encoded before.

    The files of a pipe, which never repeats, are deleted with the ids. Raises the errors of
    :func:`encode_text`, and InputError if a folder cannot be created or written.
    """
    identity = source.identity()
    if identity is None:
        folder = Path(tempfile.mkdtemp(prefix="tinygrad_w2v-"))
        try:
            return _stored(folder, source, settings, progress, temporary=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    parts = [_FORMAT, identity, settings.min_count, settings.max_vocab, settings.errors]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    folder = Path(cache or cache_directory() / "corpora") / key
    return _loaded(folder) or _stored(folder, source, settings, progress)


def _stored(
    folder: Path,
    source: TextSource,
    settings: CorpusSettings,
    progress: EncodingProgress | None,
    temporary: bool = False,
) -> Encoded:
    """Encode a text into a folder, which is deleted with the ids if it is `temporary`."""
    make_cache_folder(folder)
    with atomic_write(folder / _IDS) as path:
        vocabulary = encode_text(source, path, settings, progress)
    vocabulary.save(folder / _VOCABULARY)
    ids = StoredIds(folder / _IDS, folder=folder if temporary else None)
    description = {
        "format": _FORMAT,
        "text": source.files,
        "ids_crc32": checksum(ids),
        "vocabulary_crc32": _checksum(folder / _VOCABULARY),
    }
    write_text(folder / _DESCRIPTION, [json.dumps(description)])
    # Loaded again: its words are scattered among all counted words and would retain that memory.
    del vocabulary
    return Vocabulary.load(folder / _VOCABULARY), ids


def _loaded(folder: Path) -> Encoded | None:
    """Return what a folder holds, or None if it is missing or damaged."""
    try:
        stored = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
        if stored["vocabulary_crc32"] != _checksum(folder / _VOCABULARY):
            return None
        vocabulary, ids = Vocabulary.load(folder / _VOCABULARY), StoredIds(folder / _IDS)
        return (vocabulary, ids) if stored["ids_crc32"] == checksum(ids) else None
    # ValueError includes JSON and InputError.
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _checksum(path: Path) -> int:
    return zlib.crc32(path.read_bytes())
