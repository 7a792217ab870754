"""Ids on disk: slices read what was written, from any thread, without loading the rest."""

from __future__ import annotations

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import environment
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.corpus import stored_ids
from tinygrad_w2v.word2vec.corpus.stored_ids import StoredIds, chunks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ids"
    np.arange(1000, dtype=np.int32).tofile(path)
    return path


def test_slice_reads_what_was_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = StoredIds(path)
    assert len(ids) == 1000
    assert ids[3:7].tolist() == [3, 4, 5, 6]
    assert ids[990:2000].tolist() == list(range(990, 1000))
    assert ids[7:3].tolist() == []
    monkeypatch.setattr(stored_ids, "_CHUNK_IDS", 400)
    assert [len(chunk) for chunk in chunks(ids)] == [400, 400, 200]
    assert [len(chunk) for chunk in chunks(ids, 100, 600)] == [400, 100]
    assert isinstance(ids.mapped(), np.memmap)
    np.testing.assert_array_equal(ids.mapped(), np.arange(1000))


def test_threads_read_concurrently(path: Path) -> None:
    ids = StoredIds(path)
    starts = np.random.default_rng(0).integers(900, size=2000).tolist()
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda start: ids[start : start + 100], starts))
    for start, ids_read in zip(starts, read, strict=True):
        np.testing.assert_array_equal(ids_read, np.arange(start, start + 100))


def test_empty_file_is_empty_array(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    assert len(StoredIds(tmp_path / "none").mapped()) == 0


def test_partial_id_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="has 3999 bytes, not a multiple of 4"):
        StoredIds(path)


def test_file_truncated_meanwhile_is_reported(path: Path) -> None:
    ids = StoredIds(path)
    with path.open("r+b") as file:
        file.truncate(400)
    assert ids[0:100].tolist() == list(range(100))
    with pytest.raises(InputError, match=r"were truncated while they were read; start again$"):
        ids[50:101]


def test_file_is_closed_with_last_reference(path: Path) -> None:
    ids = StoredIds(path)
    file = ids._file
    del ids
    gc.collect()
    assert file.closed


# Trains on a text with a few additional megabytes of address space (mapped files count too), after
# a small training has loaded all modules.
LIMITED = """
import resource, sys
from tinygrad_w2v.word2vec import Corpus
from tinygrad_w2v.word2vec import Settings, Word2Vec

small, large, megabytes = sys.argv[1], sys.argv[2], int(sys.argv[3])

def train(path):
    job = Word2Vec(Corpus.from_text(path), Settings(dim=4, epochs=1, sample=1e-4))
    return job.fit().done

train(small)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + megabytes * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    open(large, "rb").read()
except MemoryError:
    print(int(train(large)))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
def test_text_larger_than_free_memory_is_trained(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    rng = np.random.default_rng(0)
    words = [f"w{n}" for n in rng.zipf(1.3, 20_000) % 3000]
    lines = "".join(" ".join(words[n : n + 20]) + "\n" for n in range(0, len(words), 20))
    (tmp_path / "small.txt").write_text(lines)
    copies = 20_000_000 // len(lines)
    with (tmp_path / "large.txt").open("w") as file:
        file.writelines([lines] * copies)
    arguments = [str(tmp_path / "small.txt"), str(tmp_path / "large.txt"), "10"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments],
        capture_output=True,
        text=True,
        env=environment(OPENBLAS_NUM_THREADS="1", TINYGRAD_W2V_CACHE=str(tmp_path / "cache")),
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 20_000 * copies
