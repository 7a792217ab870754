"""Subwords: hashes equal those of fastText; the mean of subword vectors is a word's vector."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.models.test_equivalence import assert_same, in_float64, losses_and_gradients
from tests.models.toy import random_batch
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models import CBOW, FastText, SkipGram, SubwordEmbedding, Subwords
from tinygrad_w2v.nn import HierarchicalSoftmaxLoss

WORDS = ["where", "a", "", "über", "日本語", "</s>", "x-ray", "😀face", "<odd>", "naïve"]
COUNTS = np.arange(30, 0, -1)
NAMES = [f"word{n:b}" for n in range(30)]


def bucket(ngram: str, buckets: int) -> int:
    """Hash an n-gram one byte at a time, as fastText does."""
    state = 2166136261
    for byte in ngram.encode():
        signed = byte - 256 if byte >= 128 else byte
        state = ((state ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return state % buckets


@pytest.mark.parametrize("lengths", [(3, 6), (1, 4), (2, 2), (0, 3), (5, 9)])
def test_hashes_are_those_of_each_ngram(lengths: tuple[int, int]) -> None:
    subwords = Subwords(*lengths, buckets=12_345)
    buckets, sizes = subwords.hashed(WORDS)
    ngrams = [subwords.ngrams(word) for word in WORDS]
    assert sizes.tolist() == list(map(len, ngrams))
    assert buckets.tolist() == [bucket(ngram, 12_345) for word in ngrams for ngram in word]


def test_hashes_are_those_of_fasttext() -> None:
    # From fasttext 0.9.2: model.get_subwords("über")[1], minn=3, maxn=4, bucket=1000, no words.
    assert Subwords(3, 4, 1000).hashed(["über"])[0].tolist() == [82, 269, 527, 527, 366, 56, 840]


def test_many_words_are_hashed_in_parts() -> None:
    words = [f"{n:x}" * 20 for n in range(2000)]
    buckets, sizes = Subwords().hashed(words)
    ends = np.cumsum(sizes)
    for n in (0, 999, 1999):
        expected = Subwords().hashed(words[n : n + 1])[0]
        np.testing.assert_array_equal(buckets[ends[n] - sizes[n] : ends[n]], expected)


def test_no_ngrams_without_words_or_lengths() -> None:
    assert [part.tolist() for part in Subwords().hashed([])] == [[], []]
    for minn in (0, 2):
        assert [part.tolist() for part in Subwords(minn, 0, 0).hashed(["a"])] == [[], [0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, 3, 10), "minn is 4 and maxn 3: minn must be at most maxn"),
        ((3, 6, 0), "buckets is 0: use from 1 to 2,147,483,647"),
        ((-1, 6, 10), "minn is -1: it must be an integer of at least 0"),
    ],
)
def test_invalid_subwords_are_refused(arguments: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Subwords(*arguments)


@pytest.mark.parametrize(("model", "bound"), [("cbow", 1 / 16), ("skipgram", 1 / 4)])
def test_initial_values_fill_their_bound(model: str, bound: float) -> None:
    built = FastText(WORDS, [1] * len(WORDS), 16, model=model, buckets=100, rng=0)
    largest = np.abs(built.input.weight.detach().numpy()).max()
    assert 0.95 * bound < largest <= bound


def test_vector_is_mean_of_word_and_ngrams() -> None:
    subwords = Subwords(2, 3, buckets=20)
    embedding = SubwordEmbedding(WORDS, 5, subwords, rng=0)
    table = embedding.weight.detach().numpy()
    assert table.shape == (len(WORDS) + 20, 5)
    for n, word in enumerate(WORDS):
        rows = [n, *(len(WORDS) + bucket(ngram, 20) for ngram in subwords.ngrams(word))]
        np.testing.assert_allclose(
            embedding([n]).detach().numpy()[0], table[rows].mean(axis=0), rtol=1e-5
        )


@pytest.mark.parametrize("kind", ["cbow", "skipgram"])
@pytest.mark.parametrize("loss", ["negative_sampling", "softmax"])
def test_without_ngrams_fasttext_is_cbow_and_skip_gram(kind: str, loss: str) -> None:
    batch, options = random_batch(0), {"loss": loss, "straight_through": 0.0}
    if loss == "negative_sampling":
        options["shared"] = 8
    subword = FastText(NAMES, COUNTS, 6, model=kind, minn=0, maxn=0, buckets=0, rng=3, **options)
    if kind == "skipgram":
        del options["straight_through"]
    plain = (CBOW if kind == "cbow" else SkipGram)(COUNTS, 6, rng=3, **options)
    for model in (plain, subword):
        in_float64(model)
        if loss == "negative_sampling":
            model.output.sampler.rng = np.random.default_rng(1)
    assert_same(
        losses_and_gradients(subword(batch), subword), losses_and_gradients(plain(batch), plain)
    )
    assert subword.predictions(batch) == plain.predictions(batch)


@pytest.mark.parametrize("kind", ["cbow", "skipgram"])
def test_gradient_matches_finite_differences(kind: str) -> None:
    batch = random_batch(1, words=10)
    loss = HierarchicalSoftmaxLoss(3, COUNTS[:10])  # draws no negatives
    options = {"model": kind, "minn": 2, "maxn": 3, "buckets": 7, "straight_through": False}
    model = in_float64(FastText(NAMES[:10], COUNTS[:10], 3, loss=loss, rng=0, **options))

    def value(table: tg.Tensor) -> tg.Tensor:
        vars(model.input)["weight"] = table  # a Tensor, not a Parameter
        return model(batch)

    assert tg.testing.gradcheck(value, (model.input.weight.detach().numpy().copy(),))


def test_words_and_counts_must_match() -> None:
    with pytest.raises(InputError, match="2 words and 3 counts do not match"):
        FastText(["a", "b"], [1, 1, 1], 4, buckets=10)


def test_model_is_rebuilt_from_its_spec() -> None:
    model = FastText(NAMES, COUNTS, 4, buckets=50, rng=0)
    again = tg.nn.build(model.spec())
    again.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(again.vectors, model.vectors)
