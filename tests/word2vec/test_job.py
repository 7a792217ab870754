from __future__ import annotations

import dataclasses
import gc
import math
import mmap
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.models import CBOW
from tinygrad_w2v.nn import Identity
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.training import TrainingError
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec, prepare
from tinygrad_w2v.word2vec.recipe import Recipe
from tinygrad_w2v.word2vec.settings import ModelName
from tinygrad_w2v.word2vec.vectors import KeyedVectors, evaluate_analogies, evaluate_pairs

SMALL = Settings(dim=6, window=3, sample=1e-2, epochs=3, batch_tokens=40, seed=5)
STEPS = 26


def sentences(seed: int = 0) -> list[list[str]]:
    """Return lines of two topics, whose words are a0 to a5 and b0 to b5."""
    rng = np.random.default_rng(seed)
    return [[f"{topic}{k}" for k in rng.integers(6, size=12)] for topic in "ab" * 30]


CORPUS = Corpus.from_sentences(sentences())


def trained(settings: Settings, corpus: Corpus = CORPUS) -> KeyedVectors:
    job = Word2Vec(corpus, settings)
    job.fit()
    return job.vectors()


def stopped(job: Word2Vec, steps: int) -> Word2Vec:
    """Train until the total number of steps is `steps`."""
    job.trainer.on_step = lambda progress: job.trainer.stop() if progress.steps >= steps else None
    job.fit()
    job.trainer.on_step = None
    return job


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_same_seed_gives_bit_identical_vectors(model: str) -> None:
    chosen = dataclasses.replace(SMALL, model=model)
    first, again = trained(chosen), trained(chosen)
    assert first.vectors.tobytes() == again.vectors.tobytes()
    other = trained(dataclasses.replace(chosen, seed=6))
    assert first.vectors.tobytes() != other.vectors.tobytes()


@pytest.mark.parametrize("shared", [0, 8])
@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_words_of_topic_become_neighbours(model: str, shared: int) -> None:
    chosen = Settings(model=model, dim=10, window=3, shared=shared, sample=0, epochs=20)
    vectors = trained(chosen)
    for word in vectors.words:
        assert all(near[0] == word[0] for near, _ in vectors.most_similar(word, topn=5))


@pytest.mark.parametrize("processes", [None, False], ids=["processes", "threads"])
@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_loss_falls_with_two_workers(processes: bool | None, model: ModelName) -> None:
    chosen = dataclasses.replace(SMALL, sample=0, threads=2, epochs=10, model=model)
    job = Word2Vec(CORPUS, chosen)
    progress = job.fit(processes=processes)
    assert progress.done == job.total == 60 * 12 * 10
    assert progress.loss < 0.7 * (1 + chosen.negative) * math.log(2)  # what it starts with


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stops=st.lists(st.integers(1, STEPS), min_size=1, max_size=3, unique=True),
    model=st.sampled_from(["cbow", "skipgram"]),
)
def test_resumed_training_is_bit_identical(tmp_path: Path, stops: list[int], model: str) -> None:
    chosen = dataclasses.replace(SMALL, model=model)
    path = tmp_path / "job.npz"
    path.unlink(missing_ok=True)
    for steps in sorted(stops):
        job = Word2Vec(CORPUS, chosen)
        if path.exists():
            job.resume(path)
        stopped(job, steps).save(path)
    last = Word2Vec(CORPUS, chosen)
    last.resume(path)
    last.fit()
    assert last.vectors().vectors.tobytes() == trained(chosen).vectors.tobytes()


def test_stopping_points_are_within_training() -> None:
    assert Word2Vec(CORPUS, SMALL).fit().steps == pytest.approx(STEPS, abs=2)


def test_stopped_training_continues_in_same_object() -> None:
    job = stopped(Word2Vec(CORPUS, SMALL), 20)
    assert not job.trainer.finished
    job.fit()
    assert job.vectors().vectors.tobytes() == trained(SMALL).vectors.tobytes()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dim": 7}, "dim was 6, now 7"),
        ({"seed": 6, "lr": 0.2}, "lr was 0.09, now 0.2; seed was 5, now 6"),
        ({"threads": 2}, "threads was 1, now 2"),
        ({"model": "skipgram"}, "model was 'cbow', now 'skipgram'"),
    ],
)
def test_resuming_with_other_settings_names_differences(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    stopped(Word2Vec(CORPUS, SMALL), 5).save(tmp_path / "job.npz")
    job = Word2Vec(CORPUS, dataclasses.replace(SMALL, **changed))
    with pytest.raises(InputError) as caught:
        job.resume(tmp_path / "job.npz")
    assert f"({message})" in str(caught.value)


def test_resuming_with_other_text_is_refused(
    tmp_path: Path,
) -> None:
    lines = [["a", "b", "c"], ["a", "b"], ["a", "c", "b"]]
    stopped(Word2Vec(Corpus.from_sentences(lines * 9), SMALL), 1).save(tmp_path / "job.npz")
    job = Word2Vec(Corpus.from_sentences(lines[::-1] * 9), SMALL)
    with pytest.raises(InputError, match=r"\(text was '72 words \(\w{8}\)', now '72 words \("):
        job.resume(tmp_path / "job.npz")
    job = Word2Vec(Corpus.from_sentences([["a", "d", "b"]] * 24), SMALL)
    with pytest.raises(InputError, match=r"vocabulary was '3 words \(\w{8}\)', now '3 words \("):
        job.resume(tmp_path / "job.npz")


def test_subsampling_that_drops_all_words_is_refused() -> None:
    job = Word2Vec(CORPUS, dataclasses.replace(SMALL, sample=1e-300))
    with pytest.raises(TrainingError, match="sample 1e-300 dropped every word of the text: raise"):
        job.fit()


def test_rate_with_infinite_loss_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"at a learning rate of .*: lower the rate"):
        trained(dataclasses.replace(SMALL, lr=1e300))


