"""The files of a text: local ones, standard input, and those at URLs, which fsspec opens.

This is the only module that knows where a file is.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import lzma
import os
import re
import shutil
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, TypeAlias, cast

from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.runtime.files import describe_os_error, explained_reads

TextPath: TypeAlias = str | os.PathLike[str]
FileIdentity: TypeAlias = tuple[str | int, ...]

STDIN = "-"
_COPY_BYTES = 1 << 20
_SAMPLES, _SAMPLE_BYTES = 16, 1 << 12
_URL = re.compile(r"[A-Za-z][\w+.-]+(://|::)")  # one letter is a drive of Windows
_EXPLAINED = (InputError, MissingExtraError, OSError, EOFError, zlib.error, lzma.LZMAError)
# What file systems call the checksum of a file, and the time of its last change.
_CHECKSUMS = ("ETag", "etag", "Content-MD5", "Digest", "md5Hash")
_TIMES = ("LastModified", "Last-Modified", "last_modified", "updated", "mtime")


def list_files(path: TextPath) -> list[str]:
    """Return the files that a path represents, after checking that they can be opened.

    InputError if one cannot be opened, or there is none.
    """
    name = os.fspath(path)
    if name == STDIN:
        return [name]
    if is_url(name):
        return _listed(name)
    files = _files_below(name) if os.path.isdir(name) else [name]
    if not files:
        raise InputError(
            f"the folder {name} holds no text: it has no regular file that is not hidden; "
            "name another folder, or the files themselves"
        )
    for file in files:
        if not is_stream(file):
            with open_file(file):
                pass
    return files


def is_url(name: str) -> bool:
    """Whether a name is the URL of a file, such as ``s3://bucket/text.txt``."""
    return _URL.match(name) is not None


def display_name(file: str) -> str:
    """Return the name of a file in messages."""
    return "standard input" if file == STDIN else file


def absolute(file: str) -> str:
    """Return the name of a file in any working directory."""
    return file if is_url(file) else os.path.abspath(file)


@contextlib.contextmanager
def open_file(file: str) -> Iterator[IO[bytes]]:
    """Open a file to read bytes from any position; InputError for what fails in the block."""
    with _explained(file), contextlib.ExitStack() as stack:
        if is_url(file):
            system, path = _located(file)
            yield stack.enter_context(system.open(path, "rb"))
        else:
            yield stack.enter_context(open(file, "rb"))


def is_stream(file: str) -> bool:
    """Whether a file can be read only once and from its beginning, such as a pipe."""
    if is_url(file):
        return _has_no_ranges(file)
    return file == STDIN or not stat.S_ISREG(_state(file).st_mode)


def copy_stream(file: str, copy: str) -> None:
    """Copy what can be read only once to a temporary file."""
    try:
        if is_url(file):
            with _remote_errors_explained(file):
                system, path = _located(file)
                system.get_file(path, copy)
            return
        with open(copy, "wb") as target, contextlib.ExitStack() as opened:
            is_stdin = file == STDIN
            source = sys.stdin.buffer if is_stdin else opened.enter_context(open(file, "rb"))
            shutil.copyfileobj(source, target, _COPY_BYTES)
    except OSError as error:
        raise InputError(
            f"cannot copy {file} to {copy}: {describe_os_error(error)}; free some space, "
            "or set TMPDIR to a larger disk"
        ) from error


def size_of(file: str) -> int:
    """Return the number of bytes of a file."""
    return int(_information(file)["size"]) if is_url(file) else _state(file).st_size


def identity_of(file: str) -> FileIdentity:
    """Return what changes whenever a file does; see :meth:`TextSource.identity`."""
    if is_url(file):
        found = _information(file)
        checksums = [str(found.get(name, "")) for name in _CHECKSUMS]
        samples = 0 if any(checksums) else _sampled_checksum(file, found["size"])
        times = [str(found.get(name, "")) for name in _TIMES]
        return (file, found["size"], *checksums, *times, samples)
    state = _state(file)
    return (
        os.path.abspath(file),
        *(state.st_size, state.st_mtime_ns, state.st_ino, state.st_ctime_ns),
        _sampled_checksum(file, state.st_size),
    )


