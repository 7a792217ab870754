r"""TextSource: text from files, folders, compressed files, URLs, pipes and standard input.

Each line is a sentence or paragraph; ``"\n"`` is the only line end, and words are split as by
``str.split``. A NUL counts as a space. A word has at most 262,144 bytes.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import re
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypeAlias

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import explained_reads
from tinygrad_w2v.word2vec.settings import CorpusSettings, ErrorPolicy, check_setting
from tinygrad_w2v.word2vec.text.files import (
    STDIN,
    FileIdentity,
    TextPath,
    copy_stream,
    display_name,
    identity_of,
    is_stream,
    list_files,
    open_file,
    size_of,
)
from tinygrad_w2v.word2vec.words import MOST_CHARACTERS

Identity: TypeAlias = tuple[FileIdentity, ...]

# Small enough for the words of a block to stay in the processor's cache between splitting and
# lookup: about 20% faster than blocks of a megabyte.
_BLOCK_BYTES = 1 << 16
_LINE_LENGTH = 1 << 20
# The characters at which str.split divides, and NUL, in UTF-8.
_ASCII_SPACES = b" \t\v\f\r\x1c\x1d\x1e\x1f\0"
_SPACE = re.compile(
    rb"[\0\t-\r\x1c- ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f"
    rb"|\xe3\x80\x80"
)
_BOM = b"\xef\xbb\xbf"
COMPRESSED: dict[str, Callable[[Any], Any]] = {
    ".gz": lambda raw: gzip.GzipFile(fileobj=raw),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}


class TextSource:
    r"""Text that can be read repeatedly without loading it into memory as a whole.

    Parameters
    ----------
    paths
        One or more paths. A file ending in ``.gz``, ``.bz2`` or ``.xz`` is decompressed; a folder
        represents all regular files below it that are not hidden, sorted by path; ``"-"`` is
        standard input. What can be read only once, such as a pipe, is first copied to a
        temporary file. URLs such as ``"s3://bucket/folder/*.txt"`` are opened by the package fsspec
        (extra `remote`), with its configuration; ``*`` matches any part of a name.
    errors
        Handling of bytes that are not UTF-8: ``"strict"`` raises InputError, ``"replace"``
        replaces them with U+FFFD, ``"ignore"`` drops them.

    Raises
    ------
    InputError
        If a path cannot be opened, or is a folder without files.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "pets.txt").write_text("a cat\nand a dog\n")
    ...     [line.split() for line in TextSource(folder).lines()]
    [['a', 'cat'], ['and', 'a', 'dog']]
    """

    def __init__(
        self,
        paths: TextPath | Iterable[TextPath],
        *,
        errors: ErrorPolicy = CorpusSettings.errors,
    ) -> None:
        check_setting("errors", errors)
        self.errors: ErrorPolicy = errors
        listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        if not listed:
            raise InputError("no text given; name a file, a folder, or - for standard input")
        if [os.fspath(path) for path in listed].count(STDIN) > 1:
            raise InputError("standard input (-) is listed twice; it can be read as one file only")
        self.files: tuple[str, ...] = tuple(file for path in listed for file in list_files(path))
        self._copies: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<TextSource: {self.name}>"

    @property
    def name(self) -> str:
        """Name of the text in messages."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return display_name(self.files[0]) + more

    def identity(self) -> Identity | None:
        """Return what changes whenever a file does; None with a pipe.

        For each file: its absolute path, size, modification time, inode, change time, and the
        CRC-32 of 16 blocks of 4 kB. A copy may preserve size and modification time. For a URL, its
        size, time and checksum as stated by its server, and the CRC-32 if it states no checksum.
        Texts with equal identities are taken to be equal.
        """
        if any(map(is_stream, self.files)):
            return None
        return tuple(map(identity_of, self.files))

    def total_bytes(self) -> int:
        """Return the size of all files on disk, compressed or not; copies a pipe first."""
        return sum(size_of(self._readable(file)) for file in self.files)

    def blocks(self, progress: Callable[[int], None] | None = None) -> Iterator[str]:
        r"""Yield the text in blocks of about 64 kB that end where a word ends.

        The concatenated blocks are the text; the last line of every file is terminated.

        `progress` is called after each block with the number of bytes read from disk so far.
        Raises InputError if a file cannot be read, is damaged, is not UTF-8, or has too long a
        word.
        """
        done = 0
        for file in self.files:
            complete = True
            for text, position in self._file_blocks(file):
                yield text
                complete = text.endswith("\n")
                if progress is not None:
                    progress(done + position)
            if not complete:
                yield "\n"
            done += size_of(self._readable(file))

    def lines(self) -> Iterator[str]:
        """Yield each line, blank ones included, without its line end.

        A line of more than about a million characters is yielded in parts that end after a word.
        """
        held: list[str] = []
        for block in self.blocks():
            first, *others = block.split("\n")
            held.append(first)
            if others:
                yield "".join(held).removesuffix("\r")
                yield from (line.removesuffix("\r") for line in others[:-1])
                held = others[-1:]
            elif sum(map(len, held)) > _LINE_LENGTH:
                yield "".join(held)
                held = []

    def _file_blocks(self, file: str) -> Iterator[tuple[str, int]]:
        suffix = os.path.splitext(file)[1].lower()
        path, name = self._readable(file), display_name(file)
        opener = COMPRESSED.get(suffix, contextlib.nullcontext)
        with explained_reads(name), open_file(path) as raw, opener(raw) as content:
            for text in decoded(byte_blocks(content, name), name, self.errors):
                yield text, raw.tell()

    def _readable(self, file: str) -> str:
        """Return the name of what can be opened repeatedly: of the file, or of its copy."""
        if not is_stream(file):
            return file
        if file not in self._copies:
            handle, copy = tempfile.mkstemp(prefix="tinygrad_w2v-")
            os.close(handle)
            weakref.finalize(self, Path(copy).unlink, missing_ok=True)
            copy_stream(file, copy)
            self._copies[file] = copy
        return self._copies[file]


