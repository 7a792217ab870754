"""Parts of a text: ranges of bytes of its files that begin and end with a line."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import os
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.settings import ErrorPolicy
from tinygrad_w2v.word2vec.text.files import absolute, open_file, size_of
from tinygrad_w2v.word2vec.text.source import (
    COMPRESSED,
    TextSource,
    byte_blocks,
    decoded,
)


@dataclasses.dataclass(frozen=True)
class FileRange:
    """The lines of a file that begin in a range of its bytes; `size` is that of the file."""

    file: str
    begin: int
    end: int
    size: int


def divide(source: TextSource, parts: int) -> list[list[FileRange]]:
    r"""Divide a text into parts of about equal size.

    A compressed file belongs to one part as a whole.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "pets.txt").write_text("a cat\nand a dog\nsat\n")
    ...     parts = divide(TextSource(folder), 2)
    ...     [list(TextPart(ranges).lines()) for ranges in parts]
    [['a cat', 'and a dog'], ['sat']]
    """
    sizes = [size_of(file) for file in source.files]
    total = sum(sizes)
    bounds = [total * k // parts for k in range(parts + 1)]
    result: list[list[FileRange]] = [[] for _ in range(parts)]
    offsets = itertools.accumulate(sizes, initial=0)
    for name, size, offset in zip(source.files, sizes, offsets, strict=False):
        file = absolute(name)
        part = bisect.bisect_right(bounds, offset) - 1
        if is_compressed(name) and size:
            result[part].append(FileRange(file, 0, size, size))
            continue
        while part < parts and bounds[part] < offset + size:
            limits = max(bounds[part] - offset, 0), min(bounds[part + 1] - offset, size)
            if limits[0] < limits[1]:
                result[part].append(FileRange(file, *limits, size))
            part += 1
    return result


def is_compressed(file: str) -> bool:
    """Whether a file must be read from its beginning."""
    return os.path.splitext(file)[1].lower() in COMPRESSED


class TextPart(TextSource):
    """Some lines of a text, as :func:`divide` returns them.

    InputError if a file has another size than where the text was divided.
    """

    def __init__(self, ranges: Sequence[FileRange], errors: ErrorPolicy = "strict") -> None:
        self.errors: ErrorPolicy = errors
        self.files = tuple(part.file for part in ranges)
        self._ranges = {part.file: part for part in ranges}
        self._copies: dict[str, str] = {}
        for part in ranges:
            size = size_of(part.file)
            if size != part.size:
                raise InputError(
                    f"{part.file} has {size:,} bytes, and {part.size:,} where the training was "
                    f"started: all machines must read the same files"
                )

    def _file_blocks(self, file: str) -> Iterator[tuple[str, int]]:
        part = self._ranges[file]
        if is_compressed(file):
            yield from super()._file_blocks(file)
            return
        with open_file(file) as raw:
            begin, end = (_line_start(raw, position) for position in (part.begin, part.end))
            raw.seek(begin)
            name = f"{file}, from byte {begin} on" if begin else file
            content = cast(IO[bytes], _Limited(raw, end))
            for text in decoded(byte_blocks(content, file), name, self.errors):
                yield text, raw.tell() - begin


class _Limited:
    """A file that ends at a position."""

    def __init__(self, file: IO[bytes], end: int) -> None:
        self.file, self.end = file, end

    def read(self, size: int) -> bytes:
        return self.file.read(max(min(size, self.end - self.file.tell()), 0))


def _line_start(file: Any, position: int) -> int:
    """Return where the first line begins that begins at a position or later."""
    if position == 0:
        return 0
    file.seek(position - 1)
    file.readline()
    return int(file.tell())