def _sampled_checksum(file: str, size: int) -> int:
    """Return the CRC-32 of blocks at equal distances, from the beginning to the end."""
    last = max(size - _SAMPLE_BYTES, 0)
    begins = [last * index // (_SAMPLES - 1) for index in range(_SAMPLES)]
    crc = 0
    for block in _ranges(file, begins, size) if size else ():
        crc = zlib.crc32(block, crc)
    return crc


def _ranges(file: str, begins: list[int], size: int) -> Iterator[bytes]:
    with _explained(file):
        if is_url(file):
            system, path = _located(file)
            ends = [min(begin + _SAMPLE_BYTES, size) for begin in begins]
            yield from system.cat_ranges([path] * len(begins), begins, ends, on_error="raise")
            return
        with open(file, "rb", buffering=0) as raw:
            for begin in begins:
                raw.seek(begin)
                yield raw.read(_SAMPLE_BYTES)


# --- local files ----------------------------------------------------------------------------------


def _files_below(folder: str) -> list[str]:
    found = []
    for parent, children, names in os.walk(folder):
        children[:] = [child for child in children if not child.startswith(".")]
        paths = (os.path.join(parent, name) for name in names if not name.startswith("."))
        found += [path for path in paths if os.path.isfile(path)]
    return sorted(found)


def _state(file: str) -> os.stat_result:
    with explained_reads(file):
        return os.stat(file)


# --- URLs -----------------------------------------------------------------------------------------


def _listed(url: str) -> list[str]:
    """Return the files below a folder, or that match a pattern with ``*``, or the one file."""
    with _explained(url):
        system, path = _located(url)
        system.invalidate_cache()
        if "*" in url:
            paths = [found for found in system.glob(path) if not system.isdir(found)]
        elif system.info(path).get("type") == "directory":
            paths = [found for found in system.find(path) if not _is_hidden(found, path)]
        else:
            return [url]
        if not paths:
            raise InputError(f"no file matches {url}; name another folder, or the files themselves")
        return [system.unstrip_protocol(found) for found in sorted(paths)]


def _is_hidden(file: str, folder: str) -> bool:
    return any(part.startswith(".") for part in file[len(folder) :].split("/"))


def _located(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, which belongs to this process, and the path in it."""
    try:
        package: Any = importlib.import_module("fsspec")  # optional: the extra `remote`
    except ImportError:
        raise MissingExtraError("fsspec", "remote", f"the text at {url}") from None
    return cast(tuple[Any, str], package.url_to_fs(url))


def _information(url: str) -> Mapping[str, Any]:
    with _explained(url):
        system, path = _located(url)
        return cast(Mapping[str, Any], system.info(path))


@functools.cache
def _has_no_ranges(url: str) -> bool:
    """Whether a server of HTTP does not send parts of a file, or its size."""
    found = _information(url)
    if found.get("size") is None or not found.get("partial", True):
        return True
    if not url.startswith("http") or not found["size"]:
        return False
    with _explained(url):
        system, path = _located(url)
        try:
            with system.open(path, "rb", cache_type="none") as file:
                file.seek(max(found["size"] - 1, 1))
                file.read(1)
        except ValueError:
            return True
    return False


@contextlib.contextmanager
def _explained(file: str) -> Iterator[None]:
    """Raise InputError for whatever goes wrong while a file is read."""
    with explained_reads(display_name(file)), _remote_errors_explained(file):
        yield


@contextlib.contextmanager
def _remote_errors_explained(file: str) -> Iterator[None]:
    """Raise InputError for errors that are a file system's own, and for those of the network."""
    try:
        yield
    except Exception as error:
        # fsspec turns whatever goes wrong over HTTP into a missing file that has a cause.
        is_of_network = isinstance(error, TimeoutError | ConnectionError) or (
            isinstance(error, FileNotFoundError) and error.__cause__ is not None
        )
        if not is_url(file) or (isinstance(error, _EXPLAINED) and not is_of_network):
            raise
        cause = error.__cause__ if is_of_network and error.__cause__ else error
        reason = " ".join(str(cause).split()) or type(cause).__name__
        raise InputError(
            f"cannot read {file}: {reason:.300}; check the URL, and your access to it"
        ) from error