def byte_blocks(file: IO[bytes], name: str) -> Iterator[bytes]:
    """Yield the bytes in blocks that end after a line or, in a very long line, after a word."""
    held: list[bytes] = []
    offset = size = 0  # where the held bytes begin, and their number
    while block := file.read(_BLOCK_BYTES):
        if size + len(block) > MOST_CHARACTERS:
            block, held, size = b"".join([*held, block]), [], 0
            cut = _end_of_words(block, offset, name)
        else:
            cut = block.rfind(b"\n") + 1 or max(map(block.rfind, _ASCII_SPACES)) + 1
        if cut:
            yield b"".join([*held, block[:cut]])
            offset += size + cut
            held, size = [], 0
        held.append(block[cut:])
        size += len(block) - cut
    if rest := b"".join(held):
        yield rest


def _end_of_words(block: bytes, offset: int, name: str) -> int:
    """Return where the last complete word ends; raise InputError for a word that is too long."""
    begin = 0
    for begin, end in _spans(block):
        if end - begin > MOST_CHARACTERS:
            raise InputError(
                f"{name}: the word at offset {offset + begin} is longer than {MOST_CHARACTERS:,} "
                "bytes; separate words by spaces, or give a file of text"
            )
    return begin


def _spans(block: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each word, which may be empty, begins and ends."""
    begin = 0
    for space in _SPACE.finditer(block):
        yield begin, space.start()
        begin = space.end()
    yield begin, len(block)


def decoded(blocks: Iterable[bytes], name: str, errors: ErrorPolicy) -> Iterator[str]:
    """Yield each block of a file as text, without a byte order mark at the start.

    Blocks end after an ASCII character, so that no character is split. Raises InputError at the
    first byte that is not UTF-8 if `errors` is ``"strict"``; its message calls the file `name`.
    """
    offset = lines = line_start = 0
    for block in blocks:
        bom = len(_BOM) if offset == 0 and block.startswith(_BOM) else 0
        try:
            yield str(memoryview(block)[bom:], "utf-8", errors)
        except UnicodeDecodeError as error:
            at = error.start + bom
            line = lines + block.count(b"\n", 0, at) + 1
            newline = block.rfind(b"\n", 0, at)
            start = offset + newline + 1 if newline >= 0 else line_start
            raise InputError(
                f"{name}, line {line}, byte {offset + at - start + 1} of the line (offset "
                f"{offset + at} in the file): 0x{block[at]:02x} is not UTF-8; convert the file "
                'to UTF-8, or use --errors replace (errors="replace")'
            ) from error
        lines += block.count(b"\n")
        newline = block.rfind(b"\n")
        if newline >= 0:
            line_start = offset + newline + 1
        offset += len(block)
