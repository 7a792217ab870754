from __future__ import annotations

import bz2
import gc
import gzip
import io
import lzma
import os
import shutil
import sys
import tempfile
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.text import TextSource
from tinygrad_w2v.word2vec.text import source as text

COMPRESSORS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def stdin(monkeypatch, tmp_path):
    """Put text on standard input; copies of it go to tmp_path/"copies"."""
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))

    def put(content: str) -> Path:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        return copies

    return put


class TestReading:
    def test_lines_end_only_at_newlines(self, tmp_path):
        path = write(tmp_path / "a.txt", "one\r\ntwo\x0b\x85\u2028three\r four\n\nfive")
        assert list(TextSource(path).lines()) == [
            "one",
            "two\x0b\x85\u2028three\r four",
            "",
            "five",
        ]

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
    def test_text_does_not_depend_on_block_size(self, tmp_path, monkeypatch, size):
        content = "a long line of some words\nand\n\nüber €2 straße\nunended"
        monkeypatch.setattr(text, "_BLOCK_BYTES", size)
        source = TextSource(write(tmp_path / "a.txt", content))
        assert "".join(source.blocks()) == content + "\n"
        assert list(source.lines()) == content.split("\n")

    def test_blocks_do_not_split_words(self, tmp_path, monkeypatch):
        content = "one line of many words and an extraordinarily-long-one in it"
        monkeypatch.setattr(text, "_BLOCK_BYTES", 8)
        blocks = list(TextSource(write(tmp_path / "a.txt", content)).blocks())
        assert len(blocks) > 3
        assert [word for block in blocks for word in block.split()] == content.split()

    @pytest.mark.parametrize("space", ["\t", "\0", "\x1f", "\r", "\u00a0", "\u2003", "\u3000"])
    def test_line_is_divided_at_any_space(self, tmp_path, monkeypatch, space):
        monkeypatch.setattr(text, "_BLOCK_BYTES", 8)
        monkeypatch.setattr(text, "MOST_CHARACTERS", 16)
        words = [f"word{n}" for n in range(30)]
        path = write(tmp_path / "a.txt", space.join(words))
        blocks = list(TextSource(path).blocks())
        assert max(map(len, blocks)) < 40
        assert [w for block in blocks for w in block.replace("\0", " ").split()] == words

    def test_long_line_is_yielded_in_parts(self, tmp_path, monkeypatch):
        monkeypatch.setattr(text, "_BLOCK_BYTES", 16)
        monkeypatch.setattr(text, "_LINE_LENGTH", 32)
        words = [f"word{n}" for n in range(30)]
        path = write(tmp_path / "a.txt", " ".join(words) + "\nshort line\n")
        *parts, last = TextSource(path).lines()
        assert last == "short line"
        assert max(map(len, parts)) < 64
        assert "".join(parts).split() == words

    @pytest.mark.parametrize("suffix", COMPRESSORS)
    def test_suffix_selects_decompression(self, tmp_path, suffix):
        path = write(tmp_path / f"a.txt{suffix}", COMPRESSORS[suffix](b"some words\nhere\n"))
        assert list(TextSource(path).lines()) == ["some words", "here"]

    def test_folder_is_its_visible_files_sorted(self, tmp_path):
        for name in ("b.txt", "a/z", "a/c.text", ".hidden", ".git/config"):
            write(tmp_path / name, name)
        assert list(TextSource(tmp_path).lines()) == ["a/c.text", "a/z", "b.txt"]

    def test_paths_are_read_in_given_order(self, tmp_path):
        paths = [write(tmp_path / name, name) for name in ("b", "a")]
        assert list(TextSource(paths).lines()) == ["b", "a"]

    def test_progress_counts_bytes_on_disk_to_total(self, tmp_path):
        write(tmp_path / "a.txt", "a few words\n" * 10)
        write(tmp_path / "b.txt.gz", gzip.compress(b"a few more words\n" * 1000))
        source = TextSource(tmp_path)
        done = []
        list(source.blocks(done.append))
        assert done == sorted(done)
        assert done[-1] == source.total_bytes() == sum(p.stat().st_size for p in tmp_path.iterdir())


