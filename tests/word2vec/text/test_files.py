"""Texts at URLs are read as local files are."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.word2vec import Corpus
from tinygrad_w2v.word2vec.text import TextSource
from tinygrad_w2v.word2vec.text import source as text
from tinygrad_w2v.word2vec.text.files import is_url, size_of
from tinygrad_w2v.word2vec.text.parts import TextPart, divide

CONTENT = b"".join(b"line %d of the text\n" % n for n in range(2000))
Place = Callable[[str, bytes], str]


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's file system in memory."""
    system = pytest.importorskip("fsspec").filesystem("memory")
    yield system
    for name in system.ls("/"):
        system.rm(name["name"] if isinstance(name, dict) else name, recursive=True)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the files of a folder, and parts of them if `has_ranges`."""

    has_ranges, has_size = True, True

    def do_GET(self) -> None:
        found = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        path = Path(self.translate_path(self.path))
        if not self.has_ranges or not found[0] or not path.exists():
            super().do_GET()
            return
        content = path.read_bytes()
        begin, end = int(found[0]), min(int(found[2]) + 1, len(content))
        self.send_response(206)
        self.send_header("Content-Length", str(end - begin))
        self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(content[begin:end])

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Content-Length" or self.has_size:
            super().send_header(keyword, value)

    def log_message(self, format: str, *values: Any) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path, **options: bool) -> Iterator[str]:
    kind = type("Served", (Handler,), options)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *values: kind(*values, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["memory", "file", "http"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return a function that stores a file, and returns its URL."""
    fsspec = pytest.importorskip("fsspec")
    with contextlib.ExitStack() as stack:
        prefix = f"{request.param}://"
        if request.param == "memory":
            request.getfixturevalue("memory")
        elif request.param == "file":
            prefix = tmp_path.as_uri()
        else:
            pytest.importorskip("aiohttp")
            prefix = stack.enter_context(served(tmp_path))

        def put(name: str, content: bytes) -> str:
            target = f"memory://{name}" if request.param == "memory" else tmp_path / name
            with fsspec.open(str(target), "wb") as file:
                file.write(content)
            return f"{prefix}/{name}"

        yield put


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3://bucket/text.txt", True),
        ("simplecache::s3://bucket/text.txt", True),
        ("https://example.org/text.gz", True),
        ("text.txt", False),
        ("-", False),
        ("C://text.txt", False),
        ("folder/a://b", False),
    ],
)
def test_url_begins_with_its_protocol(name: str, expected: bool) -> None:
    assert is_url(name) == expected


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_text_at_a_url_is_read_repeatedly(place: Place, suffix: str) -> None:
    stored = gzip.compress(CONTENT) if suffix else CONTENT
    source = TextSource(place(f"text.txt{suffix}", stored))
    done: list[int] = []
    assert "".join(source.blocks(done.append)).encode() == CONTENT
    assert "".join(source.blocks()).encode() == CONTENT
    assert done[-1] == source.total_bytes() == len(stored)


def test_part_of_a_text_is_a_range_of_its_bytes(place: Place) -> None:
    source = TextSource([place("a.txt", CONTENT), place("b.txt.gz", gzip.compress(CONTENT))])
    parts = [list(TextPart(ranges).lines()) for ranges in divide(source, 7)]
    assert sum(map(bool, parts)) == 7
    assert [line for part in parts for line in part] == list(source.lines())


def test_identity_changes_with_the_file(place: Place) -> None:
    url = place("text.txt", CONTENT)
    before = TextSource(url).identity()
    assert TextSource(url).identity() == before
    place("text.txt", CONTENT[:-9] + b"new text\n")
    assert TextSource(url).identity() != before


def test_text_at_a_url_is_encoded_once(place: Place, tmp_path: Path) -> None:
    url = place("text.txt", CONTENT)
    cache = tmp_path / "cache"
    first = Corpus.from_text(url, cache_directory=cache)
    assert first.word_count == 5 * 2000 - 2000
    again = Corpus.from_text(url, cache_directory=cache)
    assert again.vocabulary.words == first.vocabulary.words
    assert len(list(cache.iterdir())) == 1


