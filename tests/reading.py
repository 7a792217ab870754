"""``python -m tests.reading``: list the package's files that a training step runs through.

A reader who follows the step opens these files. They are those with a function that is called in a
warm step of ``Trainer.fit`` with CBOW, SGD and NegativeSamplingLoss, on the NumPy kernels and with
a schedule; the same list follows for ``(exp(x) * x).sum().backward()``. Generated source does not
count, as it has no file.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v.models import CBOW, Windows
from tinygrad_w2v.training import Trainer

PACKAGE = Path(tg.__file__).parent


class CalledFiles:
    """Counts the calls of functions of the package, by file, while it is active."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def __enter__(self) -> CalledFiles:
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.setprofile(None)

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE) and path.exists():
            self.calls[path.relative_to(PACKAGE).as_posix()] += 1


def called_by(function: Callable[[], Any]) -> Counter[str]:
    """Return the calls by file of a function, which has run before."""
    function()
    with CalledFiles() as found:
        function()
    return found.calls


def expression() -> None:
    """Differentiate ``(exp(x) * x).sum()``."""
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    (tg.exp(x) * x).sum().backward()


def training_step() -> Counter[str]:
    """Return the calls by file from one batch of a training to the next."""
    rng = np.random.default_rng(0)
    left = np.minimum(np.arange(64), 2)
    batch = Windows(rng.integers(50, size=64), left, left[::-1], words=70)
    model = CBOW(rng.integers(1, 50, size=50), dim=8, shared=16, rng=0)
    optimizer = tg.optim.SGD(model.parameters(), lr=0.1, clip_row=1.0)
    found = CalledFiles()

    def batches() -> Iterator[Windows]:
        yield batch
        with found:
            yield batch

    trainer = Trainer(
        model,
        optimizer,
        schedule=tg.optim.LinearDecay(optimizer, total=140),
        amount=lambda batch: batch.words,
        predictions=model.predictions,
    )
    trainer.fit(batches())
    return found.calls


def main() -> None:
    """Print the files of both, with the number of calls of their functions."""
    for title, calls in (
        ("a CBOW training step", training_step()),
        ("(exp(x) * x).sum().backward()", called_by(expression)),
    ):
        print(f"{title}: {len(calls)} files")
        for name, count in sorted(calls.items()):
            print(f"  {count:4}  {name}")


if __name__ == "__main__":
    main()
