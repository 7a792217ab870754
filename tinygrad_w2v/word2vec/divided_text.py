"""DividedText: a text whose parts the workers of a cluster read and encode themselves."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.runtime.files import atomic_write, cache_directory, make_cache_folder
from tinygrad_w2v.training.cluster.actor import located
from tinygrad_w2v.training.cluster.session import import_ray
from tinygrad_w2v.word2vec.cluster import Shards
from tinygrad_w2v.word2vec.corpus import Corpus, Vocabulary, WindowBatches
from tinygrad_w2v.word2vec.corpus.counting import (
    Counts,
    added,
    count_part,
    in_buckets,
    vocabulary_of,
)
from tinygrad_w2v.word2vec.corpus.encoding import encode_known
from tinygrad_w2v.word2vec.corpus.stored_ids import StoredIds
from tinygrad_w2v.word2vec.settings import CorpusSettings, ErrorPolicy
from tinygrad_w2v.word2vec.text.parts import FileRange, TextPart, divide, is_compressed
from tinygrad_w2v.word2vec.text.source import TextSource

_SEEDS = 1_000_003  # distance of the seeds of two parts

_MOST_BUCKETS = 64  # of counts: each task returns as many objects


class DividedText(Corpus):
    """A corpus of which only the vocabulary is here.

    Parameters
    ----------
    source
        The text.
    vocabulary
        Its words.
    """

    def __init__(self, source: TextSource, vocabulary: Vocabulary) -> None:
        self.source, self.vocabulary = source, vocabulary
        self._ids = np.empty(0, np.int32)
        self.word_count, self.line_count = int(vocabulary.counts.sum()), 0

    @property
    def size(self) -> int:
        """Number of words."""
        return self.word_count

    def count_words(self, begin: int, end: int) -> int:
        """Return the number of words, taking words as positions: line ends are not counted."""
        return end - begin

    def checksum(self) -> int:
        """Return the CRC-32 of the counts and the sizes of the files."""
        sizes = json.dumps([part.size for part in divide(self.source, 1)[0]])
        return zlib.crc32(self.vocabulary.counts.tobytes(), zlib.crc32(sizes.encode()))

    def __repr__(self) -> str:
        return f"<DividedText: {self.word_count:,} words, vocabulary of {len(self.vocabulary):,}>"


class PartBatches:
    """The batches of a part of a divided text, whose ids are encoded on first use.

    They are stored in the cache directory of the machine.

    Parameters
    ----------
    batches
        Builds the batches of a corpus.
    ranges, errors
        The part, and the handling of bytes that are not UTF-8.
    vocabulary
        That of the whole text.
    number
        Of the part.
    """

    def __init__(
        self,
        batches: Callable[..., WindowBatches],
        ranges: Sequence[FileRange],
        errors: ErrorPolicy,
        vocabulary: Vocabulary,
        number: int,
    ) -> None:
        self.batches, self.ranges, self.errors = batches, ranges, errors
        self.vocabulary, self.number = vocabulary, number

    def epoch(self, number: int, start: int = 0) -> Iterator[Windows]:
        """Return the batches of an epoch; see :class:`WindowBatches`."""
        corpus = self._corpus()
        if corpus.word_count == corpus.line_count:  # no word has a context
            return iter(())
        batches = self.batches(corpus)
        batches.seed += _SEEDS * self.number
        return batches.epoch(number, start)

    def _corpus(self) -> Corpus:
        part = TextPart(self.ranges, self.errors)
        known = [part.identity(), [(r.begin, r.end) for r in self.ranges], self.errors]
        digest = hashlib.sha256(json.dumps(known).encode())
        digest.update("\n".join(self.vocabulary.words).encode())
        folder = cache_directory() / "parts"
        path = folder / f"{digest.hexdigest()[:32]}.int32"
        if not path.exists():
            make_cache_folder(folder)
            with atomic_write(path) as temporary:
                encode_known(part, self.vocabulary, Path(temporary))
        return Corpus(self.vocabulary, StoredIds(path))


class Parts(Shards):
    """The sources of a training on a divided text.

    Parameters
    ----------
    text
        The text.
    batches
        Builds the batches of a corpus.
    count
        Number of parts.
    """

    def __init__(
        self, text: DividedText, batches: Callable[..., WindowBatches], count: int
    ) -> None:
        super().__init__(batches, count)
        self._text, self._ranges = text, divide(text.source, count)

    def __getitem__(self, number: Any) -> Any:
        ranges, text = self._ranges[number], self._text
        return PartBatches(self.batches, ranges, text.source.errors, text.vocabulary, number)

    def divided(self, count: int) -> Parts:
        """Return the same text in another number of parts."""
        return Parts(self._text, self.batches, count)


def count_on_cluster(
    source: TextSource,
    settings: CorpusSettings,
    tasks: int,
    progress: Callable[[int, int], None],
) -> DividedText | None:
    """Count the words of a text in parallel, on a connected cluster.

    Returns None if the text cannot be divided: a pipe, or few compressed files.
    """
    if source.identity() is None:
        return None
    if any(map(is_compressed, source.files)) and len(source.files) < 2 * tasks:
        return None
    ray = import_ray()
    buckets = min(tasks, _MOST_BUCKETS)
    count = ray.remote(num_cpus=1, num_returns=1 + buckets)(_count_part)
    parts = [
        count.remote(number, ranges, source.errors, buckets)
        for number, ranges in enumerate(divide(source, tasks))
    ]
    try:
        for done, (is_counted, *_) in enumerate(parts, start=1):
            ray.get(is_counted)
            progress(done, tasks)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, InputError):
            raise InputError(str(error.cause)) from None
        raise
    add = ray.remote(num_cpus=1)(_add)
    _, *bucket_parts = zip(*parts, strict=True)
    sums = [add.remote(settings.min_count, *bucket) for bucket in bucket_parts]
    vocabulary = vocabulary_of(map(ray.get, sums), settings, source.name)
    return DividedText(source, vocabulary)


def _count_part(
    number: int, ranges: Sequence[FileRange], errors: ErrorPolicy, buckets: int
) -> list[Any]:
    with located():
        return [True, *in_buckets(count_part(TextPart(ranges, errors), number), buckets)]


def _add(min_count: int, *parts: Counts) -> Counts:
    return added(parts, min_count)
