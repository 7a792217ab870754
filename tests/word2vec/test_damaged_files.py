"""A damaged file of text, vectors or a training is read or ends in one InputError."""

from __future__ import annotations

import dataclasses
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.damage import (
    count_refused,
    damaged_bytes,
    damaged_json,
    damaged_tokens,
    needs_signals,
    with_meta,
)
from tinygrad_w2v import nn
from tinygrad_w2v.models.subwords import Subwords
from tinygrad_w2v.validation import limit_arrays
from tinygrad_w2v.word2vec import (
    Corpus,
    DocumentVectors,
    FrozenPhrases,
    Phrases,
    Settings,
    Vocabulary,
    Word2Vec,
)
from tinygrad_w2v.word2vec.recipe import Recipe
from tinygrad_w2v.word2vec.vectors import (
    KeyedVectors,
    SubwordVectors,
    evaluate_analogies,
    evaluate_categories,
    evaluate_pairs,
    read_vectors,
)

SENTENCES = [["to", "be", "or", "not", "to", "be"], ["be", "or", "not"]] * 9
CORPUS = Corpus.from_sentences(SENTENCES)
SMALL = Settings(dim=3, sample=0, epochs=2, batch_tokens=16, negative=2, shared=0)
PHRASES = Phrases(SENTENCES, min_count=1, threshold=0.5)
VECTORS = KeyedVectors(["to", "be", "or", "not"], np.eye(4, 5, dtype=np.float32) + 0.25)


class Reader(NamedTuple):
    """A reader, the name of its file, and how a good file is written."""

    read: Callable[[Path], object]
    name: str
    write: Callable[[Path], object]


def read_run_file(path: Path) -> None:
    recipe = Recipe.read(path)
    _, settings = recipe.resolve()
    with limit_arrays(1000, 1 << 20):  # a large model is no error of the file
        Word2Vec(CORPUS, settings, recipe=recipe).recipe().to_toml()


def interrupted_job() -> Word2Vec:
    job = Word2Vec(CORPUS, SMALL)
    job.trainer.on_step = lambda progress: job.trainer.stop()
    return job


def write_checkpoint(path: Path) -> None:
    job = interrupted_job()
    job.fit()
    job.save(path)


def resume(path: Path) -> None:
    job = interrupted_job()
    job.resume(path)
    job.fit()


def write_run_file(path: Path) -> None:
    recipe = Word2Vec(CORPUS, SMALL).recipe()
    if path.suffix == ".toml":
        recipe.write(path)
    else:
        sections = dataclasses.asdict(recipe)
        path.write_text(
            json.dumps({name: section for name, section in sections.items() if section})
        )


def read_mapped(path: Path) -> None:
    KeyedVectors.load(path, mmap=True).most_similar("to")


def write_projector(path: Path) -> None:
    KeyedVectors(VECTORS.words, VECTORS.vectors, [4, 3, 2, 1]).save(path.with_name("v.tsv"))


def write_values(path: Path) -> None:
    model = nn.Linear(2, 1, rng=0)
    tg.save({"state": model.state_dict(), "model": model, "x": (1, "a", {2.5, None})}, path)


def write_counts(path: Path) -> None:
    VECTORS.save(path.with_name("v.txt"))
    path.write_text("to 4\nbe 3\nor 2\nnot 1\n")


