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
)

posix = pytest.mark.skipif(os.name != "posix", reason="devices and pipes of POSIX")
not_root = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere"
)


def write(path: Path, text: str = "new") -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text)


def test_a_file_is_replaced_when_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), OSError(28, "full")])
def test_a_file_stays_and_nothing_else_does_when_the_block_fails(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises((type(error), InputError)), atomic_write(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@posix
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write(tmp_path / "replaced")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "replaced")}
    assert len(modes) == 1


@posix
def test_a_symbolic_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "far" / "file")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "file").read_text() == "new"


@posix
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
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
def test_a_full_device_is_said_to_be_full() -> None:
    check_writable("/dev/full")
    with pytest.raises(InputError) as caught:
        write(Path("/dev/full"))
    assert str(caught.value) == (
        "cannot write /dev/full: No space left on device; free some space or choose another place"
    )


@pytest.mark.parametrize("action", [check_writable, write])
def test_a_missing_folder_is_to_be_created_first(tmp_path: Path, action: object) -> None:
    folder = tmp_path / "none"
    with pytest.raises(InputError) as caught:
        action(folder / "file")
    assert str(caught.value) == (
        f"cannot write {folder / 'file'}: No such file or directory; create the folder {folder} "
        f"first"
    )


@pytest.mark.parametrize("action", [check_writable, write])
def test_a_directory_is_not_a_file(tmp_path: Path, action: object) -> None:
    with pytest.raises(InputError) as caught:
        action(tmp_path)
    assert str(caught.value) == f"cannot write {tmp_path}: it is a directory; name a file in it"


@posix
@pytest.mark.parametrize("action", [check_writable, write])
def test_a_file_is_not_a_folder(tmp_path: Path, action: object) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file is a file; choose another place"):
        action(tmp_path / "file" / "below")


@posix
@pytest.mark.parametrize("action", [check_writable, write])
def test_a_name_that_is_too_long_is_refused_before_the_work(tmp_path: Path, action: object) -> None:
    with pytest.raises(InputError, match="File name too long; choose a shorter name"):
        action(tmp_path / ("x" * 250))


@posix
@not_root
@pytest.mark.parametrize("action", [check_writable, write])
def test_a_folder_without_permission_is_said_so(tmp_path: Path, action: object) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied; choose a place you may write to"):
        action(tmp_path / "file")


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "file")
    (tmp_path / "old").write_text("old")
    check_writable(tmp_path / "old")
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_text() == "old"


def test_the_cache_is_where_its_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYGRAD_W2V_CACHE", "~/somewhere")
    assert cache_directory() == Path.home() / "somewhere"


@pytest.mark.parametrize(
    ("platform", "variable", "base"),
    [("linux", "XDG_CACHE_HOME", "/x/cache"), ("win32", "LOCALAPPDATA", "/x/local")],
)
def test_without_its_variable_the_cache_is_where_the_platform_has_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, base: str
) -> None:
    monkeypatch.delenv("TINYGRAD_W2V_CACHE")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, base)
    assert cache_directory() == Path(base) / "tinygrad_w2v"
    monkeypatch.delenv(variable)
    assert Path.home() in cache_directory().parents


def test_an_error_of_the_system_is_described_without_its_number() -> None:
    assert describe_os_error(OSError(errno.ENOSPC, "No space left")) == "No space left"
    assert describe_os_error(OSError("plain")) == "plain"
    assert describe_os_error(OSError()) == "OSError"
