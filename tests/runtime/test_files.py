"""Atomic writes, checks of paths, and the cache directory."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import (
    atomic_write,
    cache_directory,
    check_writable,
    describe_os_error,
    is_special,
    read_text,
    write_text,
)

posix = pytest.mark.skipif(os.name != "posix", reason="devices and pipes of POSIX")
not_root = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere"
)


def write(path: Path, text: str = "new") -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text)


def test_success_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), OSError(28, "full")])
def test_failure_keeps_the_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises((type(error), InputError)), atomic_write(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@posix
def test_file_has_default_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write(tmp_path / "replaced")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "replaced")}
    assert len(modes) == 1


@posix
def test_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "file")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "file").read_text() == "new"


@posix
def test_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text()))
    reader.start()
    check_writable(pipe)
    write(pipe)
    reader.join()
    assert received == ["new"]
    assert is_special(pipe)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_device_is_named() -> None:
    check_writable("/dev/full")
    with pytest.raises(InputError) as caught:
        write(Path("/dev/full"))
    assert str(caught.value) == (
        "cannot write /dev/full: No space left on device; free some space or choose another place"
    )


@pytest.mark.parametrize("action", [check_writable, write])
def test_missing_folder_is_named(tmp_path: Path, action: object) -> None:
    folder = tmp_path / "none"
    with pytest.raises(InputError) as caught:
        action(folder / "file")
    assert str(caught.value) == (
        f"cannot write {folder / 'file'}: No such file or directory; create the folder {folder} "
        f"first"
    )


@pytest.mark.parametrize("action", [check_writable, write])
def test_directory_raises(tmp_path: Path, action: object) -> None:
    with pytest.raises(InputError) as caught:
        action(tmp_path)
    assert str(caught.value) == f"cannot write {tmp_path}: it is a directory; name a file in it"


@posix
@pytest.mark.parametrize("action", [check_writable, write])
def test_file_as_folder_raises(tmp_path: Path, action: object) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file is a file; choose another place"):
        action(tmp_path / "file" / "below")


@posix
@pytest.mark.parametrize("action", [check_writable, write])
def test_long_name_raises_before_writing(tmp_path: Path, action: object) -> None:
    with pytest.raises(InputError, match="File name too long; choose a shorter name"):
        action(tmp_path / ("x" * 250))


@posix
@not_root
@pytest.mark.parametrize("action", [check_writable, write])
def test_folder_without_permission_raises(tmp_path: Path, action: object) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied; choose a place you may write to"):
        action(tmp_path / "file")


def test_check_leaves_no_files(tmp_path: Path) -> None:
    check_writable(tmp_path / "file")
    (tmp_path / "old").write_text("old")
    check_writable(tmp_path / "old")
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "old"


def test_cache_directory_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYGRAD_W2V_CACHE", "~/somewhere")
    assert cache_directory() == Path.home() / "somewhere"


@pytest.mark.parametrize(
    ("platform", "variable", "base"),
    [("linux", "XDG_CACHE_HOME", "/x/cache"), ("win32", "LOCALAPPDATA", "/x/local")],
)
def test_cache_directory_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, base: str
) -> None:
    monkeypatch.delenv("TINYGRAD_W2V_CACHE")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, base)
    assert cache_directory() == Path(base) / "tinygrad_w2v"
    monkeypatch.delenv(variable)
    assert Path.home() in cache_directory().parents


def test_os_error_is_described_without_its_number() -> None:
    assert describe_os_error(OSError(errno.ENOSPC, "No space left")) == "No space left"
    assert describe_os_error(OSError("plain")) == "plain"
    assert describe_os_error(OSError()) == "OSError"


def test_read_text_decodes_utf8_without_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffcafé\r\n".encode())
    assert read_text(tmp_path / "a.txt") == "café\r\n"


@pytest.mark.parametrize("name", ["a\0b.txt", "\ud800.txt"])
def test_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"^cannot read '.*txt': no file can have this name; "):
        read_text(name)
    with pytest.raises(InputError, match=r"^cannot write '.*txt': no file can have this name; "):
        write_text(name, "text")


def test_read_text_names_path_and_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(InputError, match=r"a.txt is not UTF-8 text \(.* at byte 3\); convert it"):
        read_text(tmp_path / "a.txt")
    with pytest.raises(InputError, match=r"^no such file: .*b.txt; did you mean a.txt\?$"):
        read_text(tmp_path / "b.txt")
    with pytest.raises(InputError, match=r"^no such file: .*zzz; check the path$"):
        read_text(tmp_path / "zzz")
    with pytest.raises(
        InputError, match=r"^cannot read .*: .*; check the path and its permissions$"
    ):
        read_text(tmp_path)


def test_write_text_refuses_what_utf8_cannot_encode(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*a.txt: .* half of a surrogate pair"):
        write_text(tmp_path / "a.txt", ["a", "\udce9"])
    assert not list(tmp_path.iterdir())