def test_pattern_matches_files_in_order(memory: Any) -> None:
    for name in ("b/2.txt", "b/1.txt", "b/3.other", "b/c/4.txt"):
        memory.pipe(f"/{name}", name.encode())
    assert list(TextSource("memory://b/*.txt").lines()) == ["b/1.txt", "b/2.txt"]
    assert list(TextSource("memory://b/**/*.txt").lines()) == ["b/1.txt", "b/2.txt", "b/c/4.txt"]


def test_folder_at_a_url_is_its_visible_files_sorted(memory: Any) -> None:
    for name in ("b/2.txt", "b/1.txt", "b/.hidden", "b/.git/config", "b/c/4.txt"):
        memory.pipe(f"/{name}", name.encode())
    for url in ("memory://b", "memory://b/"):
        assert list(TextSource(url).lines()) == ["b/1.txt", "b/2.txt", "b/c/4.txt"]


def test_pattern_without_files_is_refused(memory: Any) -> None:
    with pytest.raises(InputError, match=r"^no file matches memory://no\*; name another folder"):
        TextSource("memory://no*")


@pytest.mark.parametrize("options", [{"has_ranges": False}, {"has_size": False}])
def test_text_of_a_server_without_ranges_is_copied(
    tmp_path: Path, options: dict[str, bool]
) -> None:
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    (tmp_path / "text.txt").write_bytes(CONTENT)
    with served(tmp_path, **options) as server:
        source = TextSource(f"{server}/text.txt")
        assert source.identity() is None
        assert "".join(source.blocks()).encode() == CONTENT
        assert source.total_bytes() == len(CONTENT)


def test_missing_file_at_a_url_is_reported(place: Place) -> None:
    url = place("text.txt", CONTENT).replace("text.txt", "no.txt")
    with pytest.raises(InputError) as caught:
        TextSource(url)
    reason = f"404, message='File not found', url='{url}'"
    assert str(caught.value) in (
        f"no such file: {url}; check the path",
        f"cannot read {url}: {reason}; check the URL, and your access to it",
    )


def test_truncated_file_at_a_url_is_reported(place: Place) -> None:
    url = place("text.txt.gz", gzip.compress(CONTENT)[:1000])
    with pytest.raises(InputError, match=r"text.txt.gz is damaged or truncated \(.*\); copy or"):
        list(TextSource(url).blocks())


def test_invalid_bytes_at_a_url_are_located(place: Place) -> None:
    url = place("text.txt", b"good\ncaf\xe9\n")
    with pytest.raises(InputError) as caught:
        list(TextSource(url).blocks())
    assert str(caught.value).startswith(f"{url}, line 2, byte 4 of the line")


def test_too_long_word_at_a_url_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MOST_CHARACTERS", 50)
    url = place("text.txt", b"0" * 51)
    with pytest.raises(InputError, match="the word at offset 0 is longer than 50 bytes"):
        list(TextSource(url).blocks())


def test_unknown_protocol_is_reported(memory: Any) -> None:
    with pytest.raises(
        InputError, match=r"^cannot read nothing://a: Protocol not known: nothing; check the URL, a"
    ):
        TextSource("nothing://a")


def test_server_that_cannot_be_reached_is_reported(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    with served(tmp_path) as server:
        pass
    with pytest.raises(InputError, match=rf"^cannot read {server}/a.txt: .*; check the URL, and"):
        TextSource(f"{server}/a.txt")


def test_missing_fsspec_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError) as caught:
        TextSource("s3://bucket/text.txt")
    assert str(caught.value) == (
        "fsspec is needed for the text at s3://bucket/text.txt and is not installed: "
        "pip install 'tinygrad-w2v[remote]'"
    )


def test_size_of_a_file_at_a_url(place: Place) -> None:
    assert size_of(place("text.txt", CONTENT)) == len(CONTENT)