class TestPipes:
    def test_standard_input_can_be_read_twice(self, stdin):
        stdin("from a pipe\n")
        source = TextSource("-")
        assert list(source.lines()) == list(source.lines()) == ["from a pipe"]
        assert source.total_bytes() == 12

    def test_copy_of_standard_input_is_deleted_with_source(self, stdin):
        copies = stdin("from a pipe\n")
        source = TextSource("-")
        list(source.lines())
        assert len(list(copies.iterdir())) == 1
        del source
        gc.collect()
        assert list(copies.iterdir()) == []

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_named_pipe_can_be_read_twice(self, tmp_path, stdin):
        stdin("")
        path = tmp_path / "pipe"
        os.mkfifo(path)
        writer = threading.Thread(target=path.write_text, args=("through a pipe",))
        writer.start()
        source = TextSource(path)
        assert list(source.lines()) == list(source.lines()) == ["through a pipe"]
        writer.join()

    def test_standard_input_listed_twice_is_refused(self):
        with pytest.raises(InputError, match=r"^standard input \(-\) is listed twice; it can be"):
            TextSource(["-", "-"])

    def test_invalid_bytes_on_standard_input_are_located(self, monkeypatch, stdin):
        stdin("")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ok\n\xe9")))
        with pytest.raises(InputError, match=r"^standard input, line 2, byte 1 .*0xe9 is not UTF"):
            list(TextSource("-").blocks())


class TestIdentity:
    def test_identity_begins_with_path_size_and_mtime(self, tmp_path, monkeypatch):
        path = write(tmp_path / "a.txt", "text")
        os.utime(path, ns=(5, 7_000_000_000))
        monkeypatch.chdir(tmp_path)
        ((*known, inode, _, _),) = TextSource("a.txt").identity()
        assert (*known, inode) == (str(path), 4, 7_000_000_000, os.stat(path).st_ino)

    @pytest.mark.parametrize("replaced", [True, False])
    def test_other_content_of_same_size_and_time_is_another_text(self, tmp_path, replaced):
        path, copy = write(tmp_path / "a.txt", "text"), tmp_path / "b.txt"
        before, state = TextSource(path).identity(), os.stat(path)
        write(copy, "next")
        if replaced:  # as rsync does
            os.replace(copy, path)
        else:  # as cp does
            shutil.copyfile(copy, path)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
        after = TextSource(path).identity()
        assert before[0][:3] == after[0][:3]
        assert before[0][4] != after[0][4] or sys.platform == "win32"
        assert before[0][5] != after[0][5]

    @pytest.mark.parametrize("place", [0, 500_000, 999_999])
    def test_identity_samples_a_long_text(self, tmp_path, place):
        content = bytearray(b"a" * 1_000_000)
        (tmp_path / "a.txt").write_bytes(content)
        before = TextSource(tmp_path / "a.txt").identity()
        begin, end = max(place - 40_000, 0), min(place + 40_000, 1_000_000)
        content[begin:end] = b"b" * (end - begin)
        (tmp_path / "a.txt").write_bytes(content)
        assert TextSource(tmp_path / "a.txt").identity()[0][5] != before[0][5]

    def test_pipe_has_no_identity(self, tmp_path):
        assert TextSource([write(tmp_path / "a.txt", "text"), "-"]).identity() is None


