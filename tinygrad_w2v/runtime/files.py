"""Atomic writes, checks of paths before long work, and the cache directory."""

from __future__ import annotations

import contextlib
import errno
import lzma
import os
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tinygrad_w2v.errors import InputError, MissingFileError, nearest_names

_CACHE_VARIABLE = "TINYGRAD_W2V_CACHE"
_MOST_PIPED = 1 << 26
_READ_BYTES = 1 << 20


def cache_directory() -> Path:
    """Return the folder for files that can be recreated; it is not created here.

    The environment variable ``TINYGRAD_W2V_CACHE`` overrides the platform's default.
    """
    if override := os.environ.get(_CACHE_VARIABLE):
        return Path(override).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "tinygrad_w2v"


def make_cache_folder(folder: Path) -> None:
    """Create a folder of the cache; raise InputError if it cannot be created."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot create the cache folder {folder}: {describe_os_error(error)}; set the cache "
            f"directory ({_CACHE_VARIABLE}) to a writable place"
        ) from error


def describe_os_error(error: OSError) -> str:
    """Return the system's message without the number, such as ``"No space left on device"``."""
    return error.strerror or str(error) or type(error).__name__


def read_text(path: str | os.PathLike[str], most: int | None = None) -> str:
    """Return the text of a UTF-8 file, without a byte order mark, or raise InputError.

    A text of more than `most` bytes is refused: by default, one in a pipe or device of more than
    64 MiB.
    """
    name = os.fspath(path)
    try:
        with explained_reads(path), open(path, "rb") as file:
            limit = max(_MOST_PIPED, os.fstat(file.fileno()).st_size) if most is None else most
            content = bytearray()
            while len(content) <= limit and (part := file.read(_READ_BYTES)):
                content += part
        if len(content) > limit:
            raise InputError(f"{name} is longer than {limit:,} bytes; name another file")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 text ({error.reason} at byte {error.start}); convert it to UTF-8"
        ) from None


def write_text(path: str | os.PathLike[str], parts: Iterable[str]) -> None:
    """Write the parts of a text as UTF-8; the file is replaced atomically."""
    try:
        with atomic_write(path) as temporary, open(temporary, "wb") as file:
            file.writelines(part.encode() for part in parts)
    except UnicodeEncodeError as error:
        raise InputError(
            f"cannot write {os.fspath(path)}: {error.object[:60]!r} contains half of a surrogate "
            f"pair, which UTF-8 cannot encode; correct or omit it"
        ) from None


@contextlib.contextmanager
def explained_reads(path: str | os.PathLike[str]) -> Iterator[None]:
    """Convert errors of the operating system or a decompressor, which reads `path`, to InputError.

    A missing file is reported with similar names in its folder.
    """
    name = os.fspath(path)
    _require_possible("read", name)
    try:
        yield
    except FileNotFoundError:
        parent, base = os.path.split(name)
        siblings = os.listdir(parent or ".") if os.path.isdir(parent or ".") else []
        hint = nearest_names(base, siblings) or "check the path"
        raise MissingFileError(f"no such file: {name}; {hint}") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(
                f"cannot read {name}: {describe_os_error(error)}; check the path and its "
                f"permissions"
            ) from error
        raise InputError(  # bz2 and gzip raise an OSError without a number
            f"{name} is damaged or truncated ({error}); copy or download it again, or rename it "
            f"if it is not compressed"
        ) from error


def _require_possible(action: str, name: str) -> None:
    """Raise InputError for a name that the operating system does not accept."""
    try:
        is_possible = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise InputError(f"cannot {action} {name!r}: no file can have this name; check the path")


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path in the same folder, which replaces `path` when the block succeeds.

    If the block raises, the temporary file is deleted and `path` is unchanged. Symbolic links are
    followed. A device or pipe cannot be replaced and is written directly. Raises InputError with
    the path, the reason and the remedy if the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder) / "note.txt"
    ...     with atomic_write(target) as temporary:
    ...         _ = temporary.write_text("all or nothing")
    ...     target.read_text()
    'all or nothing'
    """
    target = _checked(path)
    with _explained(target):
        if is_special(path):
            # Not its real path: for a pipe behind /dev/stdout, that does not exist.
            yield Path(path)
            return
        handle, name = tempfile.mkstemp(prefix=_temporary_prefix(target), dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            # mkstemp makes the file private; the result gets the default permissions.
            temporary.chmod(0o666 & ~_umask())
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise the errors of :func:`atomic_write` in advance, before long work."""
    target = _checked(path)
    with _explained(target):
        if is_special(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        # With the same prefix, as the name may be too long.
        with tempfile.NamedTemporaryFile(prefix=_temporary_prefix(target), dir=target.parent):
            pass


def is_special(path: str | os.PathLike[str]) -> bool:
    """Return whether `path` cannot be replaced by a file, such as a device or a pipe."""
    return os.path.exists(path) and not os.path.isfile(path)


def _checked(path: str | os.PathLike[str]) -> Path:
    _require_possible("write", os.fspath(path))
    if Path(path).is_dir():
        raise InputError(f"cannot write {path}: it is a directory; name a file in it")
    return Path(path if is_special(path) else os.path.realpath(path))


def _temporary_prefix(target: Path) -> str:
    return f".{target.name}."


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raise an InputError with a remedy instead of an OSError."""
    try:
        yield
    except OSError as error:
        remedies = {
            errno.ENOENT: f"create the folder {path.parent} first",
            errno.EACCES: "choose a place you may write to",
            errno.EPERM: "choose a place you may write to",
            errno.ENAMETOOLONG: "choose a shorter name",
            errno.ENOTDIR: f"{path.parent} is a file; choose another place",
        }
        remedy = remedies.get(error.errno or 0, "free some space or choose another place")
        reason = describe_os_error(error)
        raise InputError(f"cannot write {path}: {reason}; {remedy}") from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
