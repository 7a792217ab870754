from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import keep_probability
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
    """Return a corpus of distinct words: a word's id is its position."""
    total = sum(line_lengths)
    ids = np.insert(np.arange(total), np.cumsum(line_lengths), LINE_END).astype(np.int32)
    return Corpus(Vocabulary([f"w{n}" for n in range(total)], np.ones(total)), ids)


def lines_of(corpus: Corpus) -> np.ndarray:
    """Return the line of each word."""
    return np.cumsum(corpus.ids == LINE_END)[corpus.ids != LINE_END]


def tokens_of(epoch) -> list[int]:
    return [token for batch in epoch for token in batch.tokens.tolist()]


def as_lists(epoch) -> list[tuple]:
    return [(r.tokens.tolist(), r.left.tolist(), r.right.tolist(), r.words) for r in epoch]


@st.composite
def samples_of(draw, corpus: Corpus):
    """Draw a threshold at which every word of `corpus_of` is kept with the same probability."""
    return draw(st.sampled_from([0, 0.02, 0.1, 0.3])) / len(corpus.vocabulary)


class TestBatches:
    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), window=st.integers(1, 6))
    def test_without_subsampling_all_lines_of_several_words_remain(self, lengths, size, window):
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
    def test_fixed_windows_end_at_line_and_batch(self, lengths, size, window, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        lines = lines_of(corpus)
        made = WindowBatches(corpus, window=window, batch_tokens=size, sample=sample, dynamic=False)
        for batch in made.epoch(0):
            line = lines[batch.tokens].tolist()
            before = [line[:i].count(line[i]) for i in range(len(batch))]
            after = [line[i + 1 :].count(line[i]) for i in range(len(batch))]
            assert batch.left.tolist() == [min(window, n) for n in before]
            assert batch.right.tolist() == [min(window, n) for n in after]

    @given(
        lengths=LINE_LENGTHS,
        size=st.integers(3, 12),
        window=st.integers(1, 6),
        seed=st.integers(0, 9),
        data=st.data(),
    )
    def test_every_word_has_context_within_line_and_window(self, lengths, size, window, seed, data):
        corpus = corpus_of(lengths)
        lines = lines_of(corpus)
        made = WindowBatches(
            corpus,
            window=window,
            batch_tokens=size,
            sample=data.draw(samples_of(corpus)),
            seed=seed,
        )
        for batch in made.epoch(0):
            assert (batch.left + batch.right >= 1).all()
            assert max(batch.left.max(), batch.right.max()) <= window
            centers, contexts = batch.pairs()
            assert (lines[centers] == lines[contexts]).all()

    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), data=st.data())
    def test_batches_are_at_most_two_words_shorter(self, lengths, size, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        found = list(WindowBatches(corpus, batch_tokens=size, sample=sample).epoch(0))
        assert all(size - 2 <= len(batch) <= size for batch in found[:-1])
        assert all(2 <= len(batch) <= size for batch in found)

    @given(lengths=LINE_LENGTHS, size=st.integers(3, 12), data=st.data())
    def test_words_of_batches_sum_to_text(self, lengths, size, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        made = WindowBatches(corpus, batch_tokens=size, sample=sample)
        found = list(made.epoch(0))
        assert made.words_per_epoch == corpus.word_count
        if found:
            assert sum(batch.words for batch in found) == made.words_per_epoch
        covered = 0
        for batch in found[:-1]:
            covered += batch.words
            assert covered == batch.tokens[-1] + 1  # the id of a word of corpus_of is its position

    def test_batch_is_shorter_only_where_word_would_be_alone(self):
        corpus = corpus_of([5, 3, 2, 7])
        found = WindowBatches(corpus, batch_tokens=6, sample=0).epoch(0)
        assert [batch.tokens.tolist() for batch in found] == [
            [0, 1, 2, 3, 4],
            [5, 6, 7, 8, 9],
            [10, 11, 12, 13, 14],
            [15, 16],
        ]

    def test_batches_do_not_depend_on_chunks(self):
        found = WindowBatches(corpus_of([100]), batch_tokens=5, sample=0).epoch(0)
        assert [len(batch) for batch in found] == [5] * 20


class TestRandomness:
    corpus = corpus_of([40] * 500)

    def test_epoch_is_reproducible(self):
        made = WindowBatches(self.corpus, batch_tokens=50, sample=1e-5, seed=3)
        again = WindowBatches(self.corpus, batch_tokens=50, sample=1e-5, seed=3)
        assert as_lists(made.epoch(1)) == as_lists(made.epoch(1)) == as_lists(again.epoch(1))

    def test_epochs_and_seeds_differ(self):
        drawn = [
            tokens_of(WindowBatches(self.corpus, sample=1e-5, seed=seed).epoch(number))
            for seed, number in itertools.product([0, 1], repeat=2)
        ]
        assert all(a != b for a, b in itertools.combinations(drawn, 2))

    def test_words_are_kept_with_their_probability(self):
        # Every word has the relative frequency f = 1/20000: t = f / 4 keeps sqrt(1/4) + 1/4.
        found = WindowBatches(self.corpus, sample=1 / 80_000).epoch(0)
        kept = sum(map(len, found)) / self.corpus.word_count
        assert abs(kept - 0.75) < 5 * np.sqrt(0.75 * 0.25 / 20_000)

    def test_dynamic_windows_are_uniform(self):
        found = list(WindowBatches(self.corpus, window=4, batch_tokens=4000, sample=0).epoch(0))
        radii = np.concatenate([np.maximum(batch.left, batch.right) for batch in found])
        counts = np.bincount(radii, minlength=5)
        assert counts[0] == 0
        assert np.abs(counts[1:] / len(radii) - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 20_000)

    def test_large_windows_do_not_overflow(self):
        made = WindowBatches(corpus_of([600]), window=256, sample=0, dynamic=False)
        (batch,) = made.epoch(0)
        assert batch.left.max() == batch.right.max() == 256


class TestResuming:
    @given(lengths=LINE_LENGTHS, start=st.integers(0, 30), data=st.data())
    def test_resumed_epoch_is_bit_identical(self, lengths, start, data):
        corpus = corpus_of(lengths)
        sample = data.draw(samples_of(corpus))
        made = WindowBatches(corpus, batch_tokens=5, sample=sample)
        assert as_lists(made.epoch(2, start=start)) == as_lists(made.epoch(2))[start:]


class TestShards:
    @given(lengths=LINE_LENGTHS, parts=st.integers(1, 6))
    def test_shards_concatenate_to_text(self, lengths, parts):
        corpus = corpus_of(lengths)
        shards = [
            WindowBatches(corpus, batch_tokens=5, sample=0, shard=(k, parts)) for k in range(parts)
        ]
        together = [token for shard in shards for token in tokens_of(shard.epoch(0))]
        assert together == tokens_of(WindowBatches(corpus, batch_tokens=5, sample=0).epoch(0))
        assert sum(shard.words_per_epoch for shard in shards) == corpus.word_count

    def test_words_of_each_batch_in_a_shard_are_counted(self):
        corpus = Corpus.from_sentences([["a", "b", "c", "d"]] * 40)
        shard = WindowBatches(corpus, batch_tokens=10, sample=0, shard=(2, 4))
        assert [batch.words for batch in shard.epoch(0)] == [10] * 4

    def test_shards_have_about_equal_size(self):
        corpus = corpus_of([10] * 60)
        sizes = [WindowBatches(corpus, shard=(k, 3)).words_per_epoch for k in range(3)]
        assert sizes == [200, 200, 200]

    def test_long_line_is_divided(self):
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
    def test_option_out_of_range_is_refused(self, options, message):
        with pytest.raises(InputError) as caught:
            WindowBatches(self.corpus, **options)
        assert str(caught.value) == message

    @pytest.mark.parametrize("arguments", [{"number": -1}, {"number": 0, "start": -1}])
    def test_epoch_checks_arguments_immediately(self, arguments):
        with pytest.raises(InputError, match=r" is -1: it must be an integer of at least 0$"):
            WindowBatches(self.corpus).epoch(**arguments)

    def test_text_of_single_word_lines_is_refused(self):
        with pytest.raises(InputError) as caught:
            WindowBatches(Corpus.from_sentences([["a"], ["b"]]))
        assert str(caught.value) == (
            "every line of the text has a single word, and the context of a word is the rest of "
            "its line; put a sentence or paragraph on a line"
        )


class TestKeepProbability:
    @given(
        counts=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
        sample=st.floats(1e-7, 1.0),
    )
    def test_keep_probability_is_formula_of_word2vec_c(self, counts, sample):
        total = sum(counts)
        expected = [
            min(1.0, (math.sqrt(c / total / sample) + 1) * sample / (c / total)) for c in counts
        ]
        np.testing.assert_allclose(keep_probability(counts, sample), expected, rtol=1e-12)

    @pytest.mark.parametrize("sample", [0, 0.0, None])
    def test_sample_zero_keeps_every_word(self, sample):
        assert keep_probability([1_000_000, 1], sample).tolist() == [1.0, 1.0]

    def test_word_without_occurrences_is_kept(self):
        assert keep_probability([1_000, 0], 1e-5)[1] == 1.0

    def test_sample_out_of_range_is_refused(self):
        with pytest.raises(InputError, match=r"^sample is 3: it must be a number from 0 to 1$"):
            keep_probability([1, 2], 3)

    def test_negative_count_is_refused(self):
        with pytest.raises(InputError, match=r"^counts must not be negative, found -4$"):
            keep_probability([1, -4], 0.1)
