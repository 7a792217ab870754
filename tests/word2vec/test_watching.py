"""Neighbours of chosen words after each epoch."""

from __future__ import annotations

import pytest

from tinygrad_w2v.word2vec import Corpus, Settings, UnknownWordError, WatchNeighbours, Word2Vec

TEXT = [["you", "say", "goodbye", "and", "i", "say", "hello"]] * 50


def job(**settings: object) -> Word2Vec:
    return Word2Vec(
        Corpus.from_sentences(TEXT), Settings(dim=8, sample=0, epochs=3, buckets=100, **settings)
    )


@pytest.mark.parametrize("settings", [{}, {"subwords": True}, {"threads": 2}])
def test_neighbours_are_reported_after_each_epoch(settings: dict[str, object]) -> None:
    training, lines = job(**settings), []
    watch = WatchNeighbours(training, ["hello", "you"], topn=2, report=lines.append)
    training.trainer.callbacks.append(watch)
    training.fit()
    assert [line.split(":")[0] for line in lines] == [
        f"epoch {epoch}, {word}" for epoch in (1, 2, 3) for word in ("hello", "you")
    ]
    assert watch.neighbours["you"] == training.vectors().most_similar("you", topn=2)
    (near, cosine), _ = watch.neighbours["you"]
    assert lines[-1].startswith(f"epoch 3, you: {near} {cosine:.2f}, ")


def test_training_is_the_same_as_without() -> None:
    plain, watched = job(), job()
    watched.trainer.callbacks.append(WatchNeighbours(watched, ["hello"], report=str))
    plain.fit()
    watched.fit()
    assert plain.vectors().vectors.tobytes() == watched.vectors().vectors.tobytes()


def test_lines_are_printed_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    training = job()
    training.trainer.callbacks.append(WatchNeighbours(training, ["hello"]))
    training.fit()
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_unknown_words_are_refused_before_the_training() -> None:
    with pytest.raises(UnknownWordError, match="'helo' is not in the vocabulary; did you mean hel"):
        WatchNeighbours(job(), ["helo"])
