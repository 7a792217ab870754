from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import Corpus, Settings, TextSource, Word2Vec
from tinygrad_w2v.word2vec.cluster import Cluster
from tinygrad_w2v.word2vec.corpus import Vocabulary
from tinygrad_w2v.word2vec.divided_text import DividedText, count_on_cluster
from tinygrad_w2v.word2vec.settings import CorpusSettings

LINES = ["the cat sat on the mat", "a dog and a cat ran", "dogs and cats sat and ran"] * 200
SETTINGS = Settings(dim=8, epochs=3, sample=0, batch_tokens=64)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES))
    return path


def test_all_parts_of_the_text_together_are_the_text(text: Path) -> None:
    job = Word2Vec(Corpus.from_text(text), SETTINGS, cluster=Cluster(workers=9))
    assert len(job.sources) == 72
    words = sum(batch.words for source in job.sources for batch in source.epoch(0))
    assert words == job.corpus.word_count == job.total / 3


def test_batches_are_sent_with_the_place_of_the_ids(text: Path) -> None:
    job = Word2Vec(Corpus.from_text(text), SETTINGS, cluster=Cluster())
    packed = pickle.dumps(job.sources)
    for mine, other in zip(job.sources, pickle.loads(packed), strict=True):
        for a, b in zip(mine.epoch(1), other.epoch(1), strict=True):
            np.testing.assert_array_equal(a.tokens, b.tokens)


def test_missing_and_other_ids_are_refused(text: Path) -> None:
    corpus = Corpus.from_text(text)
    packed = pickle.dumps(corpus)
    place = Path(corpus._ids.path)
    content = place.read_bytes()
    place.write_bytes(content[4:] + content[:4])
    with pytest.raises(InputError, match="are those of another text or vocabulary"):
        pickle.loads(packed)
    place.unlink()
    with pytest.raises(InputError, match=r"No such file.*must see the cache directory"):
        pickle.loads(packed)


def test_tables_of_words_are_merged_in_part() -> None:
    corpus = Corpus.from_sentences([line.split() for line in LINES])
    job = Word2Vec(corpus, SETTINGS, cluster=Cluster())
    assert job.trainer.partial == ["input.weight", "output.weight"]
    subwords = Settings(dim=8, subwords=True, buckets=100)
    assert Word2Vec(corpus, subwords, cluster=Cluster()).trainer.partial == ["output.weight"]


@pytest.mark.parametrize(("workers", "growth"), [(1, 0.06), (2, 0.06), (4, 0.02), (8, 0.015)])
def test_rounds_of_few_workers_are_longer(workers: int, growth: float) -> None:
    assert Cluster(workers=workers).rounds().growth == growth
    assert Cluster(workers=workers, growth=0.5).rounds().growth == 0.5


def test_words_of_parts_are_those_of_the_text(text: Path) -> None:
    corpus = Corpus.from_text(text, min_count=300)
    source = TextSource(text)
    divided = DividedText(source, corpus.vocabulary)
    job = Word2Vec(divided, SETTINGS, cluster=Cluster())
    assert job.total == 3 * corpus.word_count
    job.sources = job.sources.divided(3)
    for sources in (job.sources, pickle.loads(pickle.dumps(job.sources))):
        tokens = [batch.tokens for part in sources for batch in part.epoch(0)]
        np.testing.assert_array_equal(np.concatenate(tokens), corpus.ids[corpus.ids >= 0])
    assert [batch.tokens[0] for batch in job.sources[1].epoch(0, 5)] == [
        batch.tokens[0] for batch in [*job.sources[1].epoch(0)][5:]
    ]


def test_part_without_words_has_no_batches(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("some words\n" * 5 + "unknown\n" * 5 + "words\n" * 20)
    divided = DividedText(TextSource(tmp_path), Vocabulary(["some", "words"], [5, 25]))
    job = Word2Vec(divided, SETTINGS, cluster=Cluster())
    sizes = [len(list(part.epoch(0))) for part in job.sources.divided(9)]
    assert sum(sizes) > 0
    assert 0 in sizes


def test_held_out_part_of_a_divided_text_is_refused(text: Path) -> None:
    divided = DividedText(TextSource(text), Vocabulary(["cat", "sat"], [200, 400]))
    with pytest.raises(InputError, match="or name held-out text"):
        Word2Vec(divided, Settings(validation=0.1), cluster=Cluster())


def test_words_are_counted_in_parallel_as_in_one_process(ray: Any, text: Path) -> None:
    settings = CorpusSettings(min_count=1)
    done = []
    counted = count_on_cluster(TextSource(text), settings, 3, lambda n, total: done.append(n))
    assert counted is not None
    here = Corpus.from_text(text, min_count=1).vocabulary
    assert counted.vocabulary.words == here.words
    np.testing.assert_array_equal(counted.vocabulary.counts, here.counts)
    assert done == [1, 2, 3]


def test_text_at_a_url_is_read_by_the_workers(ray: Any, text: Path) -> None:
    pytest.importorskip("fsspec")
    settings = CorpusSettings(min_count=1)
    counted = count_on_cluster(TextSource(text.as_uri()), settings, 3, lambda n, total: None)
    assert counted is not None
    here = Corpus.from_text(text, min_count=1)
    assert counted.vocabulary.words == here.vocabulary.words
    job = Word2Vec(counted, SETTINGS, cluster=Cluster(first=500))
    job.fit()
    assert job.trainer.finished
    assert job.trainer.progress.done == 3 * here.word_count


def test_counting_names_the_machine_of_an_error(ray: Any, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"good\n" * 20 + b"\xff\n")
    with pytest.raises(
        InputError, match=r"^on \S+ \(process \d+\): .*text, from byte .* not UTF-8"
    ):
        count_on_cluster(
            TextSource(tmp_path), CorpusSettings(min_count=1), 2, lambda n, total: None
        )


def test_reproducible_cluster_is_refused() -> None:
    corpus = Corpus.from_sentences([line.split() for line in LINES])
    with pytest.raises(InputError, match="cannot be reproducible"):
        Word2Vec(corpus, Settings(reproducible=True), cluster=Cluster())


def test_cluster_trains_every_word_and_resumes_with_more_workers(
    ray: Any, text: Path, tmp_path: Path
) -> None:
    corpus, checkpoint = Corpus.from_text(text), tmp_path / "checkpoint.npz"
    cluster = Cluster(workers=2, first=500, growth=0.01)
    job = Word2Vec(corpus, SETTINGS, cluster=cluster)
    job.trainer.on_step = lambda p: job.trainer.stop() if p.done > job.total / 3 else None
    job.fit()
    assert not job.trainer.finished
    assert job.total / 3 < job.trainer.progress.done < job.total
    job.save(checkpoint)
    again = Word2Vec(corpus, SETTINGS, cluster=Cluster(workers=10, first=500))
    again.resume(checkpoint)
    assert len(again.sources) == len(job.sources) == 64
    np.testing.assert_array_equal(again.model.vectors, job.model.vectors)
    again.trainer.workers = 3  # the cluster of the tests has few processors
    progress = again.fit()
    assert again.trainer.finished
    assert progress.done == again.total
