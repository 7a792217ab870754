from __future__ import annotations

import math
import threading

import pytest

from tinygrad_w2v.training import Progress


def test_loss_is_mean_over_items() -> None:
    progress = Progress(None, 1)
    progress.add(0, loss=1.0, count=10, amount=5)
    progress.add(0, loss=4.0, count=20, amount=5)
    assert progress.loss == 3.0
    assert (progress.steps, progress.done) == (2, 10.0)


def test_loss_and_time_left_are_unknown_before_first_batch() -> None:
    progress = Progress(100, 1)
    assert math.isnan(progress.loss)
    assert progress.seconds_left is None


def test_time_left_is_unknown_without_total() -> None:
    progress = Progress(None, 1)
    progress.add(0, 1.0, 1, 1)
    assert progress.seconds_left is None


def test_speed_and_time_left_are_of_this_run() -> None:
    progress = Progress(1000, 1)
    progress.load_state_dict({"epoch": 1, "steps": 5, "done": 500, "loss_sum": 5, "loss_count": 5})
    progress.add(1, 1.0, 1, 100)
    progress.started -= 50
    assert progress.speed == pytest.approx(2, rel=0.05)
    assert progress.seconds_left == pytest.approx(200, rel=0.05)


def test_concurrent_threads_lose_no_count() -> None:
    progress = Progress(None, 1)
    threads = [
        threading.Thread(target=lambda: [progress.add(0, 2.0, 3, 1) for _ in range(2000)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (progress.steps, progress.done, progress.loss_count) == (8000, 8000.0, 24000.0)
