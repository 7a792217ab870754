from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.text.parts import TextPart, divide
from tinygrad_w2v.word2vec.text.source import TextSource

LINE = st.text(st.sampled_from("aé \u2028"), max_size=9)


@given(files=st.lists(st.lists(LINE, max_size=6), min_size=1, max_size=3), count=st.integers(1, 9))
def test_lines_of_all_parts_are_the_text(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], count: int
) -> None:
    folder = tmp_path_factory.mktemp("text")
    for number, lines in enumerate(files):
        (folder / f"{number}.txt").write_text("\n".join(lines), "utf-8", newline="")
    source = TextSource(folder)
    parts = [list(TextPart(ranges).lines()) for ranges in divide(source, count)]
    assert list(itertools.chain(*parts)) == list(source.lines())


def test_parts_have_about_equal_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("ten bytes\n" * 70)
    (tmp_path / "b").write_text("ten bytes\n" * 30)
    parts = divide(TextSource(tmp_path), 4)
    assert [len(list(TextPart(ranges).lines())) for ranges in parts] == [25] * 4


def test_compressed_file_belongs_to_one_part(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(b"a line\n" * 10))
    parts = divide(TextSource(tmp_path), 5)
    assert [len(list(TextPart(ranges).lines())) for ranges in parts] == [10, 0, 10, 0, 0]


def test_other_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("some text\n")
    (ranges,) = divide(TextSource(path), 1)
    path.write_text("another text\n")
    with pytest.raises(InputError) as caught:
        TextPart(ranges)
    assert str(caught.value) == (
        f"{path} has 13 bytes, and 10 where the training was started: all machines must read the "
        f"same files"
    )
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        TextPart(ranges)


def test_error_in_a_part_names_its_place(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"good\ngood\nb\xffd\n")
    with pytest.raises(InputError, match=r"text, from byte 10 on, line 1, byte 2 of the line"):
        list(TextPart(divide(TextSource(path), 2)[1]).lines())