class TestErrors:
    def test_misspelt_file_gets_suggestion(self, tmp_path):
        write(tmp_path / "corpus.txt", "text")
        with pytest.raises(InputError) as caught:
            TextSource(tmp_path / "copus.txt")
        assert str(caught.value) == (
            f"no such file: {tmp_path / 'copus.txt'}; did you mean corpus.txt?"
        )

    def test_file_in_missing_folder_is_reported(self, tmp_path):
        with pytest.raises(InputError, match=r"^no such file: .*; check the path$"):
            TextSource(tmp_path / "nowhere" / "a.txt")

    def test_folder_without_text_is_reported(self, tmp_path):
        write(tmp_path / ".hidden", "text")
        with pytest.raises(InputError) as caught:
            TextSource(tmp_path)
        assert str(caught.value) == (
            f"the folder {tmp_path} holds no text: it has no regular file that is not hidden; "
            "name another folder, or the files themselves"
        )

    def test_empty_list_of_paths_is_refused(self):
        with pytest.raises(InputError, match=r"^no text given; name a file, a folder, or -"):
            TextSource([])

    def test_unreadable_file_is_reported_immediately(self, tmp_path):
        (tmp_path / "loop.txt").symlink_to("loop.txt")
        with pytest.raises(InputError, match=r"^cannot read .*loop.txt: Too many levels of symb"):
            TextSource(tmp_path / "loop.txt")

    @pytest.mark.parametrize("suffix", COMPRESSORS)
    def test_truncated_compressed_file_is_reported(self, tmp_path, suffix):
        whole = COMPRESSORS[suffix](bytes(range(65, 91)) * 50)
        path = write(tmp_path / f"a{suffix}", whole[: len(whole) // 2])
        with pytest.raises(InputError, match=r"is damaged or truncated \(.*\); copy or download"):
            list(TextSource(path).blocks())

    @pytest.mark.parametrize("suffix", COMPRESSORS)
    def test_plain_text_with_compressed_suffix_is_reported(self, tmp_path, suffix):
        path = write(tmp_path / f"a{suffix}", "just words\n" * 10)
        with pytest.raises(InputError, match=r"; copy or download it again, or rename it if it is"):
            list(TextSource(path).blocks())

    def test_corrupted_compressed_data_is_reported(self, tmp_path):
        content = bytearray(gzip.compress(os.urandom(5000)))
        content[2000:2100] = bytes(100)
        with pytest.raises(InputError, match="is damaged or truncated"):
            list(TextSource(write(tmp_path / "a.gz", bytes(content)), errors="replace").blocks())

    @pytest.mark.parametrize("size", [7, 1000])
    @pytest.mark.parametrize("tail", [b"", b"\n", b" end\n"])
    def test_too_long_word_is_refused(self, tmp_path, monkeypatch, tail, size):
        monkeypatch.setattr(text, "_BLOCK_BYTES", size)
        monkeypatch.setattr(text, "MOST_CHARACTERS", 50)
        path = write(tmp_path / "a.txt", b"short\nwords " + b"0" * 50 + tail)
        assert [w for block in TextSource(path).blocks() for w in block.split()][2] == "0" * 50
        path = write(tmp_path / "a.txt", b"short\nwords " + b"0" * 51 + tail)
        with pytest.raises(InputError) as caught:
            list(TextSource(path).blocks())
        assert str(caught.value) == (
            f"{path}: the word at offset 12 is longer than 50 bytes; separate words by spaces, or "
            "give a file of text"
        )

    @pytest.mark.parametrize("suffix", ["", *COMPRESSORS])
    def test_word_without_end_takes_little_memory(self, tmp_path, suffix):
        content = COMPRESSORS.get(suffix, bytes)(b"0" * 20_000_000)
        path = write(tmp_path / f"a.txt{suffix}", content)
        del content
        tracemalloc.start()
        with pytest.raises(InputError, match=r"the word at offset 0 is longer than 262,144 byt"):
            list(TextSource(path).blocks())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 12_000_000

    def test_message_is_one_line_and_names_file(self, tmp_path):
        path = write(tmp_path / "latin1.txt", b"caf\xe9\n")
        with pytest.raises(InputError) as caught:
            list(TextSource(path).blocks())
        assert str(caught.value).startswith(f"{path}, line 1, byte 4 of the line")
        assert "\n" not in str(caught.value)


# --- decoding -------------------------------------------------------------------------------------

LINES = st.lists(st.text(st.sampled_from("aé€😀 \r\x85")), max_size=6)


@given(LINES)
def test_blocks_decode_to_the_text_they_were_cut_from(lines):
    blocks = [f"{line}\n".encode() for line in lines]
    assert "".join(text.decoded(blocks, "text", "strict")) == b"".join(blocks).decode()


@given(before=LINES, prefix=st.text(st.sampled_from("aé€ ")), split=st.booleans())
def test_invalid_byte_is_located(before, prefix, split):
    head = "".join(f"{line}\n" for line in before).encode()
    bad = prefix.encode() + b"\xff tail\n"
    blocks = [head, bad] if split else [head + bad]
    with pytest.raises(InputError) as caught:
        list(text.decoded(blocks, "notes.txt", "strict"))
    column = len(prefix.encode()) + 1
    assert str(caught.value) == (
        f"notes.txt, line {len(before) + 1}, byte {column} of the line "
        f"(offset {len(head) + column - 1} in the file): 0xff is not UTF-8; convert the file to "
        'UTF-8, or use --errors replace (errors="replace")'
    )


def test_a_place_in_a_line_that_spans_blocks_counts_from_the_lines_begin():
    with pytest.raises(InputError, match=r"line 2, byte 6 of the line \(offset 8 in the file\)"):
        list(text.decoded([b"ab\ncd ", b"ef", b"\xff"], "x", "strict"))


def test_invalid_bytes_are_replaced_or_ignored():
    assert list(text.decoded([b"a\xffb"], "x", "replace")) == ["a\ufffdb"]
    assert list(text.decoded([b"a\xffb"], "x", "ignore")) == ["ab"]


def test_byte_order_mark_is_dropped_only_at_start():
    mark = "\ufeff".encode()
    assert list(text.decoded([mark + b"a ", mark + b"b"], "x", "strict")) == ["a ", "\ufeffb"]


def test_byte_order_mark_counts_in_location():
    with pytest.raises(InputError, match=r"line 1, byte 5 of the line \(offset 4 in the file\)"):
        list(text.decoded(["\ufeff".encode() + b"a\xff"], "x", "strict"))


def test_unknown_error_policy_is_refused():
    with pytest.raises(InputError, match=r"^errors is 'no': use 'strict', 'replace' or 'ignore'$"):
        TextSource("x", errors="no")
