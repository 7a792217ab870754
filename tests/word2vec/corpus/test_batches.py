from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.corpus import LINE_END, Corpus, Vocabulary, WindowBatches, batches

LINE_LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=40).filter(lambda n: max(n) > 1)
CHUNK = 16


@pytest.fixture(scope="module", autouse=True)
def small_chunks():
    """Make a toy corpus span many chunks."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(batches, "_CHUNK_IDS", CHUNK)
        yield


def corpus_of(line_lengths: list[int]) -> Corpus:
    """Return a corpus in which every word is different, so that a word tells its place."""
    total = sum(line_lengths)
    ids = np.insert(np.arange(total), np.cumsum(line_lengths), LINE_END).astype(np.int32)
    return Corpus(Vocabulary([f"w{n}" for n in range(total)], np.ones(total)), ids)


def lines_of(corpus: Corpus) -> np.ndarray:
    """Return the line of each word."""
    return np.cumsum(corpus.ids == LINE_END)[corpus.ids != LINE_END]


def tokens_of(epoch) -> list[int]:
    return [token for run in epoch for token in run.tokens.tolist()]


def as_lists(epoch) -> list[tuple]:
    return [(r.tokens.tolist(), r.left.tolist(), r.right.tolist(), r.words) for r in epoch]


@st.composite
def samples_of(draw, corpus: Corpus):
    """Draw a threshold at which every word of `corpus_of` is kept with the same probability."""
    return draw(st.sampled_from([0, 0.02, 0.1, 0.3])) / len(corpus.vocabulary)


class TestEveryEpoch:
    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), window=st.integers(1, 6))
    def test_without_subsampling_it_is_the_text_less_lines_of_one_word(self, lengths, size, window):
        corpus = corpus_of(lengths)
        epoch = WindowBatches(corpus, window=window, batch_tokens=size, sample=0).epoch(0)
        ends = np.cumsum(lengths)
        expected = [
            token
            for length, end in zip(lengths, ends, strict=True)
            if length > 1
            for token in range(end - length, end)
        ]
        assert tokens_of(epoch) == expected

    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), window=st.integers(1, 6), data=st.data())
    def test_full_windows_reach_to_the_end_of_the_line_or_the_run(
        self, lengths, size, window, data
    ):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        lines = lines_of(corpus)
        made = WindowBatches(corpus, window=window, batch_tokens=size, sample=sample, dynamic=False)
        for run in made.epoch(0):
            line = lines[run.tokens].tolist()
            before = [line[:i].count(line[i]) for i in range(len(run))]
            after = [line[i + 1 :].count(line[i]) for i in range(len(run))]
            assert run.left.tolist() == [min(window, n) for n in before]
            assert run.right.tolist() == [min(window, n) for n in after]

    @given(
        lengths=LINE_LENGTHS,
        size=st.integers(3, 12),
        window=st.integers(1, 6),
        seed=st.integers(0, 9),
        data=st.data(),
    )
    def test_every_word_has_a_context_within_its_line_and_window(
        self, lengths, size, window, seed, data
    ):
        corpus = corpus_of(lengths)
        lines = lines_of(corpus)
        made = WindowBatches(
            corpus,
            window=window,
            batch_tokens=size,
            sample=data.draw(samples_of(corpus)),
            seed=seed,
        )
        for run in made.epoch(0):
            assert (run.left + run.right >= 1).all()
            assert max(run.left.max(), run.right.max()) <= window
            centers, contexts = run.pairs()
            assert (lines[centers] == lines[contexts]).all()

    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), data=st.data())
    def test_runs_have_the_size_asked_for_less_two_at_most(self, lengths, size, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        runs = list(WindowBatches(corpus, batch_tokens=size, sample=sample).epoch(0))
        assert all(size - 2 <= len(run) <= size for run in runs[:-1])
        assert all(2 <= len(run) <= size for run in runs)

    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), data=st.data())
    def test_the_words_covered_add_up_to_those_of_the_text(self, lengths, size, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        made = WindowBatches(corpus, batch_tokens=size, sample=sample)
        runs = list(made.epoch(0))
        assert made.words_per_epoch == corpus.word_count
        if runs:
            assert sum(run.words for run in runs) == made.words_per_epoch
        covered = 0
        for run in runs[:-1]:
            covered += run.words
            assert covered == run.tokens[-1] + 1  # a word of corpus_of is its own place

    def test_runs_are_shorter_only_where_a_word_would_be_alone(self):
        corpus = corpus_of([5, 3, 2, 7])
        runs = WindowBatches(corpus, batch_tokens=6, sample=0).epoch(0)
        assert [run.tokens.tolist() for run in runs] == [
            [0, 1, 2, 3, 4],
            [5, 6, 7, 8, 9],
            [10, 11, 12, 13, 14],
            [15, 16],
        ]

    def test_the_ends_of_chunks_do_not_show_in_the_runs(self):
        runs = WindowBatches(corpus_of([100]), batch_tokens=5, sample=0).epoch(0)
        assert [len(run) for run in runs] == [5] * 20


class TestChance:
    corpus = corpus_of([40] * 500)

    def test_an_epoch_is_the_same_every_time(self):
        made = WindowBatches(self.corpus, batch_tokens=50, sample=1e-5, seed=3)
        again = WindowBatches(self.corpus, batch_tokens=50, sample=1e-5, seed=3)
        assert as_lists(made.epoch(1)) == as_lists(made.epoch(1)) == as_lists(again.epoch(1))

    def test_epochs_and_seeds_draw_differently(self):
        drawn = [
            tokens_of(WindowBatches(self.corpus, sample=1e-5, seed=seed).epoch(number))
            for seed, number in itertools.product([0, 1], repeat=2)
        ]
        assert all(a != b for a, b in itertools.combinations(drawn, 2))

    def test_words_are_kept_as_often_as_their_probability_says(self):
        # Every word's share f is 1/20000, so t = f / 4 keeps sqrt(1/4) + 1/4 of them.
        runs = WindowBatches(self.corpus, sample=1 / 80_000).epoch(0)
        kept = sum(map(len, runs)) / self.corpus.word_count
        assert abs(kept - 0.75) < 5 * np.sqrt(0.75 * 0.25 / 20_000)

    def test_dynamic_windows_are_uniform_from_one_to_the_window(self):
        runs = list(WindowBatches(self.corpus, window=4, batch_tokens=4000, sample=0).epoch(0))
        radii = np.concatenate([np.maximum(run.left, run.right) for run in runs])
        counts = np.bincount(radii, minlength=5)
        assert counts[0] == 0
        assert np.abs(counts[1:] / len(radii) - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 20_000)

    def test_the_widest_windows_do_not_overflow(self):
        made = WindowBatches(corpus_of([600]), window=256, sample=0, dynamic=False)
        (run,) = made.epoch(0)
        assert run.left.max() == run.right.max() == 256


class TestResuming:
    @given(lengths=LINE_LENGTHS, start=st.integers(0, 30), data=st.data())
    def test_the_rest_of_an_epoch_is_the_same_to_the_bit(self, lengths, start, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        made = WindowBatches(corpus, batch_tokens=5, sample=sample)
        assert as_lists(made.epoch(2, start=start)) == as_lists(made.epoch(2))[start:]


class TestShards:
    @given(lengths=LINE_LENGTHS, parts=st.integers(1, 6))
    def test_they_are_the_text_in_order(self, lengths, parts):
        corpus = corpus_of(lengths)
        shards = [
            WindowBatches(corpus, batch_tokens=5, sample=0, shard=(k, parts)) for k in range(parts)
        ]
        together = [token for shard in shards for token in tokens_of(shard.epoch(0))]
        assert together == tokens_of(WindowBatches(corpus, batch_tokens=5, sample=0).epoch(0))
        assert sum(shard.words_per_epoch for shard in shards) == corpus.word_count

    def test_they_are_about_equal(self):
        corpus = corpus_of([10] * 60)
        sizes = [WindowBatches(corpus, shard=(k, 3)).words_per_epoch for k in range(3)]
        assert sizes == [200, 200, 200]

    def test_a_very_long_line_is_divided_too(self):
        corpus = corpus_of([20 * CHUNK])
        sizes = [WindowBatches(corpus, shard=(k, 4)).words_per_epoch for k in range(4)]
        assert sizes == [5 * CHUNK] * 4


class TestRefusals:
    corpus = corpus_of([4, 2])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"window": 0}, "window is 0: it must be an integer of at least 1"),
            ({"batch_tokens": 2}, "batch_tokens is 2: it must be an integer of at least 3"),
            ({"sample": -1}, "sample is -1: it must be a number from 0 to 1"),
            ({"seed": -1}, "seed is -1: it must be an integer of at least 0"),
            ({"shard": 3}, "shard must be a pair (k, n), found 3"),
            ({"shard": (0, 0)}, "shard[1] is 0: it must be an integer of at least 1"),
            ({"shard": (2, 2)}, "shard (k, n) must have k from 0 to n - 1, found (2, 2)"),
        ],
    )
    def test_an_option_out_of_range_is_named_with_its_value_and_range(self, options, message):
        with pytest.raises(InputError) as caught:
            WindowBatches(self.corpus, **options)
        assert str(caught.value) == message

    @pytest.mark.parametrize("arguments", [{"number": -1}, {"number": 0, "start": -1}])
    def test_epochs_and_starts_are_checked_at_once(self, arguments):
        with pytest.raises(InputError, match=r" is -1: it must be an integer of at least 0$"):
            WindowBatches(self.corpus).epoch(**arguments)

    def test_a_text_of_single_words_is_refused(self):
        with pytest.raises(InputError) as caught:
            WindowBatches(Corpus.from_sentences([["a"], ["b"]]))
        assert str(caught.value) == (
            "every line of the text has a single word, and the context of a word is the rest of "
            "its line; put a sentence or paragraph on a line"
        )
