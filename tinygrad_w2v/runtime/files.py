"""Where files go and how they are written: never half, never over a good one."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tinygrad_w2v.errors import InputError

_CACHE_VARIABLE = "TINYGRAD_W2V_CACHE"


def cache_directory() -> Path:
    """Return the folder for files that can always be made again.

    The environment variable ``TINYGRAD_W2V_CACHE`` overrides the platform's own place. The
    folder is not created here.
    """
    override = os.environ.get(_CACHE_VARIABLE)
    if override:
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
    """Return the operating system's reason without its number, as ``"No space left on device"``."""
    return error.strerror or str(error) or type(error).__name__


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends well.

    If the block raises, the temporary file is deleted and whatever stood at `path` stays. A
    symbolic link is followed; a device or a pipe, which cannot be replaced, is written directly.

    Raises
    ------
    InputError
        If the file cannot be written; names the path, the reason and the remedy.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder) / "note.txt"
    ...     with atomic_write(target) as temporary:
    ...         _ = temporary.write_text("whole or not at all")
    ...     target.read_text()
    'whole or not at all'
    """
    target = _checked(path)
    if is_special(path):
        # Not by its real path: that of a pipe behind /dev/stdout does not exist.
        yield from _writing_in_place(Path(path))
        return
    try:
        handle, name = tempfile.mkstemp(prefix=_temporary_prefix(target), dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise _unwritable(target, error) from error
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes the file private; the result gets the permissions any new file would.
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise now what :func:`atomic_write` would raise after hours of work."""
    target = _checked(path)
    try:
        if is_special(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return
        # With the name it will have, which may be too long.
        with tempfile.NamedTemporaryFile(prefix=_temporary_prefix(target), dir=target.parent):
            pass
    except OSError as error:
        raise _unwritable(target, error) from error


def is_special(path: str | os.PathLike[str]) -> bool:
    """Return whether `path` is something that cannot be replaced, such as a device or a pipe."""
    return os.path.exists(path) and not os.path.isfile(path)


def _checked(path: str | os.PathLike[str]) -> Path:
    if Path(path).is_dir():
        raise InputError(f"cannot write {path}: it is a directory; name a file in it")
    return Path(os.path.realpath(path))


def _temporary_prefix(target: Path) -> str:
    return f".{target.name}."


def _writing_in_place(target: Path) -> Iterator[Path]:
    try:
        yield target
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        remedy = f"create the folder {path.parent} first"
    elif isinstance(error, PermissionError):
        remedy = "choose a place you may write to"
    elif error.errno == errno.ENAMETOOLONG:
        remedy = "choose a shorter name"
    elif isinstance(error, NotADirectoryError):
        remedy = f"{path.parent} is a file; choose another place"
    else:
        remedy = "free some space or choose another place"
    return InputError(f"cannot write {path}: {describe_os_error(error)}; {remedy}")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
