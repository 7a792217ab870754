"""Trainings of document vectors: tags, batches, inference, seeds and workers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.bags import Bags
from tinygrad_w2v.nn import NegativeSamplingLoss
from tinygrad_w2v.nn.archive import read_archive, write_archive
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.word2vec import Corpus, Doc2Vec, Settings, TaggedDocument
from tinygrad_w2v.word2vec.document_vectors import DocumentBatches, DocumentVectors

TOPICS = "abcd"
KINDS: list[dict[str, Any]] = [
    {"kind": "dm"},
    {"kind": "dm", "combine": "sum"},
    {"kind": "dm", "combine": "concat"},
    {"kind": "dbow"},
    {"kind": "dbow", "words": True},
]
SMALL = Settings(dim=8, window=2, sample=0, epochs=30, batch_tokens=60, negative=5, shared=20)


def documents(seed: int = 0, count: int = 24) -> list[list[str]]:
    """Return documents of one topic each, of words such as a0 to a7."""
    rng = np.random.default_rng(seed)
    return [[f"{TOPICS[n % 4]}{k}" for k in rng.integers(8, size=15)] for n in range(count)]


def trained(documents: Any, settings: Settings = SMALL, **options: Any) -> Doc2Vec:
    job = Doc2Vec(documents, settings, min_count=1, **options)
    assert job.fit().steps
    return job


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return a @ b.T


@pytest.mark.parametrize("options", KINDS)
def test_inferred_vectors_are_near_documents_of_their_topic(options: dict[str, Any]) -> None:
    job = trained(documents(), **options)
    new = documents(seed=1, count=12)
    nearest = cosines(job.infer(new), job.dv.vectors).argmax(axis=1)
    topics = [n % 4 == near % 4 for n, near in enumerate(nearest.tolist())]
    assert np.mean(topics) >= 0.5  # 0.25 by chance


def test_inference_of_dbow_trains_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    job = trained(documents(), kind="dbow", words=True)
    monkeypatch.setattr(NegativeSamplingLoss, "skip_gram", None)
    assert job.infer(documents(1)).any()
    assert job.model.trains_words


def test_inference_is_repeatable_and_changes_nothing() -> None:
    job = trained(documents())
    before = {name: value.copy() for name, value in _state(job).items()}
    first, again = job.infer(documents(1)), job.infer(documents(1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, job.infer(documents(1), seed=1))
    for name, value in _state(job).items():
        np.testing.assert_array_equal(value, before[name])
    assert all(parameter.requires_grad for parameter in job.model.parameters())


def _state(job: Doc2Vec) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in job.model.state_dict().items()}


def test_unknown_words_are_ignored_in_inference() -> None:
    job = trained(documents())
    known = ["a1", "a2", "a3"]
    found = job.infer([known, ["x", *known, "y"], ["x"], []])
    assert found.shape == (4, 8)
    assert found[:2].any(axis=1).all()
    assert not found[2:].any()
    assert not job.infer([]).size


def test_single_words_are_trained_and_inferred() -> None:
    job = trained([["a1"], ["b1"]] * 10, kind="dbow")
    assert np.isfinite(job.infer([["a1"]])).all()
    assert job.dv.vectors.any(axis=1).all()


def test_tags_are_numbers_by_default() -> None:
    assert trained(documents(count=3)).tags == ("0", "1", "2")


def test_documents_share_tags() -> None:
    tagged = [
        TaggedDocument(words, [n, f"topic {TOPICS[n % 4]}"]) for n, words in enumerate(documents())
    ]
    job = trained(tagged, kind="dbow")
    assert len(job.tags) == 24 + 4
    assert job.tags[:3] == ("0", "topic a", "1")
    topics = np.stack([job.dv[f"topic {topic}"] for topic in TOPICS])
    nearest = cosines(job.infer(documents(1, 12)), topics).argmax(axis=1)
    assert np.mean(nearest == np.arange(12) % 4) >= 0.75


def test_batches_name_the_documents_of_their_words() -> None:
    corpus = Corpus.from_sentences([["a", "b"], ["c"], ["d", "e", "f"]])
    tags = Bags([5, 6, 7, 8], [1, 2, 1])
    options = {"batch_tokens": 4, "sample": 0, "window": 2}
    found = []
    for batch in DocumentBatches(corpus, tags, **options).epoch(0):
        ends = [*batch.offsets[1:], len(batch.tags)]
        lists = [batch.tags[a:b].tolist() for a, b in zip(batch.offsets, ends, strict=True)]
        words = [corpus.vocabulary.words[token] for token in batch.tokens]
        found += list(zip(words, lists, strict=True))
    assert found == [("a", [5]), ("b", [5]), ("c", [6, 7]), *((word, [8]) for word in "def")]


@pytest.mark.parametrize("parts", [2, 3])
def test_shards_number_documents_from_the_first_of_the_text(parts: int) -> None:
    corpus = Corpus.from_sentences(documents())
    tags = Bags(np.arange(24), np.ones(24))
    seen = [
        tag
        for part in range(parts)
        for batch in DocumentBatches(corpus, tags, shard=(part, parts), sample=0).epoch(0)
        for tag in batch.tags.tolist()
    ]
    assert list(dict.fromkeys(seen)) == list(range(24))


def test_documents_without_frequent_words_keep_their_tags() -> None:
    job = Doc2Vec([["a", "b"], ["rare"], ["a", "b", "c"]] * 3, SMALL, min_count=6)
    job.fit()
    assert job.tags == tuple(map(str, range(9)))
    assert job.corpus.line_count == 6
    batch = next(iter(job.sources[0].epoch(0)))
    assert np.unique(batch.tags).tolist() == [0, 2, 3, 5, 6, 8]


def test_same_seed_gives_the_same_vectors() -> None:
    first, again = (trained(documents()).dv.vectors for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))
def test_reproducible_workers_give_bit_identical_vectors() -> None:
    settings = Settings(dim=4, sample=0, epochs=2, threads=2, reproducible=True)
    first, again = (trained(documents(), settings).dv.vectors for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_word_vectors_need_a_model_that_trains_them() -> None:
    assert trained(documents()).wv.words == trained(documents(), kind="dbow", words=True).wv.words
    with pytest.raises(InputError, match="PV-DBOW trains no word vectors: use words=True"):
        _ = trained(documents(), kind="dbow").wv


def test_string_as_document_is_refused() -> None:
    with pytest.raises(InputError, match="document 1 is the string 'a b': give a list of words"):
        Doc2Vec([["a"], "a b"], SMALL)
    with pytest.raises(InputError, match="the list of documents has no words"):
        Doc2Vec([], SMALL)


@pytest.mark.parametrize("options", KINDS)
def test_loaded_vectors_infer_the_same_to_the_bit(options: dict[str, Any], tmp_path: Path) -> None:
    tagged = [TaggedDocument(words, [f"é {n}", "all"]) for n, words in enumerate(documents())]
    job = trained(tagged, **options)
    job.save(tmp_path / "d.npz")
    loaded = Doc2Vec.load(tmp_path / "d.npz")
    assert type(loaded) is DocumentVectors
    assert loaded.tags == job.tags
    assert loaded.vocabulary.words == job.vocabulary.words
    np.testing.assert_array_equal(loaded.dv.vectors, job.dv.vectors)
    np.testing.assert_array_equal(loaded.infer(documents(1)), job.infer(documents(1)))
    loaded.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "d.npz").read_bytes()


def test_settings_of_the_machine_are_not_saved(tmp_path: Path) -> None:
    job = Doc2Vec(documents(), dataclasses.replace(SMALL, threads=2), min_count=1)
    job.save(tmp_path / "d.npz")
    assert Doc2Vec.load(tmp_path / "d.npz").settings.threads == 1


def _with_version_2(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    meta["version"] = 2


def _without_rows(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    arrays["output"] = arrays["output"][:-1]


def _with_wrong_rate(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    meta["settings"]["lr"] = -1.0


def _without_tags(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    del arrays["tags"]


def _with_huge_dim(arrays: dict[str, Any], meta: dict[str, Any]) -> None:
    meta["settings"]["dim"] = 10**12


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_with_version_2, r"d.npz is damaged \(its version is 2\): save it again"),
        (_without_rows, r"'output' has shape \(31, 8\), expected \(32, 8\)"),
        (_with_wrong_rate, "lr is -1.0"),
        (_without_tags, "is damaged .*'tags'"),
        (_with_huge_dim, "expected .*, 1000000000000"),
    ],
)
def test_damaged_files_are_refused(damage: Any, message: str, tmp_path: Path) -> None:
    trained(documents()).save(tmp_path / "d.npz")
    arrays, meta = read_archive(tmp_path / "d.npz")
    damage(arrays, meta)
    write_archive(tmp_path / "d.npz", arrays, meta)
    with pytest.raises(InputError, match=message):
        Doc2Vec.load(tmp_path / "d.npz")


def test_files_of_vectors_are_no_documents(tmp_path: Path) -> None:
    trained(documents()).dv.save(tmp_path / "v.npz")
    with pytest.raises(InputError, match=r"the file of .* is damaged \(it holds something else\)"):
        Doc2Vec.load(tmp_path / "v.npz")
