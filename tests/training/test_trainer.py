from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled, stop_after, trainer
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training import Trainer, TrainingError


def test_model_learns_and_progress_counts() -> None:
    trained = trainer(lr=0.3)
    progress = trained.fit(Shuffled(), epochs=5, total=50)
    assert trained.finished
    assert (progress.steps, progress.done, progress.epoch) == (50, 50.0, 4)
    assert trained.model(INPUTS, TARGETS).item() < 0.5
    assert progress.rate == pytest.approx(0.3 * 1e-4)


def test_iterable_is_iterated_once_per_epoch() -> None:
    progress = trainer().fit([(INPUTS, TARGETS), (INPUTS[:5], TARGETS[:5])], epochs=3)
    assert progress.steps == 6


@settings(max_examples=20)
@given(st.lists(st.integers(0, 50), max_size=4))
def test_stopping_and_resuming_changes_nothing(stops: list[int]) -> None:
    whole, halting = trainer(), trainer()
    whole.fit(Shuffled(), epochs=5)
    for steps in sorted(stops):
        stop_after(halting, steps)
        halting.fit(Shuffled(), epochs=5)
    halting.on_step = None
    halting.fit(Shuffled(), epochs=5)
    assert halting.finished
    assert (
        halting.model.weight.detach().numpy().tobytes()
        == whole.model.weight.detach().numpy().tobytes()
    )
    assert halting.progress.loss == whole.progress.loss


def test_stop_ends_training_after_current_batch() -> None:
    trained = trainer()
    stop_after(trained, 7)
    assert trained.fit(Shuffled(), epochs=5).steps == 7
    assert not trained.finished


def test_nonfinite_loss_raises_error_without_warnings() -> None:
    model = Line()
    trained = Trainer(model, tg.optim.SGD(model.parameters(), lr=1e200))
    with pytest.raises(TrainingError) as caught:  # a warning would be an error here
        trained.fit(Shuffled(), epochs=5)
    message = str(caught.value)
    assert message.startswith("the loss of batch ")
    assert message.endswith("(epoch 0) is inf at a learning rate of 1e+200: lower the rate")


class Broken:
    """A source whose third batch raises an error."""

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield INPUTS, TARGETS
        yield INPUTS, TARGETS
        raise KeyError("the third batch")


@pytest.mark.parametrize("others", [0, 1, 3])
def test_error_of_a_worker_is_raised_and_stops_the_others(others: int) -> None:
    trained = trainer()
    with pytest.raises(KeyError, match="the third batch"):
        trained.fit([Broken(), *[Shuffled() for _ in range(others)]], epochs=100_000)
    assert threading.active_count() == 1


def test_error_in_on_step_is_raised() -> None:
    def fail(progress: object) -> None:
        raise OSError("disk on fire")

    for workers in (1, 2):
        trained = trainer(on_step=fail)
        with pytest.raises(OSError, match="disk on fire"):
            trained.fit([Shuffled() for _ in range(workers)], epochs=2)


def test_threads_train_the_same_parameters() -> None:
    trained = trainer(lr=0.3)
    progress = trained.fit([Shuffled(), Shuffled(), Shuffled()], epochs=5)
    assert progress.steps == 150
    assert trained.finished
    assert trained.model(INPUTS, TARGETS).item() < 0.5


def test_resuming_needs_the_same_number_of_workers() -> None:
    trained = trainer()
    stop_after(trained, 3)
    trained.fit(Shuffled(), epochs=5)
    with pytest.raises(InputError, match="began with 1 workers and cannot continue with 2: use as"):
        trained.fit([Shuffled(), Shuffled()], epochs=5)


def test_epochs_must_be_at_least_one() -> None:
    with pytest.raises(InputError, match="epochs is 0: it must be at least 1"):
        trainer().fit(Shuffled(), epochs=0)


def test_predictions_make_step_descend_on_sum_of_losses() -> None:
    moved = []
    for predictions in (None, lambda inputs, targets: 2.0 * len(targets)):
        model = Line()
        Trainer(model, tg.optim.SGD(model.parameters(), lr=0.001), predictions=predictions).fit(
            [(INPUTS, TARGETS)]
        )
        moved.append(model.weight.detach().numpy())
    np.testing.assert_allclose(moved[1], 80 * moved[0], rtol=1e-12)


def test_fit_sets_training_mode() -> None:
    trained = trainer()
    trained.model.eval()
    trained.fit(Shuffled(), epochs=1)
    assert trained.model.training