READERS = {
    "text vectors": Reader(KeyedVectors.load, "v.txt", VECTORS.save),
    "binary vectors": Reader(KeyedVectors.load, "v.bin", VECTORS.save),
    "compressed vectors": Reader(KeyedVectors.load, "v.txt.gz", VECTORS.save),
    "vectors without header": Reader(
        KeyedVectors.load, "glove.txt", lambda path: VECTORS.save(path, header=False)
    ),
    "archived vectors": Reader(KeyedVectors.load, "v.npz", VECTORS.save),
    "small archived vectors": Reader(
        KeyedVectors.load, "v.npz", lambda path: VECTORS.save(path, dtype="int8")
    ),
    "mapped vectors": Reader(read_mapped, "v.npz", VECTORS.save),
    "safetensors": Reader(KeyedVectors.load, "v.safetensors", VECTORS.save),
    "mapped safetensors": Reader(read_mapped, "v.safetensors", VECTORS.save),
    "projector": Reader(KeyedVectors.load, "v.tsv", VECTORS.save),
    "projector words": Reader(
        lambda path: KeyedVectors.load(path.with_name("v.tsv")), "v.metadata.tsv", write_projector
    ),
    "counts": Reader(
        lambda path: read_vectors(path.with_name("v.txt"), counts=path), "c.txt", write_counts
    ),
    "model of fastText": Reader(
        SubwordVectors.load,
        "v.bin",
        SubwordVectors(VECTORS.words, np.eye(12, 5), Subwords(2, 3, 8), [4, 3, 2, 1]).save,
    ),
    "documents": Reader(
        DocumentVectors.load, "d.npz", DocumentVectors(["a", "b"], CORPUS.vocabulary, SMALL).save
    ),
    "phrases": Reader(Phrases.load, "p.json", PHRASES.save),
    "frozen phrases": Reader(FrozenPhrases.load, "p.json", PHRASES.freeze().save),
    "values": Reader(tg.load, "values.npz", write_values),
    "vocabulary": Reader(Vocabulary.load, "vocabulary.txt", CORPUS.vocabulary.save),
    "pairs": Reader(
        lambda path: evaluate_pairs(VECTORS, path),
        "pairs.tsv",
        lambda path: path.write_text("a\tb\tscore\nto\tbe\t1.5\nor\tnot\t2\nto\tor\t0.5\n"),
    ),
    "analogies": Reader(
        lambda path: evaluate_analogies(VECTORS, path),
        "analogies.txt",
        lambda path: path.write_text(": one\nto be or not\nbe or not to\n: two\nor to be not\n"),
    ),
    "categories": Reader(
        lambda path: evaluate_categories(VECTORS, path),
        "categories.tsv",
        lambda path: path.write_text("to\ta\nbe\ta\nor\tb\nnot\tb\n"),
    ),
    "run file": Reader(read_run_file, "run.toml", write_run_file),
    "JSON run file": Reader(read_run_file, "run.json", write_run_file),
    "checkpoint": Reader(resume, "run.checkpoint.npz", write_checkpoint),
    "text": Reader(
        lambda path: Corpus.from_text(path, min_count=1, cache_directory=path.parent / "cache"),
        "text.txt.gz",
        lambda path: path.write_bytes(gzip.compress("to be or\nnot to bé\n".encode() * 20)),
    ),
}


def damaged(name: str, data: bytes, rng: np.random.Generator) -> bytes:
    kind = rng.random()
    if name.endswith(".gz") and kind < 0.7:
        return gzip.compress(damaged(name[:-3], gzip.decompress(data), rng), 1)
    if name.endswith(".npz") and kind < 0.6:
        return with_meta(".npz", data, lambda meta: damaged_json(meta, rng))
    if name.endswith(".json") and kind < 0.5:
        return json.dumps(damaged_json(json.loads(data), rng)).encode()
    return damaged_tokens(data, rng) if kind < 0.6 else damaged_bytes(data, rng)


def check_damaged(reader: Reader, folder: Path, seed: int, count: int) -> None:
    path = folder / reader.name
    if path.suffix == ".safetensors":
        pytest.importorskip("safetensors")
    if path.suffix == ".toml" and sys.version_info < (3, 11):
        pytest.importorskip("tomli")
    reader.write(path)
    reader.read(path)
    good = path.read_bytes()
    rng = np.random.default_rng(seed)
    contents = (damaged(reader.name, good, rng) for _ in range(count))
    assert count_refused(reader.read, path, contents, most_message=20_000) > 0.1 * count


@needs_signals
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", READERS)
def test_damaged_files_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    check_damaged(READERS[kind], tmp_path, seed=0, count=60)


@needs_signals
@pytest.mark.exhaustive
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(100, 116))
@pytest.mark.parametrize("kind", READERS)
def test_many_damaged_files_are_read_or_refused(kind: str, seed: int, tmp_path: Path) -> None:
    check_damaged(READERS[kind], tmp_path, seed, count=2000)