@pytest.mark.slow
def test_penn_treebank_quality(data_folder: Path) -> None:
    text = data_folder / "ptb" / "ptb.train.txt"
    if not text.is_file():
        pytest.skip(f"no {text.name} in {text.parent}")
    corpus = Corpus.from_text(text)
    rho, accuracy = [], []
    for seed in (1, 2, 3):  # one training alone varies by a tenth
        vectors = trained(Settings(epochs=10, seed=seed), corpus)
        rho.append(evaluate_pairs(vectors, data_folder / "eval" / "wordsim353.tsv").spearman)
        accuracy.append(
            evaluate_analogies(vectors, data_folder / "eval" / "questions-words.txt").accuracy
        )
    assert np.mean(rho) >= 0.28
    assert np.mean(accuracy) >= 0.03


def test_vectors_are_copied_by_default() -> None:
    job = Word2Vec(CORPUS, SMALL)
    copied, seen = job.vectors(), job.vectors(copy=False)
    assert np.shares_memory(seen.vectors, job.model.vectors)
    assert not np.shares_memory(copied.vectors, job.model.vectors)
    job.fit()
    assert not np.array_equal(copied.vectors, seen.vectors)
    assert not seen.vectors.flags.writeable
    assert job.model.vectors.flags.writeable


def test_vectors_are_whitened() -> None:
    plain, some = Word2Vec(CORPUS, SMALL), Word2Vec(CORPUS, dataclasses.replace(SMALL, whiten=0.5))
    for job in (plain, some):
        job.fit()
    assert np.array_equal(plain.model.vectors, some.model.vectors)
    expected = plain.vectors().whitened(0.5)
    for copy in (True, False):
        found = some.vectors(copy=copy)
        assert np.array_equal(found.vectors, expected.vectors)
        assert not np.shares_memory(found.vectors, some.model.vectors)


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_input_rate_applies_to_word_vectors(model: ModelName) -> None:
    chosen = dataclasses.replace(SMALL, model=model, lr=0.1, input_rate=2.5)
    job = Word2Vec(CORPUS, chosen)
    output, words = job.optimizer.param_groups
    assert (output["param_names"], output["lr"]) == (["output.weight"], pytest.approx(0.1))
    assert (words["param_names"], words["lr"]) == (["input.weight"], pytest.approx(0.25))
    job.fit()
    assert words["lr"] / output["lr"] == pytest.approx(2.5)
    found = job.vectors().vectors
    assert not np.array_equal(found, trained(dataclasses.replace(chosen, input_rate=1)).vectors)

    complete = job.recipe()
    assert complete.training["input_rate"] == 2.5
    assert complete.optimizer["lr"] == pytest.approx(0.1)
    again = Word2Vec(CORPUS, Settings(**complete.training), recipe=complete)
    again.fit()
    assert np.array_equal(again.vectors().vectors, found)


class OwnNames(CBOW):
    """A model whose input table has another name, or is not a parameter."""

    def __init__(self, counts: Any, dim: int, is_parameter: bool = True, rng: Any = None) -> None:
        super().__init__(counts, dim, rng=rng)
        self.words, self.is_parameter = self.input, is_parameter
        del self.input

    def hidden(self, contexts: Any) -> Any:
        return F.embedding_window(self.words.weight, contexts.tokens, contexts.left, contexts.right)

    @property
    def vectors(self) -> Any:
        table = self.words.weight.detach().numpy()
        return table if self.is_parameter else table.copy()


@pytest.mark.parametrize(("is_parameter", "groups"), [(True, 2), (False, 1)])
def test_custom_model_may_name_its_table_freely(is_parameter: bool, groups: int) -> None:
    model = {"type": f"{__name__}:OwnNames", "is_parameter": is_parameter}
    recipe = Recipe(model=model)
    with pytest.raises(InputError, match=r"^model.type is .*would import"):
        Word2Vec(CORPUS, SMALL, recipe=recipe)
    job = Word2Vec(CORPUS, SMALL, recipe=recipe, allow=[f"{__name__}:OwnNames"])
    assert len(job.optimizer.param_groups) == groups
    assert job.fit().steps


def test_resuming_allows_other_average_whiten_and_reproducible(tmp_path: Path) -> None:
    begun = Word2Vec(CORPUS, SMALL)
    begun.save(tmp_path / "checkpoint.npz")
    other = dataclasses.replace(SMALL, average=True, whiten=0.2, reproducible=True)
    Word2Vec(CORPUS, other).resume(tmp_path / "checkpoint.npz")


@pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))
@pytest.mark.parametrize("model", ["cbow", "skipgram"])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_reproducible_workers_give_bit_identical_vectors(model: str, backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    chosen = dataclasses.replace(SMALL, model=model, sample=0, threads=3, reproducible=True)
    set_backend(backend)
    try:
        found = [trained(chosen).vectors.tobytes() for _ in range(3)]
        other = trained(dataclasses.replace(chosen, seed=2)).vectors.tobytes()
    finally:
        set_backend("numpy")
    assert found[0] == found[1] == found[2] != other


def test_one_worker_is_reproducible_with_any_optimizer() -> None:
    chosen, adam = dataclasses.replace(SMALL, reproducible=True), {"type": "Adam", "lr": 0.01}
    found = []
    for one in (SMALL, chosen):
        job = Word2Vec(CORPUS, one, recipe=Recipe(optimizer=adam))
        job.fit()
        found.append(job.vectors().vectors.tobytes())
    assert found[0] == found[1]
    job = Word2Vec(CORPUS, dataclasses.replace(chosen, threads=2), recipe=Recipe(optimizer=adam))
    with pytest.raises(InputError, match=r"Adam keeps state between steps.*; use one worker"):
        job.fit()


def test_prepare_compiles_everything_and_changes_nothing() -> None:
    numba = pytest.importorskip("numba")
    plain = trained(SMALL)
    set_backend("numba")
    try:
        for model in ("cbow", "skipgram"):
            job = Word2Vec(CORPUS, dataclasses.replace(SMALL, model=model))
            prepare(job.settings)
            before = _compiled_signatures(numba)
            job.fit()
            # Some may have been garbage-collected.
            assert _compiled_signatures(numba).items() <= before.items()
            if model == "cbow":
                np.testing.assert_allclose(job.vectors().vectors, plain.vectors, atol=1e-4)
    finally:
        set_backend("numpy")


def _compiled_signatures(numba: Any) -> dict[str, int]:
    kinds = numba.core.dispatcher.Dispatcher
    # By type: isinstance would ask a dead weak proxy for its class.
    found = [each for each in gc.get_objects() if issubclass(type(each), kinds)]
    return {repr(each): len(each.signatures) for each in found}


@pytest.mark.exhaustive
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_process_does_not_grow_with_its_trainings() -> None:
    pages = []
    for number in range(1200):
        threads = 2 if number % 10 == 0 else 1
        trained(dataclasses.replace(SMALL, epochs=1, seed=number, threads=threads))
        pages.append(int(Path("/proc/self/statm").read_text().split()[1]))
    growth = (max(pages[1000:]) - max(pages[:200])) * mmap.PAGESIZE
    assert growth < 10_000_000


@pytest.mark.parametrize("model", ["cbow", "skipgram"])
def test_output_vectors_are_those_of_predicted_words(model: str) -> None:
    job = Word2Vec(CORPUS, dataclasses.replace(SMALL, model=model))
    job.fit()
    found = job.output_vectors()
    assert found.words == CORPUS.vocabulary.words
    np.testing.assert_array_equal(found.vectors, job.model.output.weight.detach().numpy())


def test_average_is_the_mean_with_the_output_vectors_before_whitening() -> None:
    plain = Word2Vec(CORPUS, SMALL)
    some = Word2Vec(CORPUS, dataclasses.replace(SMALL, average=True, whiten=0.5))
    for job in (plain, some):
        job.fit()
    expected = plain.vectors().averaged(plain.output_vectors()).whitened(0.5)
    for copy in (True, False):
        assert np.array_equal(some.vectors(copy=copy).vectors, expected.vectors)


def test_average_without_output_vectors_is_refused_before_the_training() -> None:
    recipe = Recipe(loss={"type": "HierarchicalSoftmaxLoss"})
    with pytest.raises(InputError, match="HierarchicalSoftmaxLoss has no vector for each word"):
        Word2Vec(CORPUS, dataclasses.replace(SMALL, average=True), recipe=recipe)


def test_output_layer_without_vectors_of_words_is_named() -> None:
    job = Word2Vec(CORPUS, SMALL)
    job.model.output = Identity()
    with pytest.raises(InputError, match="the output layer Identity has no vector for each word"):
        job.output_vectors()


def test_model_larger_than_the_memory_is_refused() -> None:
    with pytest.raises(
        InputError,
        match=r"^a model of 12 words in 100,000,000,000 dimensions needs "
        r"8,940.7 GiB of memory, this machine has",
    ):
        Word2Vec(CORPUS, dataclasses.replace(SMALL, dim=100_000_000_000))
    with pytest.raises(InputError, match=r"^dim is larger than 2\*\*128: lower it"):
        Word2Vec(CORPUS, dataclasses.replace(SMALL, dim=10**400))
    with pytest.raises(InputError, match=r"^dim is larger than 2\*\*128: lower it"):
        Word2Vec(CORPUS, SMALL, recipe=Recipe(model={"type": "CBOW", "dim": 10**400}))
