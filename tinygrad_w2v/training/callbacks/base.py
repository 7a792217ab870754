"""Callback: functions that a trainer calls at batches, epochs, checkpoints and the end."""

from __future__ import annotations

import os
from typing import Any


class Callback:
    """Base of callbacks; each method does nothing unless a subclass defines it.

    Several workers: all calls are made in the process of :meth:`Trainer.fit`, one at a time.
    `on_batch` is called after each batch of a single worker, or at least every 50 ms while worker
    processes train. `on_epoch` is called once all workers have completed an epoch; the others may
    have begun the next one, and change the parameters meanwhile.

    A resumed training continues with the state that :meth:`state_dict` returned at the checkpoint.

    `trainer` is the :class:`Trainer`: its `progress`, `model` and `optimizer` may be read, its
    `metrics` may be written, and :meth:`Trainer.end` ends the training.
    """

    def on_start(self, trainer: Any) -> None:
        """Begin or continue a training, before its first batch."""

    def on_batch(self, trainer: Any) -> None:
        """Handle the end of a batch."""

    def on_epoch(self, trainer: Any, epoch: int) -> None:
        """Handle the end of an epoch, numbered from 1."""

    def on_checkpoint(self, trainer: Any, path: str | os.PathLike[str]) -> None:
        """Handle a checkpoint, after it was written."""

    def on_end(self, trainer: Any) -> None:
        """Handle the end of :meth:`Trainer.fit`, complete or stopped; not called after an error."""

    def state_dict(self) -> dict[str, float]:
        """Return the numbers that a checkpoint stores."""
        return {}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Restore the numbers of a checkpoint: attributes of the same names, by default."""
        for name, value in state.items():
            setattr(self, name, value)
